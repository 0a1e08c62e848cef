/** The overlay as a graph, as a node pushes it: what it is, and how it is read. */

import { numerically } from "./order";

export type NodeState = "alive" | "dead" | "paused";
/** `doubtful`: suspected, or only one end says so. `gone`: known, and not there. */
export type LinkState = "open" | "doubtful" | "gone" | "cut";

export interface MapNode {
  readonly id: string;
  readonly name: string;
  readonly state: NodeState;
  readonly clients: number;
  /** How many other nodes its loss would cut off, as the links are now. */
  readonly cutOff: number;
  /** How many of the other nodes that run see it alive; null where not all were asked. */
  readonly seenBy: number | null;
}

export interface MapLink {
  /** The same for the same two ends, whatever state the link is in. */
  readonly key: string;
  readonly ends: readonly [string, string];
  readonly state: LinkState;
  readonly roundTripMs: number | null;
}

export interface Trouble {
  readonly who: string;
  readonly state: string;
  readonly detail: string;
}

export interface Picture {
  /** The id of the node that says so; null where all nodes were asked. */
  readonly seenBy: string | null;
  readonly name: string;
  readonly network: string;
  readonly nodes: readonly MapNode[];
  readonly links: readonly MapLink[];
  readonly troubles: readonly Trouble[];
  readonly leftOut: number;
}

interface Sent {
  seen_by: string | null;
  name: string;
  network: string;
  nodes: (Omit<MapNode, "cutOff" | "seenBy"> & { cut_off: number; seen_by: number | null })[];
  links: { ends: [string, string]; state: LinkState; round_trip_ms: number | null }[];
  troubles: Trouble[];
  left_out: number;
}

/** Read a picture that our own node sent: its form is not doubted. */
export function readPicture(text: string): Picture {
  const sent = JSON.parse(text) as Sent;
  return {
    seenBy: sent.seen_by,
    name: sent.name,
    network: sent.network,
    nodes: sent.nodes.map(({ cut_off, seen_by, ...node }) => ({
      ...{ ...node, cutOff: cut_off, seenBy: seen_by },
    })),
    links: sent.links.map(({ ends, state, round_trip_ms }) => ({
      ...{ key: ends.join(" "), ends, state, roundTripMs: round_trip_ms },
    })),
    troubles: sent.troubles,
    leftOut: sent.left_out,
  };
}

/** `after`, with those nodes and links of `before` in it that are still the same. */
export function keeping(before: Picture, after: Picture): Picture {
  const nodes = new Map(before.nodes.map((node) => [node.id, node]));
  const links = new Map(before.links.map((link) => [link.key, link]));
  return {
    ...after,
    nodes: after.nodes.map((node) => same(nodes.get(node.id), node)),
    links: after.links.map((link) => same(links.get(link.key), link, ["state", "roundTripMs"])),
  };
}

function same<Each extends object>(
  before: Each | undefined,
  after: Each,
  names = Object.keys(after) as (keyof Each)[],
): Each {
  if (before === undefined) return after;
  return names.every((name) => before[name] === after[name]) ? before : after;
}

/** The links of a node that stand, for now at least. */
export const linksOf = (picture: Picture, node: string): readonly MapLink[] =>
  picture.links.filter(({ ends }) => ends.includes(node));

/** How many links of each node stand, of those that have one; counted once for all of them. */
export function linkCounts({ links }: Picture): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const end of links.filter(isStanding).flatMap(({ ends }) => ends)) {
    counts.set(end, (counts.get(end) ?? 0) + 1);
  }
  return counts;
}

export const isStanding = ({ state }: MapLink): boolean => state === "open" || state === "doubtful";

/** Who is at the other end. */
export const otherEnd = ({ ends }: MapLink, node: string): string =>
  ends[0] === node ? ends[1] : ends[0];

/** Nodes in the order of their names. */
export const byName = (a: MapNode, b: MapNode): number =>
  numerically(a.name, b.name) || (a.id < b.id ? -1 : 1);
