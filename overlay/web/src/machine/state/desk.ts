/** What all parts share: the effects of this round, and what waits for an answer from outside. */

import type { Random } from "../../protocol/random";
import type { Effect, OurKey } from "../effects";
import type { Ticket } from "../events";
import type { Fact } from "../facts";
import type { Reply } from "../requests";
import type { Row, RowKey } from "../rows";

type Then<Value> = (value: Value) => void;

/**
 * Parts call it while an event is handled; what it gathers leaves with that event's effects.
 *
 * Rows are gathered until the end of the round and leave as one `Persist`: a burst
 * of messages costs one transaction. Of several changes to one row the last counts.
 */
export class Desk {
  private round: { nowMs: number; random: Random; effects: Effect[] } | null = null;
  private lastTicket = 0;
  private readonly signatures = new Map<Ticket, Then<Uint8Array>>();
  private readonly seals = new Map<Ticket, Then<Uint8Array | null>>();
  private readonly openings = new Map<Ticket, Then<Uint8Array | null>>();
  private readonly stores = new Map<Ticket, readonly Then<string | null>[]>();
  private readonly changes = new Map<string, { key: RowKey; row: Row | null }>();
  private afterwards: Then<string | null>[] = [];

  /** Opens the round of one event. */
  begin(nowMs: number, random: Random): void {
    this.round = { nowMs, random, effects: [] };
  }

  /** Closes it and gives its effects. */
  end(): Effect[] {
    const { effects } = this.open();
    this.round = null;
    return effects;
  }

  get nowMs(): number {
    return this.open().nowMs;
  }

  get random(): Random {
    return this.open().random;
  }

  do(effect: Effect): void {
    this.open().effects.push(effect);
  }

  report(fact: Fact): void {
    this.do({ type: "Report", fact });
  }

  answer(ticket: Ticket, reply: Reply): void {
    this.do({ type: "Answer", ticket, reply });
  }

  /** Makes a row durable with the end of this round. */
  persist(row: Row): void {
    this.changes.set(`${row.table} ${row.key}`, { key: row, row });
  }

  forget(key: RowKey): void {
    this.changes.set(`${key.table} ${key.key}`, { key, row: null });
  }

  /** Calls `then` once everything persisted so far is durable; never if the disk says no. */
  whenStored(then: () => void, otherwise?: (reason: string) => void): void {
    this.afterwards.push((failure) => {
      if (failure === null) then();
      else otherwise?.(failure);
    });
  }

  get hasUnstored(): boolean {
    return this.changes.size > 0 || this.afterwards.length > 0;
  }

  /** The end of a round: what was gathered goes to the disk. */
  flush(): void {
    if (!this.hasUnstored) return;
    const changes = [...this.changes.values()];
    const ticket = this.ticket();
    this.stores.set(ticket, this.afterwards);
    this.changes.clear();
    this.afterwards = [];
    this.do({
      type: "Persist",
      rows: changes.flatMap(({ row }) => (row === null ? [] : [row])),
      forget: changes
        .filter(({ row }) => row === null)
        .map(({ key }) => ({ table: key.table, key: key.key })),
      ticket,
    });
  }

  sign(key: OurKey, bytes: Uint8Array, then: Then<Uint8Array>): void {
    const ticket = this.ticket();
    this.signatures.set(ticket, then);
    this.do({ type: "Sign", ticket, key, bytes });
  }

  /** `then` gets null where the key is no sealing key. */
  seal(effect: SealRequest, then: Then<Uint8Array | null>): void {
    const ticket = this.ticket();
    this.seals.set(ticket, then);
    this.do({ type: "Seal", ticket, ...effect });
  }

  /** `then` gets null where it does not open. */
  unseal(effect: OpenRequest, then: Then<Uint8Array | null>): void {
    const ticket = this.ticket();
    this.openings.set(ticket, then);
    this.do({ type: "Open", ticket, ...effect });
  }

  onSigned(ticket: Ticket, signature: Uint8Array): void {
    settle(this.signatures, ticket)?.(signature);
  }

  onSealed(ticket: Ticket, sealed: Uint8Array | null): void {
    settle(this.seals, ticket)?.(sealed);
  }

  onOpened(ticket: Ticket, text: Uint8Array | null): void {
    settle(this.openings, ticket)?.(text);
  }

  onStored(ticket: Ticket): void {
    settle(this.stores, ticket)?.forEach((then) => {
      then(null);
    });
  }

  onStoreFailed(ticket: Ticket, reason: string): void {
    this.report({ type: "ClientStoreFailed", reason });
    settle(this.stores, ticket)?.forEach((then) => {
      then(reason);
    });
  }

  private ticket(): Ticket {
    this.lastTicket += 1;
    return this.lastTicket;
  }

  private open(): { nowMs: number; random: Random; effects: Effect[] } {
    if (this.round === null) throw new Error("no event is being handled");
    return this.round;
  }
}

type SealRequest = Omit<Extract<Effect, { type: "Seal" }>, "type" | "ticket">;
type OpenRequest = Omit<Extract<Effect, { type: "Open" }>, "type" | "ticket">;

function settle<Value>(waiting: Map<Ticket, Value>, ticket: Ticket): Value | undefined {
  const then = waiting.get(ticket);
  waiting.delete(ticket);
  return then;
}
