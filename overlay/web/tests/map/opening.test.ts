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

/** Everything that is drawn, frame by frame, of a picture whose nodes have had their places long. */
function frames(picture: typeof large): Drawn[] {
  const drawn = [UNMADE];
  for (let last = UNMADE; !last.isShown; drawn.push(last)) {
    last = afterFrame(last, picture, false, false);
  }
  return drawn;
}

test("a small picture is shown in the frame in which its nodes have their places", () => {
  expect(afterFrame(UNMADE, small, true, false)).toBe(UNMADE);
  expect(afterFrame(UNMADE, small, false, false).isShown).toBe(true);
});

test("a large picture is made in portions, and seen when it is whole", () => {
  const hidden = frames(large).slice(0, -1);

  expect(hidden.map(({ nodesMax }) => nodesMax)).toEqual([8, 16, 24, 32, 40, 48, 56]);
  expect(hidden.map(({ linksMax }) => linksMax)).toEqual([24, 48, 72, 96, 120, 144, 168]);
  expect(hidden.some(({ isShown }) => isShown)).toBe(false);
});

test("what is shown stays shown, whoever comes", () => {
  const shown = afterFrame(UNMADE, small, false, false);

  const after = afterFrame(shown, large, true, false);

  expect(after).toEqual({ nodesMax: Infinity, linksMax: Infinity, isShown: true });
});

test("who moves is drawn anew, unless there is to be no motion", () => {
  const shown = afterFrame(UNMADE, small, false, false);

  expect(afterFrame(shown, small, true, false)).not.toBe(shown);
  expect(afterFrame(shown, small, true, true)).toBe(shown);
  expect(afterFrame(shown, small, false, true)).not.toBe(shown);
});
