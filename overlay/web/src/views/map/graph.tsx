/** The picture itself: nodes where they stand, links between them; a listbox to the keyboard. */

import { useRef } from "preact/hooks";
import { byName, linkCounts, type MapLink, type MapNode, type Picture } from "../../map/picture";
import type { Place } from "../../map/places";
import { step } from "../../map/steps";
import { nodeWords, roundTripWords, shortName } from "../../map/words";
import { NodeMark } from "./marks";
import { usePlaces, useSize } from "./placing";

/** With more links than these only the chosen node's say how long they take, and none moves. */
const LABELS_MAX = 40;

interface Props {
  readonly picture: Picture;
  readonly fresh: ReadonlyMap<string, number>;
  readonly selected: string | null;
  readonly onSelect: (node: string) => void;
}

export function Graph({ picture, fresh, selected, onSelect }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const size = useSize(place);
  const [places, { nodesMax, linksMax, isShown }] = usePlaces(picture);
  if (size === null) return <div class="graph" ref={place} data-testid="graph" data-moving />;
  const margin = 54;
  const at = (node: string): Place => {
    const { x, y } = places.at(node);
    return {
      x: margin + x * Math.max(size.width - 2 * margin, 0),
      y: margin * 0.8 + y * Math.max(size.height - 2 * margin, 0),
    };
  };
  const nodes = [...picture.nodes].sort(byName);
  const counts = linkCounts(picture);
  const onKeyDown = (event: KeyboardEvent): void => {
    const from = selected ?? nodes[0]?.id;
    if (from === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    const ids = nodes.map(({ id }) => id);
    const next = step(event.key, from, ids, at);
    if (next === null) return;
    event.preventDefault();
    onSelect(next);
    place.current
      ?.querySelector<SVGElement>(`[data-node="${next}"]`)
      ?.focus({ preventScroll: true });
  };
  const links = picture.links.slice(0, linksMax);
  const isLarge = picture.links.length > LABELS_MAX;
  const radius = nodes.length <= 12 ? 20 : nodes.length <= 30 ? 15 : 11;
  return (
    <div class="graph" ref={place} data-testid="graph" data-moving={places.isMoving || !isShown}>
      <svg
        class={`lines ${isLarge ? "" : "lively"} ${isShown ? "" : "unplaced"}`}
        {...size}
        aria-hidden="true"
      >
        {links.map((link) => (
          <Line key={link.key} {...{ link, at, selected, isFresh: fresh.has(link.key) }} />
        ))}
        <Labels {...{ links, at, selected }} />
      </svg>
      <svg class={isShown ? "nodes" : "nodes unplaced"} {...size} onKeyDown={onKeyDown}>
        <g role="listbox" aria-label="Nodes; arrow keys go from one to the next">
          {nodes.slice(0, nodesMax).map((node, index) => (
            <Node
              key={node.id}
              {...{ node, radius, onSelect, at: at(node.id) }}
              links={counts.get(node.id) ?? 0}
              isSelected={node.id === selected}
              isTabStop={selected === null ? index === 0 : node.id === selected}
            />
          ))}
        </g>
      </svg>
    </div>
  );
}

interface LineProps {
  readonly link: MapLink;
  readonly at: (node: string) => Place;
  readonly selected: string | null;
  readonly isFresh: boolean;
}

function Line({ link, at, selected, isFresh }: LineProps) {
  const [from, to] = [at(link.ends[0]), at(link.ends[1])];
  const isChosen = selected !== null && link.ends.includes(selected);
  const classes = ["line", link.state, isFresh && "fresh", isChosen && "chosen"];
  return (
    <line
      class={classes.filter(Boolean).join(" ")}
      data-testid="link"
      data-state={link.state}
      {...{ x1: from.x, y1: from.y, x2: to.x, y2: to.y }}
    />
  );
}

type LabelsProps = Pick<LineProps, "at" | "selected"> & { readonly links: readonly MapLink[] };

function Labels({ links, at, selected }: LabelsProps) {
  const known = links.filter((link) => roundTripWords(link) !== "–");
  const shown =
    known.length <= LABELS_MAX
      ? known
      : known.filter(({ ends }) => selected !== null && ends.includes(selected));
  return (
    <>
      {shown.map((link) => {
        const [from, to] = [at(link.ends[0]), at(link.ends[1])];
        return (
          <text
            key={link.key}
            class="round-trip"
            x={(from.x + to.x) / 2}
            y={(from.y + to.y) / 2 + 4}
          >
            {roundTripWords(link)}
          </text>
        );
      })}
    </>
  );
}

interface NodeProps {
  readonly node: MapNode;
  readonly links: number;
  readonly at: Place;
  readonly radius: number;
  readonly isSelected: boolean;
  readonly isTabStop: boolean;
  readonly onSelect: (node: string) => void;
}

function Node({ node, links, at, radius, isSelected, isTabStop, onSelect }: NodeProps) {
  return (
    <g
      class={`node ${node.state}`}
      transform={`translate(${at.x.toFixed(1)} ${at.y.toFixed(1)})`}
      role="option"
      aria-selected={isSelected}
      aria-label={nodeWords(node, links)}
      tabindex={isTabStop ? 0 : -1}
      data-testid="node"
      data-node={node.id}
      data-name={node.name}
      data-state={node.state}
      onClick={() => {
        onSelect(node.id);
      }}
      onFocus={() => {
        onSelect(node.id);
      }}
    >
      <NodeMark
        state={node.state}
        clients={node.clients}
        isBridge={node.cutOff > 0}
        {...{ radius }}
      />
      <text class="name" y={nameBelow(node, radius)}>
        {shortName(node.name)}
      </text>
    </g>
  );
}

/** A name stands clear of the clients and the diamond around its node. */
function nameBelow({ clients, cutOff, state }: MapNode, radius: number): number {
  if (cutOff > 0 && state === "alive") return radius + 32;
  return radius + (clients > 0 ? 25 : 18);
}
