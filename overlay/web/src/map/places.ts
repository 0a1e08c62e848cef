/** Where each node stands: found by forces once, then kept, so that one can watch what changes. */

import { Body, Forces, type Pull } from "./forces";
import { byName, isStanding, type MapLink, type Picture } from "./picture";

/** From 0 to 1 in both directions. */
export interface Place {
  readonly x: number;
  readonly y: number;
}

/** A node with its body. */
interface Placed {
  readonly body: Body;
  readonly sinceMs: number;
}

/**
 * A node that came this long ago stays where it is, whatever links come and go; at once where the
 * first picture has everybody linked: only an overlay that is just starting still takes shape.
 */
export const SETTLED_MS = 4_000;

/** What a line of nodes may be stretched by, across. */
const STRETCH_MAX = 3;

/** How far the first ones stand from each other on their circle, and a new one from who was there. */
const SPREAD = 60;
const MIDDLE: Place = { x: 0.5, y: 0.5 };

export class Places {
  private readonly placed = new Map<string, Placed>();
  private readonly pulls = new Map<string, Pull>();
  private readonly forces = new Forces();
  private frame = { x: 0, y: 0, width: 1, height: 1 };
  private isFramed = false;

  /** Take in a picture; whether anything will move for it. */
  follow(picture: Picture, nowMs: number): boolean {
    const settled = this.settled(nowMs);
    const isNew = this.addNodes(picture, nowMs);
    const isLinked = this.addLinks(picture.links, settled);
    if (!isNew && !isLinked) return false;
    const bodies = this.bodies();
    this.isFramed = settled.size > 0;
    for (const body of bodies) body.isHeld = settled.has(body);
    this.forces.begin(bodies, [...this.pulls.values()], isNew ? 1 : 0.5);
    return true;
  }

  get isMoving(): boolean {
    return this.forces.isMoving;
  }

  /** Move on until everything stands, or `isOver` says that it is enough for now. */
  move(isOver: () => boolean): void {
    while (this.isMoving && !isOver()) this.forces.step();
    if (!this.isFramed) this.frame = frameOf(this.bodies());
  }

  at(node: string): Place {
    const body = this.placed.get(node)?.body;
    if (body === undefined) return MIDDLE;
    const { x, y, width, height } = this.frame;
    return { x: within((body.x - x) / width), y: within((body.y - y) / height) };
  }

  private bodies(): Body[] {
    return Array.from(this.placed.values(), ({ body }) => body);
  }

  private settled(nowMs: number): ReadonlySet<Body> {
    const settled = [...this.placed.values()].filter(
      ({ sinceMs }) => nowMs - sinceMs >= SETTLED_MS,
    );
    return new Set(settled.map(({ body }) => body));
  }

  private addNodes({ nodes, links }: Picture, nowMs: number): boolean {
    const fresh = nodes.filter(({ id }) => !this.placed.has(id)).sort(byName);
    const isFirst = this.placed.size === 0;
    const sinceMs = isFirst && isWhole({ nodes, links }) ? nowMs - SETTLED_MS : nowMs;
    for (const [index, { id }] of fresh.entries()) {
      const beside = isFirst ? undefined : this.beside(id, links);
      const turn = (2 * Math.PI * index) / fresh.length;
      const radius = beside === undefined ? (SPREAD * fresh.length) / 6 : SPREAD / 2;
      const x = (beside?.x ?? 0) + radius * Math.cos(turn);
      const y = (beside?.y ?? 0) + radius * Math.sin(turn);
      this.placed.set(id, { body: new Body(x, y), sinceMs });
    }
    return fresh.length > 0;
  }

  /** A node that is there already and to which a new one is linked. */
  private beside(node: string, links: readonly MapLink[]): Body | undefined {
    const others = links.flatMap(({ ends }) => (ends.includes(node) ? ends : []));
    return others.map((id) => this.placed.get(id)?.body).find((body) => body !== undefined);
  }

  private addLinks(links: readonly MapLink[], settled: ReadonlySet<Body>): boolean {
    let isAny = false;
    for (const link of links) {
      const [source, target] = link.ends;
      if (this.pulls.has(link.key)) continue;
      const [one, other] = [this.placed.get(source)?.body, this.placed.get(target)?.body];
      if (one === undefined || other === undefined) continue;
      if (settled.has(one) && settled.has(other)) continue;
      this.pulls.set(link.key, { one, other });
      isAny = true;
    }
    return isAny;
  }
}

/** Whether every node that is alive has a link. */
function isWhole({ nodes, links }: Pick<Picture, "nodes" | "links">): boolean {
  const linked = new Set(links.filter(isStanding).flatMap(({ ends }) => ends));
  return nodes.every(({ id, state }) => state !== "alive" || linked.has(id));
}

/** The box around all bodies, not much flatter or narrower than it is wide or high. */
function frameOf(bodies: readonly Body[]): { x: number; y: number; width: number; height: number } {
  const xs = bodies.map(({ x }) => x);
  const ys = bodies.map(({ y }) => y);
  const [left, top] = [Math.min(...xs), Math.min(...ys)];
  const [right, bottom] = [Math.max(...xs), Math.max(...ys)];
  const least = Math.max(right - left, bottom - top, 1) / STRETCH_MAX;
  const width = Math.max(right - left, least);
  const height = Math.max(bottom - top, least);
  return {
    ...{ x: (left + right - width) / 2, y: (top + bottom - height) / 2 },
    ...{ width, height },
  };
}

const within = (value: number): number => Math.min(Math.max(value, 0), 1);
