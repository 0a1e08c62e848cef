// Owns what is promised of the arrow keys.

import { expect, test } from "vitest";

import { step } from "../../src/map/steps";

const PLACES = new Map([
  ["north", { x: 0.5, y: 0 }],
  ["south", { x: 0.5, y: 1 }],
  ["west", { x: 0, y: 0.5 }],
  ["middle", { x: 0.5, y: 0.5 }],
]);
const nodes = [...PLACES.keys()];
const at = (node: string) => PLACES.get(node) ?? { x: 0, y: 0 };

test.each([
  ["ArrowUp", "middle", "north"],
  ["ArrowDown", "middle", "south"],
  ["ArrowLeft", "middle", "west"],
  ["ArrowRight", "middle", null],
  ["ArrowUp", "south", "middle"],
  ["Home", "middle", "north"],
  ["End", "north", "middle"],
  ["PageDown", "north", "south"],
  ["PageDown", "middle", "north"],
  ["PageUp", "north", "middle"],
  ["a", "north", null],
])("%s from %s leads to %s", (key, from, to) => {
  expect(step(key, from, nodes, at)).toBe(to);
});

test("where there is nobody no key leads anywhere", () => {
  expect(step("Home", "nobody", [], at)).toBeNull();
  expect(step("PageDown", "nobody", [], at)).toBeNull();
});
