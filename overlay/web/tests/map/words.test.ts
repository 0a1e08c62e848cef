// Owns what is promised of what the map says.

import { expect, test } from "vitest";

import { linkCounts, readPicture } from "../../src/map/picture";
import {
  nodeWords,
  roundTripWords,
  seenByWords,
  shortName,
  summary,
  timeWords,
} from "../../src/map/words";
import { begin, reduce } from "../../src/views/map/model";
import { aLink, aNode, aPicture } from "./pictures";

const north = aNode("north", { clients: 2, cutOff: 1 });
const south = aNode("south", { state: "dead", clients: 1 });
const picture = aPicture([north, south], [aLink("north", "south", "doubtful", 7)]);

test("a node is told with its state, its clients, its links and what its loss would do", () => {
  expect(nodeWords(north, linkCounts(picture).get(north.id) ?? 0)).toBe(
    "north, alive, 2 clients, 1 link, its loss would cut off 1 node",
  );
});

test("the whole is told in a line, without the clients of the dead", () => {
  expect(summary({ ...picture, leftOut: 3 })).toBe(
    "1 of 2 nodes alive, 0 links, 2 clients, 3 more not drawn",
  );
  expect(seenByWords(picture)).toBe("overlay, as north sees it");
  expect(seenByWords({ ...picture, seenBy: null, network: "" })).toBe("as all its nodes see it");
});

test("a round trip is told where there is a link and somebody knows it", () => {
  expect(roundTripWords(aLink("a", "b", "open", 7))).toBe("7 ms");
  expect(roundTripWords(aLink("a", "b", "open"))).toBe("–");
  expect(roundTripWords(aLink("a", "b", "gone", 7))).toBe("–");
});

test("a long name is cut below its node", () => {
  expect(shortName("a name of twenty-five")).toBe("a name of twe…");
  expect(shortName("short")).toBe("short");
});

test("a time of day is told to the second", () => {
  const noon = new Date(2026, 10, 21, 12, 4, 5).getTime();

  expect(timeWords(noon)).toBe("12:04:05");
});

test("what a node sends is read", () => {
  const sent = {
    seen_by: "id of north",
    name: "north",
    network: "overlay",
    nodes: [{ id: "a", name: "n", state: "alive", clients: 1, cut_off: 2, seen_by: null }],
    links: [{ ends: ["a", "b"], state: "open", round_trip_ms: 3, is_ours: true }],
    troubles: [{ who: "b", state: "unreachable", detail: "no answer" }],
    left_out: 0,
  };

  const read = readPicture(JSON.stringify(sent));

  expect(read.nodes).toEqual([
    { id: "a", name: "n", state: "alive", clients: 1, cutOff: 2, seenBy: null },
  ]);
  expect(read.links).toEqual([{ key: "a b", ends: ["a", "b"], state: "open", roundTripMs: 3 }]);
});

test("changes are kept newest first, and links that opened stay pointed out for a while", () => {
  const linked = aPicture([north, south], [aLink("north", "south")]);
  const seen = (each: typeof picture, nowMs = 0) =>
    ({ type: "Seen", picture: each, nowMs, atMs: 0 }) as const;

  const first = reduce(begin, seen(picture));
  const second = reduce(first, seen(linked));
  const third = reduce(
    second,
    seen(aPicture([north, { ...south, state: "alive" }], [...linked.links])),
  );
  const lost = reduce(third, { type: "Lost" });

  expect(first.entries).toEqual([]);
  expect([...third.fresh.keys()]).toEqual(["id of north id of south"]);
  expect([...reduce(third, seen(linked, 29_999)).fresh]).toHaveLength(1);
  expect([...reduce(third, seen(linked, 30_000)).fresh]).toEqual([]);
  expect(third.entries.map(({ words }) => words)).toEqual([
    "south is alive",
    "north and south are linked",
  ]);
  expect([lost.isLive, lost.picture]).toEqual([false, third.picture]);
  expect(reduce(begin, { type: "Lost" })).toBe(begin);
});
