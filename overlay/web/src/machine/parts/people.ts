/** Who there is: account records, reachable clients, their sealing keys. docs/protocol.md, sections 8.2 and 8.3. */

import { PEOPLE_MAX } from "../../limits";
import { sealingKeyId, SUITE } from "../../protocol/chains";
import { decode } from "../../protocol/encoding";
import { RemoteError } from "../../protocol/errors";
import {
  named,
  type AccountId,
  type ClientId,
  type KeyId,
  type LeafHash,
} from "../../protocol/ids";
import type { Person, Present } from "../../protocol/messages";
import type { Signed } from "../../protocol/signed";
import { leafOf, type StatementReader, type Verified } from "../../protocol/statements";
import { readText, type AccountRecord } from "../../protocol/texts";
import type { PersonView } from "../requests";
import { row, rowsOf, type Row } from "../rows";
import type { Desk } from "../state/desk";

/** A client's sealing key, as that client signed it. */
export interface SealingKey {
  readonly key: Uint8Array;
  readonly keyId: KeyId;
  readonly leaf: LeafHash;
  readonly signed: Signed;
}

interface Seen {
  readonly homeName: string | null;
  readonly bundle: LeafHash;
}

interface Known {
  record: Verified<AccountRecord>;
  present: Map<ClientId, Seen>;
  readonly keys: Map<ClientId, SealingKey>;
  /** Bundles to which we cannot seal, for their suite. */
  readonly unusable: Map<ClientId, LeafHash>;
}

interface Stored {
  readonly account: Signed;
  readonly bundles: readonly Signed[];
}

export interface PeopleListener {
  readonly onChanged: (person: PersonView) => void;
  readonly onKeysChanged: (
    account: AccountId,
    name: string,
    added: readonly ClientId[],
    removed: readonly ClientId[],
  ) => void;
}

const SEALING_KEY_BYTES = 1_216;

export const speakingClients = ({ clients, revoked }: AccountRecord): ClientId[] =>
  clients.filter((client) => !revoked.includes(client));

export class People {
  private readonly desk: Desk;
  private readonly ourAccount: AccountId;
  private readonly people = new Map<AccountId, Known>();
  /** The highest presence of each client: a home's older word changes nothing. */
  private readonly orders = new Map<ClientId, readonly [number, number]>();
  private answering: Set<AccountId> | null = null;

  private readonly listener: PeopleListener;

  constructor(
    desk: Desk,
    ourAccount: AccountId,
    network: string | null,
    rows: readonly Row[],
    listener: PeopleListener,
  ) {
    this.desk = desk;
    this.ourAccount = ourAccount;
    this.listener = listener;
    if (network !== null) this.restore(network, rows);
  }

  all(): PersonView[] {
    return [...this.people.keys()].flatMap((account) => this.view(account) ?? []);
  }

  view(account: AccountId): PersonView | null {
    const known = this.people.get(account);
    if (known === undefined) return null;
    const { value } = known.record;
    const present = [...known.present].map(([client, { homeName }]) => ({ client, homeName }));
    return { account, name: value.name, clients: speakingClients(value), present };
  }

  /** Whether `client` speaks for `account`, as far as we know; null where the account is unknown. */
  speaksFor(client: ClientId, account: AccountId): boolean | null {
    const known = this.people.get(account);
    return known === undefined ? null : speakingClients(known.record.value).includes(client);
  }

  clientsOf(account: AccountId): ClientId[] {
    const known = this.people.get(account);
    return known === undefined ? [] : speakingClients(known.record.value);
  }

  keyOf(account: AccountId, client: ClientId): SealingKey | null {
    return this.people.get(account)?.keys.get(client) ?? null;
  }

  /** Whether a client has a key to which we cannot seal. */
  hasUnusable(account: AccountId): boolean {
    return (this.people.get(account)?.unusable.size ?? 0) > 0;
  }

  /** Clients that are there now, and whose present key we do not hold. */
  lackKeys(account: AccountId): boolean {
    const known = this.people.get(account);
    if (known === undefined) return true;
    return [...known.present].some(
      ([client, seen]) => known.keys.get(client)?.leaf !== seen.bundle,
    );
  }

  /** From here until `endAnswer` the home lists everybody; who is not listed is away. */
  beginAnswer(): void {
    this.answering = new Set();
  }

  endAnswer(): void {
    for (const [account, known] of this.people) {
      if (this.answering?.has(account) !== false || known.present.size === 0) continue;
      known.present = new Map();
      this.changed(account);
    }
    this.answering = null;
  }

  /**
   * Takes what a home says of one person, as far as it is signed by the right keys.
   *
   * Raises a `RemoteError` for a record that does not verify; a single client that does
   * not is left out and told.
   */
  learn(person: Person, reader: StatementReader): AccountId {
    const account = named<AccountId>(person.account.signer);
    const known = this.people.get(account);
    const record =
      known?.record.signed.signed === person.account.signed
        ? known.record
        : reader.read("account", person.account);
    const before = this.view(account);
    const current = this.supersede(known, record);
    const isNewKey = this.learnPresent(current, person.present, reader);
    this.answering?.add(account);
    if (isNewKey || known?.record !== current.record) this.store(account, current);
    if (JSON.stringify(before) !== JSON.stringify(this.view(account))) this.changed(account);
    return account;
  }

  private supersede(known: Known | undefined, record: Verified<AccountRecord>): Known {
    const account = record.value.signer;
    if (known === undefined) {
      const added = { record, present: new Map(), keys: new Map(), unusable: new Map() };
      this.people.set(account, added);
      this.trim();
      return added;
    }
    const [old, young] = [known.record, record];
    const isHigher =
      young.value.version > old.value.version ||
      (young.value.version === old.value.version && young.leaf > old.leaf);
    if (!isHigher) return known;
    known.record = young;
    for (const client of known.unusable.keys()) {
      if (!speakingClients(young.value).includes(client)) known.unusable.delete(client);
    }
    this.compareClients(old.value, young.value);
    return known;
  }

  private compareClients(old: AccountRecord, young: AccountRecord): void {
    const [before, after] = [speakingClients(old), speakingClients(young)];
    const added = after.filter((client) => !before.includes(client));
    const removed = before.filter((client) => !after.includes(client));
    if (added.length + removed.length === 0 || young.signer === this.ourAccount) return;
    const { signer: account, name } = young;
    this.listener.onKeysChanged(account, name, added, removed);
  }

  /** Whether a sealing key was learnt. */
  private learnPresent(
    known: Known,
    present: readonly Present[],
    reader: StatementReader,
  ): boolean {
    const before = known.keys.size;
    const seen = new Map<ClientId, Seen>();
    let isNewKey = false;
    for (const each of present) {
      try {
        const { client, bundle } = this.readPresence(known, each, reader);
        seen.set(client, { homeName: each.home_name, bundle });
        isNewKey = this.learnKey(known, client, each, bundle, reader) || isNewKey;
      } catch (error) {
        if (!(error instanceof RemoteError)) throw error;
        this.leaveOut(known, named<ClientId>(each.presence.signer), seen, error);
      }
    }
    known.present = seen;
    return isNewKey || known.keys.size !== before;
  }

  /** A home that gossip has not reached yet says older things: what we know already stays. */
  private leaveOut(
    known: Known,
    client: ClientId,
    seen: Map<ClientId, Seen>,
    error: RemoteError,
  ): void {
    const before = known.present.get(client);
    if (error.code !== "old_incarnation") {
      this.desk.report({ type: "HomeMisbehaved", code: error.code, detail: error.message });
    } else if (before !== undefined) seen.set(client, before);
  }

  private readPresence(
    known: Known,
    { presence }: Present,
    reader: StatementReader,
  ): { client: ClientId; bundle: LeafHash } {
    const { signer, account, bundle, incarnation, counter } = reader.read(
      "presence",
      presence,
    ).value;
    const record = known.record.value;
    if (account !== record.signer || !speakingClients(record).includes(signer)) {
      throw new RemoteError("not_certified", "a presence that its account does not list");
    }
    const highest = this.orders.get(signer);
    const isOlder =
      highest !== undefined &&
      (incarnation < highest[0] || (incarnation === highest[0] && counter < highest[1]));
    if (isOlder) throw new RemoteError("old_incarnation", "an older presence than one seen before");
    this.orders.set(signer, [incarnation, counter]);
    return { client: signer, bundle };
  }

  private learnKey(
    known: Known,
    client: ClientId,
    { bundle }: Present,
    leaf: LeafHash,
    reader: StatementReader,
  ): boolean {
    if (bundle === null || known.keys.get(client)?.leaf === leaf) return false;
    const verified = reader.read("bundle", bundle);
    const isTheirs = verified.value.signer === client && verified.leaf === leaf;
    if (!isTheirs || verified.value.account !== known.record.value.signer) {
      throw new RemoteError("mismatch", "a key bundle that the presence does not name");
    }
    if (verified.value.suite !== SUITE) {
      this.noteUnusable(known, client, leaf);
      return false;
    }
    known.keys.set(client, readSealingKey(bundle, leaf));
    known.unusable.delete(client);
    return true;
  }

  /** The home is not to blame; told once, not with each look at the same key. */
  private noteUnusable({ record, unusable }: Known, client: ClientId, leaf: LeafHash): void {
    if (unusable.get(client) === leaf) return;
    unusable.set(client, leaf);
    const { signer: account, name } = record.value;
    this.desk.report({ type: "KeyUnusable", account, name, client, code: "unknown_suite" });
  }

  private store(account: AccountId, { record, keys }: Known): void {
    const bundles = [...keys.values()].map(({ signed }) => signed);
    const stored: Stored = { account: record.signed, bundles };
    this.desk.persist(row("person", account, stored));
  }

  private changed(account: AccountId): void {
    const person = this.view(account);
    if (person !== null) this.listener.onChanged(person);
  }

  private trim(): void {
    if (this.people.size <= PEOPLE_MAX) return;
    for (const [account, { present }] of this.people) {
      if (present.size > 0) continue;
      this.people.delete(account);
      this.desk.forget({ table: "person", key: account });
      return;
    }
  }

  /** Our own disk vouches for what we verified before. */
  private restore(network: string, rows: readonly Row[]): void {
    const leaf = ({ kind, signer, signed }: Signed) => leafOf(network, kind, signer, signed);
    for (const { value } of rowsOf<Stored>(rows, "person")) {
      const { account: signed, bundles } = value;
      const record = { value: readText("account", signed), signed, leaf: leaf(signed) };
      // Whoever kept them may have been newer software.
      const ours = bundles.filter((bundle) => readText("bundle", bundle).suite === SUITE);
      const keys = new Map(
        ours.map((bundle) => [
          named<ClientId>(bundle.signer),
          readSealingKey(bundle, leaf(bundle)),
        ]),
      );
      const fresh = { present: new Map<ClientId, Seen>(), unusable: new Map() };
      this.people.set(record.value.signer, { record, keys, ...fresh });
    }
  }
}

function readSealingKey(signed: Signed, leaf: LeafHash): SealingKey {
  const { key: text, key_id: keyId } = readText("bundle", signed);
  const key = decode(text);
  if (key.length !== SEALING_KEY_BYTES || sealingKeyId(key) !== keyId) {
    throw new RemoteError("bad_key", "a key bundle with another name, or no key in it");
  }
  return { key, keyId, leaf, signed };
}
