/** The same facts as the picture, as tables. */

import { byName, isStanding, linksOf, type Picture } from "../../map/picture";
import { linkStateWords, roundTripWords } from "../../map/words";

interface Props {
  readonly picture: Picture;
  readonly selected: string | null;
  readonly onSelect: (node: string) => void;
}

export function NodesTable({ picture, selected, onSelect }: Props) {
  const nodes = [...picture.nodes].sort(byName);
  return (
    <section class="facts">
      <table data-testid="nodes-table">
        <caption>Nodes</caption>
        <thead>
          <tr>
            <th scope="col">node</th>
            <th scope="col">state</th>
            <th scope="col">clients</th>
            <th scope="col">links</th>
            <th scope="col">
              <abbr title="How many nodes its loss would cut off">would cut off</abbr>
            </th>
          </tr>
        </thead>
        <tbody>
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
              <td>{linksOf(picture, node.id).filter(isStanding).length}</td>
              <td>{node.cutOff > 0 ? node.cutOff : "–"}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
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
    <section class="facts">
      <table data-testid="links-table">
        <caption>Links</caption>
        <thead>
          <tr>
            <th scope="col">between</th>
            <th scope="col">state</th>
            <th scope="col">round trip</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ link, ends }) => (
            <tr key={link.key}>
              <th scope="row">{ends.join(" – ")}</th>
              <td>{linkStateWords(link)}</td>
              <td>{roundTripWords(link)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

const numerically = (a: string, b: string): number => a.localeCompare(b, "en", { numeric: true });

export function Troubles({ picture: { troubles } }: Pick<Props, "picture">) {
  if (troubles.length === 0) return null;
  return (
    <section class="facts">
      <table data-testid="troubles-table">
        <caption>Neighbours without a link</caption>
        <thead>
          <tr>
            <th scope="col">neighbour</th>
            <th scope="col">state</th>
            <th scope="col">why</th>
          </tr>
        </thead>
        <tbody>
          {troubles.map(({ who, state, detail }) => (
            <tr key={who}>
              <th scope="row">{who}</th>
              <td>{state.replaceAll("_", " ")}</td>
              <td>{detail}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
