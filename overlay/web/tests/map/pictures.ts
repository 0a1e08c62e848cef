// Pictures for tests, in few words.

import type { LinkState, MapLink, MapNode, Picture } from "../../src/map/picture";

export const aNode = (name: string, more: Partial<MapNode> = {}): MapNode => ({
  ...{ id: `id of ${name}`, name, state: "alive", clients: 0, cutOff: 0, seenBy: null },
  ...more,
});

export const aLink = (
  first: string,
  second: string,
  state: LinkState = "open",
  roundTripMs: number | null = null,
): MapLink => {
  const ends = [`id of ${first}`, `id of ${second}`] as const;
  return { key: ends.join(" "), ends, state, roundTripMs };
};

export const aPicture = (nodes: MapNode[], links: MapLink[] = []): Picture => ({
  ...{ seenBy: "id of north", name: "north", network: "overlay", nodes, links },
  ...{ troubles: [], leftOut: 0 },
});
