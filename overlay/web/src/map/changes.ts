/** What has changed from one picture to the next, in words. */

import { numerically } from "./order";
import type { MapNode, NodeState, Picture } from "./picture";

const BECAME: Readonly<Record<NodeState, string>> = {
  alive: "is alive",
  dead: "is dead",
  paused: "is paused",
};

/** The links that stand: those in doubt count as what they were last. */
export function standing(before: ReadonlySet<string>, { links }: Picture): ReadonlySet<string> {
  const stand = links.filter(
    ({ key, state }) => state === "open" || (state === "doubtful" && before.has(key)),
  );
  return new Set(stand.map(({ key }) => key));
}

/**
 * One sentence for each change that a person would notice; round trips change all the time.
 *
 * `stood` and `stand` are the links that stood with the picture before, and stand now.
 */
export function changesBetween(
  before: Picture,
  after: Picture,
  stood: ReadonlySet<string>,
  stand: ReadonlySet<string>,
): string[] {
  const nodes = new Map(before.nodes.map((node) => [node.id, node]));
  const links = new Map([...before.links, ...after.links].map((link) => [link.key, link]));
  const names = new Map([...before.nodes, ...after.nodes].map(({ id, name }) => [id, name]));
  const cutBefore = new Set(
    before.links.filter(({ state }) => state === "cut").map(({ key }) => key),
  );
  return [
    ...after.nodes.flatMap((node) => nodeChanges(nodes.get(node.id), node)),
    ...[...links.values()].flatMap(({ key, ends, state }) => {
      const who = between(ends, names);
      if (state === "cut") return cutBefore.has(key) ? [] : [`${who} are cut apart`];
      if (stand.has(key) === stood.has(key)) return [];
      return [stand.has(key) ? `${who} are linked` : `${who} have lost their link`];
    }),
  ];
}

function nodeChanges(before: MapNode | undefined, { name, state, clients }: MapNode): string[] {
  if (before === undefined) return [`${name} is new here`];
  return [
    ...(before.state === state ? [] : [`${name} ${BECAME[state]}`]),
    ...(before.clients === clients ? [] : [`${name} has ${counted(clients, "client")}`]),
  ];
}

function between(ends: readonly string[], names: ReadonlyMap<string, string>): string {
  const known = ends.map((end) => names.get(end) ?? "?");
  return known.sort(numerically).join(" and ");
}

export const counted = (count: number, what: string): string =>
  `${count} ${what}${count === 1 ? "" : "s"}`;
