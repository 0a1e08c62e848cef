/** Makes the parts of a client, and tells each what it needs of the others. */

import type { AccountId, Address, ChainId, ClientId, MessageId } from "../protocol/ids";
import type { Step } from "./facts";
import { Channels } from "./parts/channels";
import { Credentials } from "./parts/credentials";
import { Dialling } from "./parts/dialling";
import { Outbox } from "./parts/outbox";
import { People, type PeopleListener } from "./parts/people";
import { Receipts } from "./parts/receipts";
import { Receiving } from "./parts/receiving";
import { Sending } from "./parts/sending";
import { Starts } from "./parts/starts";
import type { Row } from "./rows";
import type { Desk } from "./state/desk";
import { Heads } from "./state/heads";
import { History } from "./state/history";
import { KnownChains } from "./state/known_chains";
import { Signing } from "./state/signing";
import { Standing, type Identity } from "./state/standing";
import { Uplink } from "./state/uplink";

/** What the machine itself does for its parts. */
export interface Owner {
  readonly lookUp: (account: AccountId, then: () => void) => void;
  readonly onStep: (
    message: MessageId,
    step: Step,
    client: ClientId | null,
    reason: string | null,
  ) => void;
}

export interface Parts {
  readonly standing: Standing;
  readonly signing: Signing;
  readonly uplink: Uplink;
  readonly history: History;
  readonly dialling: Dialling;
  readonly credentials: Credentials;
  readonly people: People;
  readonly receipts: Receipts;
  readonly outbox: Outbox;
  readonly sending: Sending;
  readonly starts: Starts;
  readonly receiving: Receiving;
  readonly channels: Channels;
}

export function makeParts(
  identity: Identity,
  address: Address,
  rows: readonly Row[],
  desk: Desk,
  owner: Owner,
): Parts {
  const standing = new Standing(identity, desk, rows);
  const signing = new Signing(desk, standing);
  const uplink = new Uplink(desk);
  const history = new History(desk, rows);
  const heads = new Heads(desk, rows);
  const listener = peopleListener(desk, history, (account) => {
    writing.sending.onPersonChanged(account);
  });
  const people = new People(desk, identity.account, standing.knownNetwork, rows, listener);
  const shared = { desk, standing, signing, uplink, people, history, heads, lookUp: owner.lookUp };
  const writing = makeWriting(shared, rows, owner);
  const onStep = (message: MessageId, step: Step, reason: string | null): void => {
    owner.onStep(message, step, null, reason);
  };
  return {
    ...{ standing, signing, uplink, history, people },
    ...writing,
    ...makeReading(shared, rows),
    channels: new Channels({ ...shared, onStep }, rows),
    dialling: new Dialling(desk, address),
    credentials: new Credentials(desk, standing, signing, rows),
  };
}

interface Shared {
  readonly desk: Desk;
  readonly standing: Standing;
  readonly signing: Signing;
  readonly uplink: Uplink;
  readonly people: People;
  readonly history: History;
  readonly heads: Heads;
  readonly lookUp: Owner["lookUp"];
}

function makeWriting(
  shared: Shared,
  rows: readonly Row[],
  owner: Owner,
): Pick<Parts, "outbox" | "sending"> {
  const onChainEmpty = (chain: ChainId): void => {
    sending.onChainEmpty(chain);
  };
  const onStalled = (message: MessageId, reason: string): void => {
    owner.onStep(message, "stalled", null, reason);
  };
  const outbox = new Outbox(shared, { onStep: owner.onStep, onChainEmpty }, rows);
  const sending = new Sending({ ...shared, outbox, onStalled }, rows);
  return { outbox, sending };
}

function makeReading(
  shared: Shared,
  rows: readonly Row[],
): Pick<Parts, "receipts" | "starts" | "receiving"> {
  const receipts = new Receipts(shared);
  const around = { ...shared, receipts, chains: new KnownChains(shared.desk, rows) };
  const onOpened = (origin: ClientId, chain: ChainId): void => {
    receiving.onOpened(origin, chain);
  };
  const starts = new Starts({ ...around, onOpened });
  const receiving = new Receiving({ ...around, isOpening: (chain) => starts.isOpening(chain) });
  return { receipts, starts, receiving };
}

/** A change of keys is told twice: to whoever looks now, and in the chat, where it stays. */
function peopleListener(
  desk: Desk,
  history: History,
  onChanged: (account: AccountId) => void,
): PeopleListener {
  return {
    onChanged: (person) => {
      desk.report({ type: "PersonChanged", person });
      onChanged(person.account);
    },
    onKeysChanged: (account, name, added, removed) => {
      const entry = history.add({
        place: { kind: "person", account },
        from: { account, name },
        text: "",
        sentAt: 0,
        message: null,
        state: "notice",
        reason: "keys_changed",
      });
      desk.report({ type: "EntryAdded", entry });
      desk.report({ type: "KeysChanged", account, name, added, removed });
    },
  };
}
