// Owns what is promised of where nodes stand on the map.

import { expect, test } from "vitest";

import { Places, SETTLED_MS } from "../../src/map/places";
import { aLink, aNode, aPicture } from "./pictures";

const never = () => false;
const names = Array.from({ length: 50 }, (_, index) => `n${index + 1}`);
const ring = aPicture(
  names.map((name) => aNode(name)),
  names.map((name, index) => aLink(name, names[(index + 1) % names.length] ?? "")),
);

function placed(): Places {
  const places = new Places();
  places.follow(ring, 0);
  places.move(never);
  return places;
}

const where = (places: Places) => names.map((name) => places.at(`id of ${name}`));

test("every node has a place of its own within the frame", () => {
  const all = where(placed());

  for (const [index, { x, y }] of all.entries()) {
    expect(Math.min(x, y)).toBeGreaterThanOrEqual(0);
    expect(Math.max(x, y)).toBeLessThanOrEqual(1);
    for (const other of all.slice(index + 1)) {
      expect(Math.hypot(x - other.x, y - other.y)).toBeGreaterThan(0.02);
    }
  }
});

test("the same picture is laid out the same each time", () => {
  expect(where(placed())).toEqual(where(placed()));
});

test("whatever links come and go, who has settled stays", () => {
  const places = placed();
  const before = where(places);
  const healed = aPicture([...ring.nodes], [...ring.links.slice(5), aLink("n1", "n20")]);

  const moves = places.follow(healed, 1);

  expect(moves).toBe(false);
  expect(where(places)).toEqual(before);
});

test("a new node finds a place and moves nobody who has settled", () => {
  const places = placed();
  const before = where(places);
  const more = aPicture([...ring.nodes, aNode("late")], [...ring.links, aLink("n1", "late")]);

  expect(places.follow(more, 1)).toBe(true);
  places.move(never);

  expect(where(places)).toEqual(before);
  const late = places.at("id of late");
  expect(before).not.toContainEqual(late);
});

test("in an overlay that is just starting links shape the picture for a while", () => {
  const places = new Places();
  places.follow(aPicture([...ring.nodes]), 0);
  places.move(never);

  expect(places.follow(ring, SETTLED_MS - 1)).toBe(true);
  expect(places.isMoving).toBe(true);
  expect(places.follow(aPicture([...ring.nodes], [aLink("n1", "n20")]), SETTLED_MS)).toBe(false);
});

test("moving stops when its time is over and goes on later", () => {
  const places = new Places();
  places.follow(ring, 0);
  let turns = 0;

  places.move(() => ++turns > 3);

  expect(places.isMoving).toBe(true);
  places.move(never);
  expect(places.isMoving).toBe(false);
});

test("nobody knows where a node is that was never seen", () => {
  expect(new Places().at("nobody")).toEqual({ x: 0.5, y: 0.5 });
});
