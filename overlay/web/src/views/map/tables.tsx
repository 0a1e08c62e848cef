/** The same facts as the picture, as tables. */

import type { ComponentChildren } from "preact";
import { numerically } from "../../map/order";
import { byName, linkCounts, type Picture } from "../../map/picture";
import { linkStateWords, roundTripWords } from "../../map/words";

interface Props {
  readonly picture: Picture;
  readonly selected: string | null;
  readonly onSelect: (node: string) => void;
}

export function NodesTable({ picture, selected, onSelect }: Props) {
  const nodes = [...picture.nodes].sort(byName);
  const links = linkCounts(picture);
  const wouldCutOff = <abbr title="How many nodes its loss would cut off">would cut off</abbr>;
  return (
    <Table
      name="nodes-table"
      caption="Nodes"
      columns={["node", "state", "clients", "links", wouldCutOff]}
    >
      {nodes.map((node) => (
        <tr key={node.id} class={node.id === selected ? "chosen" : ""}>
          <th scope="row">
            <button
              type="button"
              class="choose"
              aria-pressed={node.id === selected}
              onClick={() => {
                onSelect(node.id);
              }}
            >
              {node.name}
            </button>
          </th>
          <td>{node.state}</td>
          <td>{node.clients}</td>
          <td>{links.get(node.id) ?? 0}</td>
          <td>{node.cutOff > 0 ? node.cutOff : "–"}</td>
        </tr>
      ))}
    </Table>
  );
}

export function LinksTable({ picture }: Pick<Props, "picture">) {
  const names = new Map(picture.nodes.map(({ id, name }) => [id, name]));
  const rows = picture.links.map((link) => ({
    link,
    ends: link.ends.map((end) => names.get(end) ?? "?").sort(numerically),
  }));
  rows.sort((a, b) => numerically(a.ends.join(" "), b.ends.join(" ")));
  return (
    <Table name="links-table" caption="Links" columns={["between", "state", "round trip"]}>
      {rows.map(({ link, ends }) => (
        <tr key={link.key}>
          <th scope="row">{ends.join(" – ")}</th>
          <td>{linkStateWords(link)}</td>
          <td>{roundTripWords(link)}</td>
        </tr>
      ))}
    </Table>
  );
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
