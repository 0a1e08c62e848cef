/** What was said, so that it is still there after a reload. Written together with what proves it came. */

import { HISTORY_ENTRIES_MAX } from "../../limits";
import type { AccountId, MessageId } from "../../protocol/ids";
import { placeKey, type Place } from "../requests";
import { row, rowsOf, type Row } from "../rows";
import type { Desk } from "./desk";

export type EntryState =
  /** Came from somebody else, or from another client of ours. */
  | "received"
  /** Ours, on its way up the ladder. */
  | "waiting"
  | "accepted"
  | "delivered"
  | "failed"
  /** Not a message: something to know about this chat. */
  | "notice";

/** One line of one chat. */
export interface Entry {
  /** Rises in the order in which lines are shown. */
  readonly sequence: number;
  readonly place: Place;
  /** Who wrote it; null for ourselves on this client. */
  readonly from: { readonly account: AccountId; readonly name: string } | null;
  readonly text: string;
  /** Unix milliseconds, as its writer says. */
  readonly sentAt: number;
  /** Names what we wrote. */
  readonly message: MessageId | null;
  readonly state: EntryState;
  /** Why it waits or failed. */
  readonly reason: string | null;
  readonly followsGap: boolean;
}

export type NewEntry = Omit<Entry, "sequence" | "reason" | "followsGap"> &
  Partial<Pick<Entry, "reason" | "followsGap">>;

const KEY_DIGITS = 16;
const keyOf = (sequence: number): string => String(sequence).padStart(KEY_DIGITS, "0");

export class History {
  private readonly desk: Desk;
  private readonly entries = new Map<number, Entry>();
  private readonly byMessage = new Map<MessageId, number>();
  private readonly read = new Map<string, number>();
  private lastSequence = 0;
  private lastShown = 0;

  constructor(desk: Desk, rows: readonly Row[]) {
    this.desk = desk;
    const stored = rowsOf<Entry>(rows, "history").map(({ value }) => value);
    stored
      .sort((a, b) => a.sequence - b.sequence)
      .forEach((entry) => {
        this.keep(entry);
      });
    rowsOf<number>(rows, "read").forEach(({ key, value }) => this.read.set(key, value));
  }

  all(): Entry[] {
    return [...this.entries.values()];
  }

  /** Up to which sequence each place was seen. */
  readMarks(): ReadonlyMap<string, number> {
    return new Map(this.read);
  }

  /** Adds a line that is shown at once; durable with the end of this round. */
  add(entry: NewEntry): Entry {
    const added = this.prepare(entry);
    this.lastShown = added.sequence;
    return added;
  }

  /** Adds a line that `show` shows later. */
  prepare(entry: NewEntry): Entry {
    const added = { reason: null, followsGap: false, ...entry, sequence: this.lastSequence + 1 };
    this.keep(added);
    this.write(added);
    this.trim();
    return added;
  }

  /** The line goes to the screen now: behind what went there while it waited. */
  show(entry: Entry, followsGap: boolean): Entry {
    const isLate = entry.sequence < this.lastShown;
    if (isLate) this.remove(entry);
    const sequence = isLate ? this.lastSequence + 1 : entry.sequence;
    const shown = { ...entry, followsGap, sequence };
    this.lastShown = sequence;
    if (isLate || followsGap) {
      this.keep(shown);
      this.write(shown);
    }
    return shown;
  }

  /** Changes the state of what we wrote. */
  step(entry: Entry, state: EntryState, reason: string | null): void {
    const changed = { ...entry, state, reason };
    this.keep(changed);
    this.write(changed);
  }

  /** What we wrote under that name, if it is still remembered. */
  entryOf(message: MessageId): Entry | null {
    return this.entries.get(this.byMessage.get(message) ?? -1) ?? null;
  }

  /** What we wrote to channels and never saw accepted: after a restart nobody sends it any more. */
  failUnsent(): void {
    for (const entry of this.entries.values()) {
      const isUnsent = entry.place.kind === "channel" && entry.state === "waiting";
      if (isUnsent) this.step(entry, "failed", "not_sent");
    }
  }

  markRead(place: Place): void {
    this.read.set(placeKey(place), this.lastSequence);
    this.desk.persist(row("read", placeKey(place), this.lastSequence));
  }

  private keep(entry: Entry): void {
    this.entries.set(entry.sequence, entry);
    if (entry.message !== null) this.byMessage.set(entry.message, entry.sequence);
    this.lastSequence = Math.max(this.lastSequence, entry.sequence);
  }

  private write(entry: Entry): void {
    this.desk.persist(row("history", keyOf(entry.sequence), entry));
  }

  private remove(entry: Entry): void {
    this.entries.delete(entry.sequence);
    if (entry.message !== null) this.byMessage.delete(entry.message);
    this.desk.forget({ table: "history", key: keyOf(entry.sequence) });
  }

  private trim(): void {
    for (const oldest of this.entries.values()) {
      if (this.entries.size <= HISTORY_ENTRIES_MAX) break;
      this.remove(oldest);
    }
  }
}
