/** Which node to dial next, and when. docs/protocol.md, section 8.5. */

import { DIAL_MS, JITTER, REDIAL_FIRST_MS, REDIAL_MAX_MS } from "../../limits";
import type { Address, NodeId } from "../../protocol/ids";
import type { Home } from "../../protocol/messages";
import type { Desk } from "../state/desk";

/** Where to, and the key that must answer there, where a node that we believed has told it. */
export interface Destination {
  readonly address: Address;
  readonly node: NodeId | null;
}

type State =
  | { readonly type: "resting" }
  | { readonly type: "waiting"; readonly dueMs: number }
  | { readonly type: "dialling"; readonly to: Destination; readonly dueMs: number };

export class Dialling {
  private readonly desk: Desk;
  /** Where the page came from: the one node that is known when no list of homes is. */
  private readonly first: Address;
  private homes: readonly Home[] = [];
  private readonly names = new Map<NodeId, string>();
  /** Nodes that have said when to come again. */
  private readonly avoided = new Map<Address, number>();
  private failures = 0;
  private state: State = { type: "resting" };

  constructor(desk: Desk, first: Address) {
    this.desk = desk;
    this.first = first;
  }

  /** A new ranked list; an empty one says nothing new. */
  learn(homes: readonly Home[]): void {
    if (homes.length > 0) this.homes = homes;
    for (const { id, name } of homes) this.names.set(id, name);
  }

  /** A node has said when to come again: until then others are dialled, if there are any. */
  avoid(address: Address, untilMs: number): void {
    this.avoided.set(address, untilMs);
  }

  nameOf(node: NodeId): string | null {
    return this.names.get(node) ?? null;
  }

  /** Dials as soon as the round ends. */
  start(): void {
    this.state = { type: "waiting", dueMs: this.desk.nowMs };
  }

  /** A home serves us: what failed before counts no more. */
  attached(): void {
    this.failures = 0;
  }

  /** The link that we dialled is up: whose it is the session finds out. */
  opened(address: Address): Destination | null {
    if (this.state.type !== "dialling" || this.state.to.address !== address) return null;
    const { to } = this.state;
    this.state = { type: "resting" };
    return to;
  }

  failed(address: Address): void {
    if (this.state.type === "dialling" && this.state.to.address === address) this.next();
  }

  /**
   * A link ended, or was not worth keeping: on to the next node, after a short wait.
   * Once all were tried in vain each wait is twice the one before, up to where all take `REDIAL_MAX_MS`.
   */
  next(): void {
    const spread = 1 - JITTER + 2 * JITTER * this.desk.random.fraction();
    const soonestMs = this.desk.nowMs + Math.round(this.waitMs() * spread);
    this.state = { type: "waiting", dueMs: Math.max(soonestMs, this.freeMs()) };
    this.failures += 1;
  }

  /** No more: another copy of this client took our place. */
  rest(): void {
    this.state = { type: "resting" };
  }

  onWake(): void {
    if (this.state.type === "resting" || this.state.dueMs > this.desk.nowMs) return;
    if (this.state.type === "dialling") {
      this.next();
      return;
    }
    const to = this.destination();
    this.state = { type: "dialling", to, dueMs: this.desk.nowMs + DIAL_MS };
    this.desk.do({ type: "Dial", address: to.address });
  }

  nextDeadlineMs(): number {
    return this.state.type === "resting" ? Infinity : this.state.dueMs;
  }

  private waitMs(): number {
    if (this.failures === 0) return 0;
    const count = this.destinations().length;
    if (this.failures < count) return REDIAL_FIRST_MS;
    const slowestMs = Math.max(REDIAL_FIRST_MS, REDIAL_MAX_MS / count);
    return Math.min(REDIAL_FIRST_MS * 2 ** (this.failures - count + 1), slowestMs);
  }

  private destination(): Destination {
    const known = this.destinations();
    const free = known.filter(({ address }) => this.avoidedUntil(address) <= this.desk.nowMs);
    const all = free.length > 0 ? free : known;
    const at = Math.max(this.failures - 1, 0) % all.length;
    return all[at] ?? { address: this.first, node: null };
  }

  /** When any of the nodes may be dialled. */
  private freeMs(): number {
    return Math.min(...this.destinations().map(({ address }) => this.avoidedUntil(address)));
  }

  private avoidedUntil(address: Address): number {
    return this.avoided.get(address) ?? 0;
  }

  private destinations(): Destination[] {
    const homes = this.homes.map(({ id, address }) => ({ address, node: id }));
    const isKnown = homes.some(({ address }) => address === this.first);
    return isKnown ? homes : [...homes, { address: this.first, node: null }];
  }
}
