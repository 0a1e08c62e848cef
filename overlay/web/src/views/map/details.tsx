/** The chosen node: what is known of it, and its links. */

import { byName, linksOf, otherEnd, type MapNode, type Picture } from "../../map/picture";
import { counted } from "../../map/changes";
import type { Give } from "../../map/control";
import { linkStateWords, roundTripWords, splitWords } from "../../map/words";
import { LinkOrder, NodeOrders, useOrders } from "./orders";

interface Props {
  readonly picture: Picture;
  readonly node: MapNode | null;
  /** How to give orders; null where nobody takes any. */
  readonly give: Give | null;
}

export function Details({ picture, node, give }: Props) {
  const orders = useOrders(give);
  if (node === null) {
    return (
      <section class="details">
        <h2>No node chosen</h2>
        <p class="hint">
          Click a node, or go to the picture with Tab and from node to node with the arrow keys.
        </p>
      </section>
    );
  }
  return (
    <section class="details" aria-labelledby="details-heading" data-testid="details">
      <h2 id="details-heading">{node.name}</h2>
      <Facts {...{ picture, node }} />
      <NodeOrders {...{ node, orders }} />
      <LinksOf {...{ picture, node, orders }} />
    </section>
  );
}

function Facts({ picture, node }: { readonly picture: Picture; readonly node: MapNode }) {
  const running = picture.nodes.filter(({ state }) => state === "alive").length;
  const others = running - (node.state === "alive" ? 1 : 0);
  return (
    <p>
      {node.state}, {counted(node.clients, "client")}
      {node.cutOff > 0 && <>; {splitWords(node)}</>}
      {node.seenBy !== null && (
        <>
          ; {node.seenBy} of {counted(others, "other node")} see it alive
        </>
      )}
    </p>
  );
}

interface LinksProps {
  readonly picture: Picture;
  readonly node: MapNode;
  readonly orders: ReturnType<typeof useOrders>;
}

function LinksOf({ picture, node, orders }: LinksProps) {
  const nodes = new Map(picture.nodes.map((each) => [each.id, each]));
  const rows = linksOf(picture, node.id).flatMap((link) => {
    const other = nodes.get(otherEnd(link, node.id));
    return other === undefined ? [] : [{ link, other }];
  });
  rows.sort((a, b) => byName(a.other, b.other));
  if (rows.length === 0) return <p class="hint">It has no links.</p>;
  return (
    <ul class="links" aria-label={`Links of ${node.name}`}>
      {rows.map(({ link, other }) => (
        <li key={link.key} class={link.state}>
          <span>
            {other.name}: {linkStateWords(link)}
            {link.roundTripMs !== null && link.state !== "gone" && `, ${roundTripWords(link)}`}
          </span>
          <LinkOrder {...{ node, other, link, orders }} />
        </li>
      ))}
    </ul>
  );
}
