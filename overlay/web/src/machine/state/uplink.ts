/** Our home as the parts see it: something to submit to and to ask, while one serves us. */

import { BUSY_RETRY_MS, FIND_MS, FINDS_MAX, REQUESTS_MAX } from "../../limits";
import type { Outgoing, Person } from "../../protocol/messages";
import type { Desk } from "./desk";
import type { Link, Submission } from "./link";

export type Outcome =
  | { readonly type: "done" }
  | { readonly type: "found"; readonly people: readonly Person[] }
  | {
      readonly type: "refused";
      readonly code: string;
      readonly detail: string;
      readonly retryAfterMs: number | null;
    }
  /** The link ended first. */
  | { readonly type: "lost" };

/** A request without its number, which is chosen when it leaves. */
export type Question =
  Extract<Outgoing, { readonly request: number }> extends infer Each
    ? Each extends { readonly request: number }
      ? Omit<Each, "request">
      : never
    : never;

interface Asked {
  readonly question: Question;
  readonly then: (outcome: Outcome) => void;
  readonly people: Person[];
  dueMs: number;
  asks: number;
}

export class Uplink {
  private readonly desk: Desk;
  private link: Link | null = null;
  private attached = false;
  private lastRequest = 0;
  private readonly asked = new Map<number, Asked>();
  private waiting: Asked[] = [];

  constructor(desk: Desk) {
    this.desk = desk;
  }

  /** Whether a home serves us now. */
  get isAttached(): boolean {
    return this.attached;
  }

  opened(link: Link): void {
    this.link = link;
  }

  attach(): void {
    this.attached = true;
  }

  lost(): void {
    this.link = null;
    this.attached = false;
    const all = [...this.asked.values(), ...this.waiting];
    this.asked.clear();
    this.waiting = [];
    for (const { then } of all) then({ type: "lost" });
  }

  /** Hands an envelope to our home; without one it is dropped, and the sender's own care. */
  submit(submission: Submission): void {
    if (this.attached) this.link?.submit(submission);
  }

  /**
   * Asks our home; before one serves us, only to be served. `then` is called once, at
   * latest when the link ends.
   */
  ask(question: Question, then: (outcome: Outcome) => void): void {
    if (!this.attached && question.type !== "attach") {
      then({ type: "lost" });
      return;
    }
    this.waiting.push({ question, then, people: [], dueMs: Infinity, asks: 0 });
    this.next();
  }

  onDone(request: number): void {
    this.settle(request, { type: "done" });
  }

  onFound(request: number, people: readonly Person[], isLast: boolean): void {
    const asked = this.asked.get(request);
    if (asked === undefined) return;
    asked.people.push(...people);
    if (isLast) this.settle(request, { type: "found", people: asked.people });
  }

  /** What is refused as busy is asked again when the home says, but for being served: there are other homes. */
  onRefused(request: number, code: string, detail: string, retryAfterMs: number | null): void {
    const asked = this.asked.get(request);
    if (code === "busy" && asked !== undefined && asked.question.type !== "attach") {
      asked.dueMs = this.desk.nowMs + (retryAfterMs ?? BUSY_RETRY_MS);
      asked.asks -= 1;
      return;
    }
    this.settle(request, { type: "refused", code, detail, retryAfterMs });
  }

  /** Asks the directory again where it did not answer; nobody answers forever with silence. */
  onWake(): void {
    for (const [request, asked] of this.asked) {
      if (asked.dueMs > this.desk.nowMs) continue;
      if (asked.asks >= FINDS_MAX) {
        this.settle(request, { type: "found", people: asked.people });
      } else {
        this.asked.delete(request);
        asked.people.length = 0;
        this.send(asked);
      }
    }
  }

  nextDeadlineMs(): number {
    return Math.min(Infinity, ...[...this.asked.values()].map(({ dueMs }) => dueMs));
  }

  private settle(request: number, outcome: Outcome): void {
    const asked = this.asked.get(request);
    this.asked.delete(request);
    asked?.then(outcome);
    this.next();
  }

  private next(): void {
    while (this.asked.size < REQUESTS_MAX) {
      const first = this.waiting.shift();
      if (first === undefined) return;
      this.send(first);
    }
  }

  private send(asked: Asked): void {
    this.lastRequest += 1;
    asked.asks += 1;
    asked.dueMs = asked.question.type === "find" ? this.desk.nowMs + FIND_MS : Infinity;
    this.asked.set(this.lastRequest, asked);
    this.link?.put({ ...asked.question, request: this.lastRequest });
  }
}
