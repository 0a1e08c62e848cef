// Owns what is promised of how a picture comes to be seen.

import { expect, test } from "vitest";

import { afterFrame, UNMADE, type Drawn } from "../../src/map/opening";
import { aLink, aNode, aPicture } from "./pictures";

const names = Array.from({ length: 50 }, (_, index) => `n${index}`);
const links = names.flatMap((name, index) =>
  names.slice(index + 1, index + 4).map((other) => aLink(name, other)),
);
const large = aPicture(
  names.map((name) => aNode(name)),
  links,
);
const small = aPicture([aNode("north"), aNode("south")], [aLink("north", "south")]);

/** Everything that is drawn, frame by frame, of a picture whose nodes have their places. */
function frames(picture: typeof large): Drawn[] {
  const drawn = [UNMADE];
  for (let last = UNMADE; !last.isWhole; drawn.push(last)) {
    last = afterFrame(last, picture, false, false);
  }
  return drawn;
}

test("nothing is made before all nodes have their places, and of a small picture then all", () => {
  expect(afterFrame(UNMADE, small, true, false)).toBe(UNMADE);
  expect(UNMADE.nodesMax + UNMADE.linksMax).toBe(0);
  expect(afterFrame(UNMADE, small, false, false).isWhole).toBe(true);
});

test("a large picture is made in portions, and its nodes are seen when all is made", () => {
  const hidden = frames(large).filter(({ isShown }) => !isShown);

  expect(hidden.map(({ nodesMax }) => nodesMax)).toEqual([0, 8, 16, 24, 32, 40, 48, 56]);
  expect(hidden.map(({ linksMax }) => linksMax)).toEqual([0, 24, 48, 72, 96, 120, 144, 168]);
});

test("links are seen a frame after their nodes", () => {
  const [nodes, all] = frames(large).filter(({ isShown }) => isShown);

  expect(nodes).toEqual({ ...all, isWhole: false });
  expect(all).toEqual({ nodesMax: Infinity, linksMax: Infinity, isShown: true, isWhole: true });
});

test("what is shown stays shown, whoever comes", () => {
  const shown = afterFrame(UNMADE, small, false, false);

  expect(afterFrame(shown, large, true, false)).toEqual(shown);
});

test("who moves is drawn anew, unless there is to be no motion", () => {
  const shown = afterFrame(UNMADE, small, false, false);

  expect(afterFrame(shown, small, true, false)).not.toBe(shown);
  expect(afterFrame(shown, small, true, true)).toBe(shown);
  expect(afterFrame(shown, small, false, true)).not.toBe(shown);
});
