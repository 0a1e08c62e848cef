/**
 * Bodies that push each other away, and that links pull together, until they stand.
 *
 * The forces are those of d3-force 3.0.0, by its formulas, but between all pairs, not by quarters
 * of the plane: for 50 bodies less is to compute, and much less code to make fast first.
 */

/** At a distance of 1; there is nothing beyond `APART_MAX`. */
const APART = 300;
const APART_MAX = 500;
/** Nobody comes nearer. */
const ROOM = 56;
const LENGTH = 60;
const TO_MIDDLE_X = 0.09;
const TO_MIDDLE_Y = 0.13;
/** How much of its speed a body keeps from one step to the next. */
const KEPT = 0.6;
const COOLING = 0.025;
/** Below this heat everything stands. */
const COLD = 0.02;
/** Who stands in the same place is parted in some direction, the same each time. */
const ASIDE = 1e-6;

export class Body {
  x: number;
  y: number;
  vx = 0;
  vy = 0;
  links = 0;
  /** Pushes and pulls others, and stays where it is. */
  isHeld = false;

  constructor(x: number, y: number) {
    this.x = x;
    this.y = y;
  }
}

export interface Pull {
  readonly one: Body;
  readonly other: Body;
}

export class Forces {
  private heat = 0;
  private bodies: readonly Body[] = [];
  private links: readonly Pull[] = [];

  /** Take these bodies and links, and warm them up to `heat`, from 0 to 1. */
  begin(bodies: readonly Body[], links: readonly Pull[], heat: number): void {
    this.bodies = bodies;
    this.links = links;
    for (const body of bodies) body.links = 0;
    for (const { one, other } of links) {
      one.links += 1;
      other.links += 1;
    }
    this.heat = Math.max(this.heat, heat);
  }

  get isMoving(): boolean {
    return this.bodies.length > 0 && this.heat >= COLD;
  }

  /** One step of all. */
  step(): void {
    this.heat -= this.heat * COOLING;
    pushApart(this.bodies, this.heat);
    makeRoom(this.bodies);
    for (const body of this.bodies) {
      body.vx -= body.x * TO_MIDDLE_X * this.heat;
      body.vy -= body.y * TO_MIDDLE_Y * this.heat;
    }
    pullTogether(this.links, this.heat);
    for (const body of this.bodies) move(body);
  }
}

function pushApart(bodies: readonly Body[], heat: number): void {
  for (let i = 0; i < bodies.length; i += 1) {
    const one = bodies[i];
    if (one === undefined) continue;
    for (let j = i + 1; j < bodies.length; j += 1) {
      const other = bodies[j];
      if (other === undefined) continue;
      const dx = other.x - one.x || ASIDE;
      const dy = other.y - one.y || ASIDE;
      const square = dx * dx + dy * dy;
      if (square >= APART_MAX * APART_MAX) continue;
      const push = (APART * heat) / (square < 1 ? Math.sqrt(square) : square);
      one.vx -= dx * push;
      one.vy -= dy * push;
      other.vx += dx * push;
      other.vy += dy * push;
    }
  }
}

/** Whoever would come too near after this step goes half of the way back. */
function makeRoom(bodies: readonly Body[]): void {
  for (let i = 0; i < bodies.length; i += 1) {
    const one = bodies[i];
    if (one === undefined) continue;
    for (let j = i + 1; j < bodies.length; j += 1) {
      const other = bodies[j];
      if (other === undefined) continue;
      const dx = other.x + other.vx - one.x - one.vx || ASIDE;
      const dy = other.y + other.vy - one.y - one.vy || ASIDE;
      const square = dx * dx + dy * dy;
      if (square >= ROOM * ROOM) continue;
      const distance = Math.sqrt(square);
      const push = (ROOM - distance) / distance / 2;
      one.vx -= dx * push;
      one.vy -= dy * push;
      other.vx += dx * push;
      other.vy += dy * push;
    }
  }
}

/** To the length of a link; who has many links gives way less. */
function pullTogether(links: readonly Pull[], heat: number): void {
  for (const { one, other } of links) {
    const dx = other.x + other.vx - one.x - one.vx || ASIDE;
    const dy = other.y + other.vy - one.y - one.vy || ASIDE;
    const distance = Math.sqrt(dx * dx + dy * dy);
    const pull = (((distance - LENGTH) / distance) * heat) / Math.min(one.links, other.links);
    const share = one.links / (one.links + other.links);
    other.vx -= dx * pull * share;
    other.vy -= dy * pull * share;
    one.vx += dx * pull * (1 - share);
    one.vy += dy * pull * (1 - share);
  }
}

function move(body: Body): void {
  if (body.isHeld) {
    body.vx = 0;
    body.vy = 0;
    return;
  }
  body.vx *= KEPT;
  body.vy *= KEPT;
  body.x += body.vx;
  body.y += body.vy;
}
