/** What shapes, colours and lines mean. */

import type { LinkState, NodeState } from "../../map/picture";
import { NodeMark } from "./marks";

const NODES: readonly (readonly [NodeState, number, boolean, string])[] = [
  ["alive", 0, false, "alive"],
  ["alive", 3, false, "alive, with its clients around it"],
  ["alive", 0, true, "alive; its loss would split the overlay"],
  ["paused", 0, false, "paused: its process stands still"],
  ["dead", 0, false, "dead, or out of reach"],
];

const LINKS: readonly (readonly [LinkState | "open fresh", string])[] = [
  ["open", "a link; its ends alone know its round trip"],
  ["open fresh", "a link that is new, for half a minute"],
  ["doubtful", "in doubt: silent, or only one end names it"],
  ["gone", "known, and not there now"],
  ["cut", "cut: its ends keep apart for a while"],
];

export function Legend() {
  return (
    <section aria-labelledby="legend-heading" class="legend">
      <h2 id="legend-heading">What it means</h2>
      <ul>
        {NODES.map(([state, clients, isBridge, words]) => (
          <li key={words}>
            <svg width="44" height="42" viewBox="-28 -27 56 54" aria-hidden="true">
              <g class={`node ${state}`}>
                <NodeMark radius={10} {...{ state, clients, isBridge }} />
              </g>
            </svg>
            {words}
          </li>
        ))}
        {LINKS.map(([state, words]) => (
          <li key={words}>
            <svg width="44" height="14" aria-hidden="true">
              <line class={`line ${state}`} x1="3" y1="7" x2="41" y2="7" />
            </svg>
            {words}
          </li>
        ))}
      </ul>
    </section>
  );
}
