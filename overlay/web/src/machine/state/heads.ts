/** The heads of each conversation, which the next message names as its parents. docs/protocol.md, 9.4 and 9.8. */

import { PARENTS_MAX } from "../../limits";
import type { ConversationId } from "../../protocol/ids";
import { named } from "../../protocol/ids";
import type { Head } from "../../protocol/sealed";
import { row, rowsOf, type Row } from "../rows";
import type { Desk } from "./desk";

const isSame = (a: Head, b: Head): boolean => a[0] === b[0] && a[1] === b[1];

export class Heads {
  private readonly desk: Desk;
  private readonly heads = new Map<ConversationId, readonly Head[]>();

  constructor(desk: Desk, rows: readonly Row[]) {
    this.desk = desk;
    for (const { key, value } of rowsOf<readonly Head[]>(rows, "conversation")) {
      this.heads.set(named(key), value);
    }
  }

  of(conversation: ConversationId): readonly Head[] {
    return this.heads.get(conversation) ?? [];
  }

  /** What we wrote follows all that we saw. */
  follow(conversation: ConversationId, head: Head): void {
    this.store(conversation, [head]);
  }

  /** What came follows its parents; what else we saw stays a head beside it. */
  join(conversation: ConversationId, head: Head, parents: readonly Head[]): void {
    const others = this.of(conversation).filter(
      (each) => !parents.some((parent) => isSame(parent, each)),
    );
    this.store(conversation, [...others, head].slice(-PARENTS_MAX));
  }

  private store(conversation: ConversationId, heads: readonly Head[]): void {
    this.heads.set(conversation, heads);
    this.desk.persist(row("conversation", conversation, heads));
  }
}
