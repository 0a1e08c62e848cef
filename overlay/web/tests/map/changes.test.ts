// Owns what is promised of the sentences about changes.

import { expect, test } from "vitest";

import { changesBetween, standing } from "../../src/map/changes";
import type { Picture } from "../../src/map/picture";
import { aLink, aNode, aPicture } from "./pictures";

const whole = aPicture([aNode("n1"), aNode("n2"), aNode("n10")], [aLink("n1", "n2")]);
const doubtful = aPicture([...whole.nodes], [aLink("n1", "n2", "doubtful")]);
const lost = aPicture([...whole.nodes], [aLink("n1", "n2", "gone")]);
const bare = aPicture([...whole.nodes]);

/** What is told of pictures that follow one another. */
function told(...pictures: Picture[]): string[] {
  let [words, stood]: [string[], ReadonlySet<string>] = [[], new Set()];
  for (const [index, picture] of pictures.entries()) {
    const before = pictures[index - 1];
    const stand = standing(stood, picture);
    if (before !== undefined) words = [...words, ...changesBetween(before, picture, stood, stand)];
    stood = stand;
  }
  return words;
}

test("a death and the links that it took are told, and the link that heals it", () => {
  const after = aPicture(
    [aNode("n1"), aNode("n2", { state: "dead" }), aNode("n10")],
    [aLink("n1", "n2", "gone"), aLink("n10", "n1")],
  );

  expect(told(whole, after)).toEqual([
    "n2 is dead",
    "n1 and n2 have lost their link",
    "n1 and n10 are linked",
  ]);
});

test("what is merely in doubt is not told, nor that it was", () => {
  expect(told(whole, doubtful, whole)).toEqual([]);
});

test("what became of a link is told, also after doubt", () => {
  expect(told(whole, doubtful, lost)).toEqual(["n1 and n2 have lost their link"]);
  expect(told(lost, doubtful, whole)).toEqual(["n1 and n2 are linked"]);
});

test("a cut is told once, and as such", () => {
  const cut = aPicture([...whole.nodes], [aLink("n1", "n2", "cut")]);

  expect(told(whole, cut, cut, whole)).toEqual(["n1 and n2 are cut apart", "n1 and n2 are linked"]);
});

test("a link that is named no longer is told as lost, one that never was there is not told", () => {
  expect(told(whole, bare)).toEqual(["n1 and n2 have lost their link"]);
  expect(told(bare, lost)).toEqual([]);
});

test("who is new and how many clients there are is told, round trips are not", () => {
  const after = aPicture(
    [aNode("n1", { clients: 1 }), aNode("n2"), aNode("n10"), aNode("n11")],
    [aLink("n1", "n2", "open", 7)],
  );

  expect(told(whole, after)).toEqual(["n1 has 1 client", "n11 is new here"]);
});
