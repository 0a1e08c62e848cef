/** What the page shows, folded from the facts that the client states. Pure. */

import { NOTICES_MAX } from "../limits";
import type { Fact } from "../machine/facts";
import type { Snapshot } from "../machine/machine";
import { isOnline, placeKey, type PersonView, type Place } from "../machine/requests";
import type { Entry } from "../machine/state/history";
import type { AccountId, MessageId } from "../protocol/ids";

export type Connection =
  | { readonly state: "connecting" }
  | { readonly state: "attached"; readonly homeName: string | null; readonly address: string }
  /** Between two homes. */
  | { readonly state: "resuming"; readonly reason: string }
  /** A node said no; others are tried meanwhile. */
  | { readonly state: "refused"; readonly code: string; readonly detail: string }
  /** Another copy of this client took over: nothing more happens here. */
  | { readonly state: "replaced" };

export interface Notice {
  readonly id: number;
  readonly kind: "keys" | "trouble";
  readonly text: string;
  /** Where to look. */
  readonly place: Place | null;
}

export interface Model {
  readonly account: AccountId;
  readonly name: string;
  readonly connection: Connection;
  readonly people: ReadonlyMap<AccountId, PersonView>;
  readonly entries: ReadonlyMap<string, readonly Entry[]>;
  /** Up to which sequence each place was seen. */
  readonly readMarks: ReadonlyMap<string, number>;
  readonly channels: readonly string[];
  readonly notices: readonly Notice[];
  readonly lastNotice: number;
}

export type Change =
  | Fact
  | { readonly type: "ChannelsChanged"; readonly channels: readonly string[] }
  | { readonly type: "Seen"; readonly place: Place }
  | { readonly type: "NoticeClosed"; readonly id: number }
  | { readonly type: "Trouble"; readonly text: string };

export function begin(snapshot: Snapshot, name: string): Model {
  const entries = new Map<string, Entry[]>();
  for (const entry of snapshot.entries) {
    const key = placeKey(entry.place);
    entries.set(key, [...(entries.get(key) ?? []), entry]);
  }
  return {
    account: snapshot.account,
    name,
    connection: { state: "connecting" },
    people: new Map(snapshot.people.map((person) => [person.account, person])),
    entries,
    readMarks: snapshot.readMarks,
    channels: [...snapshot.channels].sort(),
    notices: [],
    lastNotice: 0,
  };
}

export function reduce(model: Model, change: Change): Model {
  switch (change.type) {
    case "Attached": {
      const { homeName, address } = change;
      return { ...model, connection: { state: "attached", homeName, address } };
    }
    case "Detached": {
      const { isFinal, reason } = change;
      const connection: Connection = isFinal
        ? { state: "replaced" }
        : { state: "resuming", reason };
      return { ...model, connection };
    }
    case "AttachRefused":
      return {
        ...model,
        connection: { state: "refused", code: change.code, detail: change.detail },
      };
    case "MessageArrived":
    case "ChannelMessageArrived":
    case "EntryAdded":
      return add(model, change.entry);
    case "LadderStepped":
      return step(model, change.message, (entry) => ({
        ...entry,
        state: change.step === "stalled" ? entry.state : change.step,
        reason: change.reason,
      }));
    case "PersonChanged":
      return withPerson(model, change.person);
    case "KeysChanged":
      return notify(model, "keys", keysChanged(change), {
        kind: "person",
        account: change.account,
      });
    case "MessageUnreadable":
      return notify(model, "trouble", "A message came that cannot be read on this device.", null);
    case "KeyUnusable": {
      const words = `${change.name} uses newer software: this page cannot write to all of it.`;
      return notify(model, "trouble", words, null);
    }
    case "HomeMisbehaved":
      return notify(model, "trouble", `The node sent something wrong: ${change.detail}.`, null);
    case "ClientStoreFailed":
      return notify(model, "trouble", `This browser cannot store: ${change.reason}.`, null);
    case "ChannelsChanged":
      return { ...model, channels: [...change.channels].sort() };
    case "Seen":
      return { ...model, readMarks: seen(model, change.place) };
    case "NoticeClosed":
      return { ...model, notices: model.notices.filter(({ id }) => id !== change.id) };
    case "Trouble":
      return notify(model, "trouble", change.text, null);
  }
}

/** Lines of others at a place that were not seen yet. */
export function unread(model: Model, place: Place): number {
  const key = placeKey(place);
  const read = model.readMarks.get(key) ?? 0;
  const isNew = ({ sequence, state, from }: Entry): boolean =>
    sequence > read &&
    from?.account !== model.account &&
    (state === "received" || state === "notice");
  return (model.entries.get(key) ?? []).filter(isNew).length;
}

export const entriesAt = (model: Model, place: Place): readonly Entry[] =>
  model.entries.get(placeKey(place)) ?? [];

/** Everybody but ourselves: who is there first, then by name. */
export function sortedPeople(model: Model): { online: PersonView[]; away: PersonView[] } {
  const others = [...model.people.values()].filter(({ account }) => account !== model.account);
  others.sort((a, b) => a.name.localeCompare(b.name) || (a.account < b.account ? -1 : 1));
  return {
    online: others.filter(isOnline),
    away: others.filter((person) => !isOnline(person)),
  };
}

/** Whether somebody else bears the same name: then only the keys tell them apart. */
export function isAmbiguous(model: Model, { account, name }: PersonView): boolean {
  return [...model.people.values()].some((each) => each.name === name && each.account !== account);
}

/** The name of the node that serves us, as well as it is known. */
export function homeNameOf(model: Model): string | null {
  if (model.connection.state !== "attached") return null;
  const { homeName, address } = model.connection;
  const ours = model.people.get(model.account)?.present[0]?.homeName;
  return ours ?? homeName ?? address.replace(/^wss?:\/\//, "").replace(/\/overlay$/, "");
}

function add(model: Model, entry: Entry): Model {
  const key = placeKey(entry.place);
  return {
    ...model,
    entries: new Map(model.entries).set(key, [...entriesAt(model, entry.place), entry]),
  };
}

function step(model: Model, message: MessageId, change: (entry: Entry) => Entry): Model {
  for (const [key, entries] of model.entries) {
    const at = entries.findLastIndex((entry) => entry.message === message);
    const found = entries[at];
    if (found === undefined) continue;
    return { ...model, entries: new Map(model.entries).set(key, entries.with(at, change(found))) };
  }
  return model;
}

function withPerson(model: Model, person: PersonView): Model {
  return { ...model, people: new Map(model.people).set(person.account, person) };
}

function seen(model: Model, place: Place): ReadonlyMap<string, number> {
  const last = entriesAt(model, place).at(-1)?.sequence ?? 0;
  return new Map(model.readMarks).set(placeKey(place), last);
}

function keysChanged({ name, added, removed }: Extract<Fact, { type: "KeysChanged" }>): string {
  const parts = [
    ...(added.length > 0 ? [`${added.length} added`] : []),
    ...(removed.length > 0 ? [`${removed.length} removed`] : []),
  ];
  return `The keys of ${name} changed: ${parts.join(", ")}. If you did not expect this, ask ${name} before you trust it.`;
}

/** One notice for one thing to say, however often it happens. */
function notify(model: Model, kind: Notice["kind"], text: string, place: Place | null): Model {
  if (model.notices.some((notice) => notice.text === text)) return model;
  const id = model.lastNotice + 1;
  const notices = [...model.notices, { id, kind, text, place }];
  const kept = notices.filter(
    (notice, at) => notice.kind === "keys" || at >= notices.length - NOTICES_MAX,
  );
  return { ...model, notices: kept, lastNotice: id };
}
