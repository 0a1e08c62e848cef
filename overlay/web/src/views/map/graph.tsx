/** The picture itself: nodes where they stand, links between them; a listbox to the keyboard. */

import { useEffect, useRef } from "preact/hooks";
import { byName, linkCounts, type MapLink, type MapNode, type Picture } from "../../map/picture";
import type { Place } from "../../map/places";
import { step } from "../../map/steps";
import { nodeWords, roundTripWords, shortName } from "../../map/words";
import { NodeMark } from "./marks";
import { memo } from "./memo";
import { usePlaces, useSize, type Size } from "./placing";

/** With more links than these only the chosen node's say how long they take, and none moves. */
const LABELS_MAX = 40;

interface Props {
  readonly picture: Picture;
  readonly fresh: ReadonlyMap<string, number>;
  readonly selected: string | null;
  readonly onSelect: (node: string) => void;
  /** All of the picture is drawn. */
  readonly onWhole: () => void;
}

export function Graph({ picture, fresh, selected, onSelect, onWhole }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const size = useSize(place);
  const [places, drawn] = usePlaces(picture);
  useEffect(() => {
    if (drawn.isWhole) onWhole();
  }, [drawn.isWhole, onWhole]);
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
  const radius = nodes.length <= 12 ? 20 : nodes.length <= 30 ? 15 : 11;
  return (
    <div
      class="graph"
      ref={place}
      data-testid="graph"
      data-moving={places.isMoving || !drawn.isWhole}
    >
      <Lines
        links={picture.links.slice(0, drawn.linksMax)}
        isLively={picture.links.length <= LABELS_MAX}
        isShown={drawn.isWhole}
        {...{ size, at, selected, fresh }}
      />
      <svg class={drawn.isShown ? "" : "unshown"} {...size} onKeyDown={onKeyDown}>
        <g role="listbox" aria-label="Nodes; arrow keys go from one to the next">
          {nodes.slice(0, drawn.nodesMax).map((node) => (
            <Node
              key={node.id}
              {...{ node, radius, onSelect, ...at(node.id) }}
              links={counts.get(node.id) ?? 0}
              isSelected={node.id === selected}
              isTabStop={node.id === (selected ?? nodes[0]?.id)}
            />
          ))}
        </g>
      </svg>
    </div>
  );
}

type At = (node: string) => Place;

interface LinesProps extends Pick<Props, "fresh"> {
  readonly links: readonly MapLink[];
  readonly size: Size;
  readonly at: At;
  readonly selected: string | null;
  readonly isLively: boolean;
  readonly isShown: boolean;
}

function Lines({ links, size, at, selected, fresh, isLively, isShown }: LinesProps) {
  return (
    <svg
      class={`lines ${isLively ? "lively" : ""} ${isShown ? "" : "unshown"}`}
      {...size}
      aria-hidden="true"
    >
      {links.map(({ key, ends, state }) => (
        <Line
          key={key}
          {...{ state, ...between(ends, at), isFresh: fresh.has(key) }}
          isChosen={selected !== null && ends.includes(selected)}
        />
      ))}
      <Labels {...{ links, at, selected }} />
    </svg>
  );
}

function between([one, other]: MapLink["ends"], at: At) {
  const [from, to] = [at(one), at(other)];
  return { x1: from.x, y1: from.y, x2: to.x, y2: to.y };
}

interface LineProps extends ReturnType<typeof between> {
  readonly state: MapLink["state"];
  readonly isFresh: boolean;
  readonly isChosen: boolean;
}

const Line = memo(function Line({ state, isFresh, isChosen, ...ends }: LineProps) {
  const classes = ["line", state, isFresh && "fresh", isChosen && "chosen"];
  return (
    <line
      class={classes.filter(Boolean).join(" ")}
      data-testid="link"
      data-state={state}
      {...ends}
    />
  );
});

function Labels({ links, at, selected }: Pick<LinesProps, "links" | "at" | "selected">) {
  const known = links.filter((link) => roundTripWords(link) !== "–");
  const named =
    known.length <= LABELS_MAX
      ? known
      : known.filter(({ ends }) => selected !== null && ends.includes(selected));
  return (
    <>
      {named.map((link) => {
        const { x1, y1, x2, y2 } = between(link.ends, at);
        return (
          <text key={link.key} class="round-trip" x={(x1 + x2) / 2} y={(y1 + y2) / 2 + 4}>
            {roundTripWords(link)}
          </text>
        );
      })}
    </>
  );
}

interface NodeProps extends Place {
  readonly node: MapNode;
  readonly links: number;
  readonly radius: number;
  readonly isSelected: boolean;
  readonly isTabStop: boolean;
  readonly onSelect: (node: string) => void;
}

const Node = memo(function Node(props: NodeProps) {
  const { node, links, x, y, radius, isSelected, isTabStop, onSelect } = props;
  return (
    <g
      class={`node ${node.state}`}
      transform={`translate(${x.toFixed(1)} ${y.toFixed(1)})`}
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
});

/** A name stands clear of the clients and the diamond around its node. */
function nameBelow({ clients, cutOff, state }: MapNode, radius: number): number {
  if (cutOff > 0 && state === "alive") return radius + 32;
  return radius + (clients > 0 ? 25 : 18);
}
