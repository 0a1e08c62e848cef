/** The same facts as the picture, as tables. */

import type { ComponentChildren } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";
import { numerically } from "../../map/order";
import { byName, linkCounts, type MapLink, type MapNode, type Picture } from "../../map/picture";
import { linkStateWords, roundTripWords } from "../../map/words";
import { memo } from "./memo";

/** What a frame has time to make beside all else. */
const ROWS = 8;

interface Props {
  readonly picture: Picture;
  readonly selected: string | null;
  readonly onSelect: (node: string) => void;
}

export function NodesTable({ picture, selected, onSelect }: Props) {
  const nodes = useMemo(() => [...picture.nodes].sort(byName), [picture]);
  const links = useMemo(() => linkCounts(picture), [picture]);
  const made = useRows(nodes.length);
  const wouldCutOff = <abbr title="How many nodes its loss would cut off">would cut off</abbr>;
  return (
    <Table
      name="nodes-table"
      caption="Nodes"
      columns={["node", "state", "clients", "links", wouldCutOff]}
    >
      {nodes.slice(0, made).map((node) => (
        <NodeRow
          key={node.id}
          {...{ node, onSelect }}
          links={links.get(node.id) ?? 0}
          isSelected={node.id === selected}
        />
      ))}
    </Table>
  );
}

interface NodeRowProps {
  readonly node: MapNode;
  readonly links: number;
  readonly isSelected: boolean;
  readonly onSelect: (node: string) => void;
}

const NodeRow = memo(function NodeRow({ node, links, isSelected, onSelect }: NodeRowProps) {
  return (
    <tr class={isSelected ? "chosen" : ""}>
      <th scope="row">
        <button
          type="button"
          class="choose"
          aria-pressed={isSelected}
          onClick={() => {
            onSelect(node.id);
          }}
        >
          {node.name}
        </button>
      </th>
      <td>{node.state}</td>
      <td>{node.clients}</td>
      <td>{links}</td>
      <td>{node.cutOff > 0 ? node.cutOff : "–"}</td>
    </tr>
  );
});

export function LinksTable({ picture }: Pick<Props, "picture">) {
  const rows = useMemo(() => linkRows(picture), [picture]);
  const made = useRows(rows.length);
  return (
    <Table name="links-table" caption="Links" columns={["between", "state", "round trip"]}>
      {rows.slice(0, made).map(({ link, between }) => (
        <LinkRow key={link.key} {...{ link, between }} />
      ))}
    </Table>
  );
}

interface LinkRowProps {
  readonly link: MapLink;
  readonly between: string;
}

/** By the names of their ends. */
function linkRows({ nodes, links }: Picture): readonly LinkRowProps[] {
  const names = new Map(nodes.map(({ id, name }) => [id, name]));
  const rows = links.map((link) => {
    const ends = link.ends.map((end) => names.get(end) ?? "?").sort(numerically);
    return { link, between: ends.join(" – "), order: ends.join(" ") };
  });
  return rows.sort((a, b) => numerically(a.order, b.order));
}

const LinkRow = memo(function LinkRow({ link, between }: LinkRowProps) {
  return (
    <tr>
      <th scope="row">{between}</th>
      <td>{linkStateWords(link)}</td>
      <td>{roundTripWords(link)}</td>
    </tr>
  );
});

/** How many rows are made, of so many: some more in each frame. */
function useRows(count: number): number {
  const [made, setMade] = useState(ROWS);
  useEffect(() => {
    if (made >= count) return;
    const frame = requestAnimationFrame(() => {
      setMade(made + ROWS);
    });
    return () => {
      cancelAnimationFrame(frame);
    };
  }, [made, count]);
  return made;
}

export function Troubles({ picture: { troubles } }: Pick<Props, "picture">) {
  if (troubles.length === 0) return null;
  return (
    <Table
      name="troubles-table"
      caption="Neighbours without a link"
      columns={["neighbour", "state", "why"]}
    >
      {troubles.map(({ who, state, detail }) => (
        <tr key={who}>
          <th scope="row">{who}</th>
          <td>{state.replaceAll("_", " ")}</td>
          <td>{detail}</td>
        </tr>
      ))}
    </Table>
  );
}

interface TableProps {
  readonly name: string;
  readonly caption: string;
  readonly columns: readonly ComponentChildren[];
  readonly children: ComponentChildren;
}

function Table({ name, caption, columns, children }: TableProps) {
  return (
    <section class="facts">
      <table data-testid={name}>
        <caption>{caption}</caption>
        <thead>
          <tr>
            {columns.map((column, index) => (
              <th key={index} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </section>
  );
}
