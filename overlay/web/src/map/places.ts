/** Where each node stands: found by forces once, then kept, so that one can watch what changes. */

import {
  forceCollide,
  forceLink,
  forceManyBody,
  forceSimulation,
  forceX,
  forceY,
  type Simulation,
  type SimulationLinkDatum,
  type SimulationNodeDatum,
} from "d3-force";
import { byName, isStanding, type MapLink, type Picture } from "./picture";

/** From 0 to 1 in both directions. */
export interface Place {
  readonly x: number;
  readonly y: number;
}

interface Body extends SimulationNodeDatum {
  readonly id: string;
  readonly sinceMs: number;
}

type Pull = SimulationLinkDatum<Body>;

/**
 * A node that came this long ago stays where it is, whatever links come and go; at once where the
 * first picture has everybody linked: only an overlay that is just starting still takes shape.
 */
export const SETTLED_MS = 4_000;

/** What a line of nodes may be stretched by, across. */
const STRETCH_MAX = 3;

const LENGTH = 60;
const MIDDLE: Place = { x: 0.5, y: 0.5 };

export class Places {
  private readonly bodies = new Map<string, Body>();
  private readonly pulls = new Map<string, Pull>();
  private readonly simulation: Simulation<Body, Pull>;
  private frame = { x: 0, y: 0, width: 1, height: 1 };
  private isFramed = false;

  constructor() {
    this.simulation = forceSimulation<Body, Pull>([])
      .stop()
      .force("apart", forceManyBody<Body>().strength(-300).distanceMax(500))
      .force("room", forceCollide<Body>(28))
      .force("x", forceX<Body>(0).strength(0.09))
      .force("y", forceY<Body>(0).strength(0.13))
      .alphaMin(0.02)
      .alphaDecay(0.025);
  }

  /** Take in a picture; whether anything will move for it. */
  follow(picture: Picture, nowMs: number): boolean {
    const settled = new Set([...this.bodies.values()].filter((body) => isSettled(body, nowMs)));
    const isNew = this.addNodes(picture, nowMs);
    const isLinked = this.addLinks(picture.links, settled);
    if (!isNew && !isLinked) return false;
    const bodies = [...this.bodies.values()];
    this.isFramed = settled.size > 0;
    for (const body of bodies) {
      body.fx = settled.has(body) ? (body.x ?? 0) : null;
      body.fy = settled.has(body) ? (body.y ?? 0) : null;
    }
    this.simulation.nodes(bodies);
    const pulls = forceLink<Body, Pull>([...this.pulls.values()]).id(({ id }) => id);
    this.simulation.force("links", pulls.distance(LENGTH));
    this.simulation.alpha(Math.max(this.simulation.alpha(), isNew ? 1 : 0.5));
    return true;
  }

  get isMoving(): boolean {
    return this.bodies.size > 0 && this.simulation.alpha() >= this.simulation.alphaMin();
  }

  /** Move on until everything stands, or `isOver` says that it is enough for now. */
  move(isOver: () => boolean): void {
    while (this.isMoving && !isOver()) this.simulation.tick();
    if (!this.isFramed) this.frame = frameOf([...this.bodies.values()]);
  }

  at(node: string): Place {
    const body = this.bodies.get(node);
    if (body === undefined) return MIDDLE;
    const { x, y, width, height } = this.frame;
    return { x: within(((body.x ?? 0) - x) / width), y: within(((body.y ?? 0) - y) / height) };
  }

  private addNodes({ nodes, links }: Picture, nowMs: number): boolean {
    const fresh = nodes.filter(({ id }) => !this.bodies.has(id)).sort(byName);
    const isFirst = this.bodies.size === 0;
    const sinceMs = isFirst && isWhole({ nodes, links }) ? nowMs - SETTLED_MS : nowMs;
    for (const [index, { id }] of fresh.entries()) {
      const beside = isFirst ? undefined : this.beside(id, links);
      const turn = (2 * Math.PI * index) / fresh.length;
      const radius = beside === undefined ? (LENGTH * fresh.length) / 6 : LENGTH / 2;
      this.bodies.set(id, {
        id,
        sinceMs,
        x: (beside?.x ?? 0) + radius * Math.cos(turn),
        y: (beside?.y ?? 0) + radius * Math.sin(turn),
      });
    }
    return fresh.length > 0;
  }

  /** A node that is there already and to which a new one is linked. */
  private beside(node: string, links: readonly MapLink[]): Body | undefined {
    const others = links.flatMap(({ ends }) => (ends.includes(node) ? ends : []));
    return others.map((id) => this.bodies.get(id)).find((body) => body !== undefined);
  }

  private addLinks(links: readonly MapLink[], settled: ReadonlySet<Body>): boolean {
    let isAny = false;
    for (const link of links) {
      const [source, target] = link.ends;
      if (this.pulls.has(link.key)) continue;
      const [one, other] = [this.bodies.get(source), this.bodies.get(target)];
      if (one === undefined || other === undefined) continue;
      if (settled.has(one) && settled.has(other)) continue;
      this.pulls.set(link.key, { source, target });
      isAny = true;
    }
    return isAny;
  }
}

const isSettled = ({ sinceMs }: Body, nowMs: number): boolean => nowMs - sinceMs >= SETTLED_MS;

/** Whether every node that is alive has a link. */
function isWhole({ nodes, links }: Pick<Picture, "nodes" | "links">): boolean {
  const linked = new Set(links.filter(isStanding).flatMap(({ ends }) => ends));
  return nodes.every(({ id, state }) => state !== "alive" || linked.has(id));
}

/** The box around all bodies, not much flatter or narrower than it is wide or high. */
function frameOf(bodies: readonly Body[]): { x: number; y: number; width: number; height: number } {
  const xs = bodies.map(({ x }) => x ?? 0);
  const ys = bodies.map(({ y }) => y ?? 0);
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
