/** What a home tells of people, asked or unasked. docs/protocol.md, sections 8.2 and 8.3. */

import { RemoteError } from "../protocol/errors";
import type { AccountId } from "../protocol/ids";
import type { PublicKeys } from "../protocol/keys";
import type { Person } from "../protocol/messages";
import { StatementReader } from "../protocol/statements";
import type { People } from "./parts/people";
import type { Desk } from "./state/desk";
import type { Standing } from "./state/standing";
import type { Uplink } from "./state/uplink";

interface Around {
  readonly desk: Desk;
  readonly standing: Standing;
  readonly uplink: Uplink;
  readonly people: People;
}

export class LookUps {
  private readonly around: Around;
  private readonly keys: PublicKeys;
  private readonly waiting = new Map<AccountId, (() => void)[]>();
  private made: StatementReader | null = null;

  constructor(around: Around, keys: PublicKeys) {
    this.around = around;
    this.keys = keys;
  }

  /** Verifies and reads in our network, which the first node has told. */
  get reader(): StatementReader {
    this.made ??= new StatementReader(this.around.standing.network, this.keys);
    return this.made;
  }

  /** Takes what verifies; what does not is told, and changes nothing. */
  learn(people: readonly Person[]): void {
    const { desk, people: known } = this.around;
    for (const person of people) {
      try {
        known.learn(person, this.reader);
      } catch (error) {
        if (!(error instanceof RemoteError)) throw error;
        desk.report({ type: "HomeMisbehaved", code: error.code, detail: error.message });
      }
    }
  }

  /** Asks the directory for one account; several who ask at once share one question. */
  lookUp(account: AccountId, then: () => void): void {
    const waiting = this.waiting.get(account);
    if (waiting !== undefined) {
      waiting.push(then);
      return;
    }
    this.waiting.set(account, [then]);
    this.around.uplink.ask({ type: "find", id: account }, (outcome) => {
      const all = this.waiting.get(account) ?? [];
      this.waiting.delete(account);
      if (outcome.type === "found") this.learn(outcome.people);
      for (const each of all) each();
    });
  }
}
