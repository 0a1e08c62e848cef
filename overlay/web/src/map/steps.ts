/** Which node an arrow key leads to. */

import type { Place } from "./places";

const DIRECTIONS: Readonly<Record<string, Place>> = {
  ArrowLeft: { x: -1, y: 0 },
  ArrowRight: { x: 1, y: 0 },
  ArrowUp: { x: 0, y: -1 },
  ArrowDown: { x: 0, y: 1 },
};

/** What lies aside counts as so much farther away. */
const ASIDE = 2.5;

/**
 * The node that a key leads to from `from`; null for other keys, and where there is none.
 *
 * `nodes` are all of them by name: Home and End, Page Up and Page Down go by that, so that every
 * node can be reached, wherever it lies.
 */
export function step(
  key: string,
  from: string,
  nodes: readonly string[],
  at: (node: string) => Place,
): string | null {
  const index = nodes.indexOf(from);
  if (key === "Home") return nodes[0] ?? null;
  if (key === "End") return nodes.at(-1) ?? null;
  if (key === "PageDown") return nodes[index + 1] ?? nodes[0] ?? null;
  if (key === "PageUp") return nodes.at(index - 1) ?? null;
  const direction = DIRECTIONS[key];
  return direction === undefined ? null : nearest(from, nodes, at, direction);
}

function nearest(
  from: string,
  nodes: readonly string[],
  at: (node: string) => Place,
  direction: Place,
): string | null {
  const here = at(from);
  let [best, shortest]: [string | null, number] = [null, Infinity];
  for (const node of nodes) {
    const way = node === from ? null : wayTo(here, at(node), direction);
    if (way !== null && way < shortest) [best, shortest] = [node, way];
  }
  return best;
}

/** How far, for somebody who looks that way; null for what lies behind or too far aside. */
function wayTo(here: Place, there: Place, direction: Place): number | null {
  const [x, y] = [there.x - here.x, there.y - here.y];
  const along = x * direction.x + y * direction.y;
  const aside = Math.abs(x * direction.y - y * direction.x);
  return along > 0.001 && aside <= 2 * along ? along + ASIDE * aside : null;
}
