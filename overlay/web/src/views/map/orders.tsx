/** The buttons of a demo's map: what one can do to the chosen node and to its links. */

import { useState } from "preact/hooks";
import type { Give, Order, Outcome } from "../../map/control";
import { isStanding, type MapLink, type MapNode } from "../../map/picture";

interface Orders {
  readonly outcome: Outcome | null;
  readonly give: ((order: Order) => void) | null;
}

/** Gives orders and knows what became of the last one. */
export function useOrders(give: Give | null): Orders {
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  if (give === null) return { outcome: null, give: null };
  return {
    outcome,
    give: (order) => {
      void give(order).then(setOutcome);
    },
  };
}

interface Props {
  readonly node: MapNode;
  readonly orders: Orders;
}

const WHEN = {
  kill: ["Kill", (node: MapNode) => node.state !== "dead"],
  pause: ["Pause", (node: MapNode) => node.state === "alive"],
  revive: ["Revive", (node: MapNode) => node.state !== "alive"],
} as const;

/** Who cannot be killed just now keeps its button: what has the focus must not go away. */
export function NodeOrders({ node, orders: { give, outcome } }: Props) {
  if (give === null) return null;
  return (
    <>
      <div class="orders" role="group" aria-label={`What to do to ${node.name}`}>
        {(["kill", "pause", "revive"] as const).map((verb) => {
          const [words, can] = WHEN[verb];
          const isPossible = can(node);
          return (
            <button
              key={verb}
              type="button"
              class={`order ${verb}`}
              aria-label={`${words} ${node.name}`}
              aria-disabled={!isPossible}
              onClick={() => {
                if (isPossible) give({ do: verb, node: node.id });
              }}
            >
              {words}
            </button>
          );
        })}
      </div>
      <p
        class={outcome?.isDone === false ? "objection" : "hint"}
        role="status"
        data-testid="outcome"
      >
        {outcome?.words}
      </p>
    </>
  );
}

interface LinkProps extends Props {
  readonly other: MapNode;
  readonly link: MapLink;
}

export function LinkOrder({ node, other, link, orders: { give } }: LinkProps) {
  if (give === null) return null;
  const verb = link.state === "cut" ? "mend" : "cut";
  const words = verb === "cut" ? "Cut" : "Mend";
  const isPossible = verb === "mend" || isStanding(link);
  return (
    <button
      type="button"
      class="order"
      aria-label={`${words} ${node.name} and ${other.name}`}
      aria-disabled={!isPossible}
      onClick={() => {
        if (isPossible) give({ do: verb, node: node.id, other: other.id });
      }}
    >
      {words}
    </button>
  );
}
