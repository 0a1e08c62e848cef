// Owns what is promised of the forces between nodes on the map.

import { expect, test } from "vitest";

import { Body, Forces } from "../../src/map/forces";

function stand(bodies: Body[], links: [number, number][] = [], heat = 1): void {
  const forces = new Forces();
  const pulls = links.flatMap(([from, to]) => {
    const [one, other] = [bodies[from], bodies[to]];
    return one === undefined || other === undefined ? [] : [{ one, other }];
  });
  forces.begin(bodies, pulls, heat);
  while (forces.isMoving) forces.step();
}

const distance = (one: Body, other: Body): number => Math.hypot(other.x - one.x, other.y - one.y);

test("who stands in one place is parted", () => {
  const [one, other] = [new Body(5, 5), new Body(5, 5)];

  stand([one, other]);

  expect(distance(one, other)).toBeGreaterThan(50);
});

test("a link pulls its ends together, and nobody too near", () => {
  const [one, other, alone] = [new Body(-400, 0), new Body(400, 0), new Body(0, 400)];

  stand([one, other, alone], [[0, 1]]);

  expect(distance(one, other)).toBeGreaterThan(50);
  expect(distance(one, other)).toBeLessThan(Math.min(distance(one, alone), distance(other, alone)));
});

test("who is held stays, and pushes others away", () => {
  const [held, other] = [new Body(0, 0), new Body(1, 0)];
  held.isHeld = true;

  stand([held, other], [[0, 1]]);

  expect([held.x, held.y]).toEqual([0, 0]);
  expect(other.x).toBeGreaterThan(50);
});

test("without warmth, and without anybody, nothing moves", () => {
  const body = new Body(7, 7);

  stand([body], [], 0);
  stand([]);

  expect([body.x, body.y]).toEqual([7, 7]);
});
