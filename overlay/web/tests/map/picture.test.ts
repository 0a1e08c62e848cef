// Owns what is promised of how one picture follows another.

import { expect, test } from "vitest";

import { keeping } from "../../src/map/picture";
import { aLink, aNode, aPicture } from "./pictures";

test("what is the same in the next picture is the same thing, and all else is as it is now", () => {
  const before = aPicture(
    [aNode("north"), aNode("south"), aNode("west")],
    [aLink("north", "south", "open", 7), aLink("north", "west", "open", 9)],
  );
  const after = aPicture(
    [aNode("south", { clients: 1 }), aNode("north"), aNode("east")],
    [aLink("north", "south", "open", 8), aLink("north", "west", "open", 9), aLink("east", "north")],
  );

  const kept = keeping(before, after);

  expect(kept).toEqual(after);
  expect(kept.nodes.map((node) => before.nodes.includes(node))).toEqual([false, true, false]);
  expect(kept.links.map((link) => before.links.includes(link))).toEqual([false, true, false]);
});
