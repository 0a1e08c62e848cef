/** Which counters of many origins were seen, within bounds. docs/protocol.md, section 7.2. */

import { REPLAY_ORIGINS_MAX, REPLAY_WINDOW } from "../../limits";

interface Seen {
  incarnation: number;
  highest: number;
  counters: Set<number>;
}

/** What there is to remember of one origin, as JSON can say it. */
export interface SeenRow {
  readonly incarnation: number;
  readonly highest: number;
  readonly counters: readonly number[];
}

/**
 * Takes each (origin, incarnation, counter) once, in any order within a window.
 *
 * A counter far below the highest is refused even if never seen, and so is an
 * older incarnation: the window cannot tell them from a replay. Source: RFC 4303, 3.4.3.
 */
export class ReplayWindows {
  private readonly origins = new Map<string, Seen>();

  /** Goes on from what `seen` said of an origin. */
  restore(origin: string, { incarnation, highest, counters }: SeenRow): void {
    this.remember(origin, { incarnation, highest, counters: new Set(counters) });
  }

  /** What was taken from an origin; null of one that is not remembered. */
  seen(origin: string): SeenRow | null {
    const seen = this.origins.get(origin);
    return seen === undefined ? null : { ...seen, counters: [...seen.counters] };
  }

  /** Whether this is the first time. */
  take(origin: string, incarnation: number, counter: number): boolean {
    const known = this.origins.get(origin);
    if (known !== undefined && incarnation < known.incarnation) return false;
    const isFresh = known?.incarnation !== incarnation;
    const seen = isFresh ? { incarnation, highest: 0, counters: new Set<number>() } : known;
    this.remember(origin, seen);
    if (counter <= seen.highest - REPLAY_WINDOW || seen.counters.has(counter)) return false;
    seen.counters.add(counter);
    if (counter > seen.highest) this.raise(seen, counter);
    return true;
  }

  private raise(seen: Seen, highest: number): void {
    seen.highest = highest;
    for (const counter of seen.counters) {
      if (counter <= highest - REPLAY_WINDOW) seen.counters.delete(counter);
    }
  }

  private remember(origin: string, seen: Seen): void {
    this.origins.delete(origin);
    this.origins.set(origin, seen);
    for (const oldest of this.origins.keys()) {
      if (this.origins.size <= REPLAY_ORIGINS_MAX) break;
      this.origins.delete(oldest);
    }
  }
}
