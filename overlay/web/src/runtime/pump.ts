/** Drives the client machine: events in, effects out, one `Wake` at the end of each round. */

import { ROUND_EVENTS_MAX } from "../limits";
import type { Effect } from "../machine/effects";
import type { Event } from "../machine/events";
import type { Client } from "../machine/machine";
import type { Random } from "../protocol/random";

/** Timers do not count further than this. */
const TIMER_MS_MAX = 2 ** 31 - 1;

const ourRandom: Random = {
  bytes: (sizeBytes) => crypto.getRandomValues(new Uint8Array(sizeBytes)),
  fraction: () => {
    const [value = 0] = crypto.getRandomValues(new Uint32Array(1));
    return value / 2 ** 32;
  },
};

const nowMs = (): number => Math.floor(performance.now());

export class Pump {
  private readonly client: Client;
  private readonly perform: (effect: Effect) => void;
  private queue: Event[] = [];
  private isScheduled = false;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(client: Client, perform: (effect: Effect) => void) {
    this.client = client;
    this.perform = perform;
  }

  /** Queues an event; it is handled after whatever the page does now. */
  happens(event: Event): void {
    this.queue.push(event);
    this.schedule();
  }

  /** Handles everything at once: for the last words of a page that goes away. */
  finish(event: Event): void {
    this.queue.push(event);
    for (const each of this.queue.splice(0)) this.handle(each);
    clearTimeout(this.timer);
  }

  schedule(): void {
    if (this.isScheduled) return;
    this.isScheduled = true;
    queueMicrotask(() => {
      this.isScheduled = false;
      this.round();
    });
  }

  private round(): void {
    for (const event of this.queue.splice(0, ROUND_EVENTS_MAX)) this.handle(event);
    this.handle({ type: "Wake" });
    this.waitForNext();
  }

  private handle(event: Event): void {
    for (const effect of this.client.handle(event, nowMs(), ourRandom)) this.perform(effect);
  }

  /** What is left waits for its turn behind the page's own work: drawing, typing. */
  private waitForNext(): void {
    clearTimeout(this.timer);
    const dueMs = this.queue.length > 0 ? 0 : this.client.nextDeadlineMs();
    if (dueMs === null) return;
    const waitMs = Math.min(Math.max(dueMs - nowMs(), 0), TIMER_MS_MAX);
    this.timer = setTimeout(() => {
      this.schedule();
    }, waitMs);
  }
}
