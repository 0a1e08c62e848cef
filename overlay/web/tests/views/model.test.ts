// Owns what is promised of what the page shows.

import { expect, test } from "vitest";

import type { PersonView, Place } from "../../src/machine/requests";
import type { Entry } from "../../src/machine/state/history";
import {
  named,
  type AccountId,
  type Address,
  type ClientId,
  type MessageId,
  type NodeId,
} from "../../src/protocol/ids";
import {
  begin,
  entriesAt,
  homeNameOf,
  isAmbiguous,
  reduce,
  sortedPeople,
  unread,
  type Change,
  type Model,
} from "../../src/views/model";
import { connectionWords } from "../../src/views/words";

const alice = named<AccountId>("alice's key");
const bob = named<AccountId>("bob's key");
const withBob: Place = { kind: "person", account: bob };

const person = (account: AccountId, name: string, homeName: string | null): PersonView => ({
  account,
  name,
  clients: [named<ClientId>(`client of ${name}`)],
  present: homeName === null ? [] : [{ client: named<ClientId>(`client of ${name}`), homeName }],
});

const line = (sequence: number, more: Partial<Entry> = {}): Entry => ({
  ...{ sequence, place: withBob, from: { account: bob, name: "bob" }, text: `line ${sequence}` },
  ...{ sentAt: 1, message: null, state: "received", reason: null, followsGap: false },
  ...more,
});

const own = (sequence: number, message: string): Entry =>
  line(sequence, { from: null, message: named<MessageId>(message), state: "waiting" });

function after(...changes: Change[]): Model {
  const snapshot = { account: alice, people: [], entries: [], readMarks: new Map(), channels: [] };
  return changes.reduce(reduce, begin(snapshot, "alice"));
}

const attached: Change = {
  type: "Attached",
  home: named<NodeId>("north's key"),
  homeName: null,
  address: named<Address>("ws://127.0.0.1:5000/overlay"),
  incarnation: 1,
};

test("lines of others are unread until their place was seen, one's own never are", () => {
  const model = after(
    { type: "EntryAdded", entry: line(1) },
    { type: "EntryAdded", entry: own(2, "m") },
    { type: "EntryAdded", entry: line(3) },
  );

  const seen = reduce(model, { type: "Seen", place: withBob });

  expect(unread(model, withBob)).toBe(2);
  expect(unread(seen, withBob)).toBe(0);
  expect(unread(reduce(seen, { type: "EntryAdded", entry: line(4) }), withBob)).toBe(1);
});

test("a message climbs its ladder, and says why it waits", () => {
  const message = named<MessageId>("m");
  const step = (to: "accepted" | "stalled" | "delivered", reason: string | null): Change => ({
    ...{ type: "LadderStepped", message, step: to, client: null, reason },
  });
  const states = (...changes: Change[]) => {
    const [entry] = entriesAt(
      after({ type: "EntryAdded", entry: own(1, "m") }, ...changes),
      withBob,
    );
    return [entry?.state, entry?.reason];
  };

  expect(states()).toEqual(["waiting", null]);
  expect(states(step("accepted", null))).toEqual(["accepted", null]);
  expect(states(step("accepted", null), step("stalled", "away"))).toEqual(["accepted", "away"]);
  expect(states(step("stalled", "away"), step("delivered", null))).toEqual(["delivered", null]);
});

test("people are sorted: who is there first, then by name, without ourselves", () => {
  const model = after(
    ...[
      person(named<AccountId>("1"), "zoe", "north"),
      person(named<AccountId>("2"), "adam", null),
      person(bob, "bob", "south"),
      person(alice, "alice", "north"),
    ].map((each) => ({ type: "PersonChanged", person: each }) as const),
  );

  const { online, away } = sortedPeople(model);

  expect(online.map(({ name }) => name)).toEqual(["bob", "zoe"]);
  expect(away.map(({ name }) => name)).toEqual(["adam"]);
});

test("two people of one name are told apart by their keys", () => {
  const [first, second] = [person(bob, "bob", null), person(named<AccountId>("2"), "bob", null)];
  const one = after({ type: "PersonChanged", person: first });
  const two = reduce(one, { type: "PersonChanged", person: second });

  expect([isAmbiguous(one, first), isAmbiguous(two, first)]).toEqual([false, true]);
});

test("the node that serves us is named as well as it is known", () => {
  const model = after(attached);
  const known = reduce(model, { type: "PersonChanged", person: person(alice, "alice", "north") });

  expect(homeNameOf(after())).toBeNull();
  expect(homeNameOf(model)).toBe("127.0.0.1:5000");
  expect(homeNameOf(known)).toBe("north");
});

test("a lost link is shown as resuming, and one that was taken over as that", () => {
  const lost: Change = { type: "Detached", reason: "reset", isFinal: false };

  expect(after(attached, lost).connection.state).toBe("resuming");
  expect(after(attached, { ...lost, isFinal: true }).connection.state).toBe("replaced");
});

test("changed keys are a notice that stays, whatever else goes wrong", () => {
  const changed: Change = {
    ...{ type: "KeysChanged", account: bob, name: "bob" },
    ...{ added: [named<ClientId>("new")], removed: [] },
  };
  const trouble = Array.from({ length: 10 }, (_, at): Change => {
    return { type: "HomeMisbehaved", code: "mismatch", detail: `thing ${at}` };
  });

  const model = after(changed, ...trouble, ...trouble);

  expect(model.notices[0]).toMatchObject({ kind: "keys", place: withBob });
  expect(model.notices.length).toBeLessThanOrEqual(5);
  const [first] = model.notices;
  const closed = reduce(model, { type: "NoticeClosed", id: first?.id ?? 0 });
  expect(closed.notices.some(({ kind }) => kind === "keys")).toBe(false);
});

test("who has newer software is named, and the node not blamed", () => {
  const unusable: Change = {
    ...{ type: "KeyUnusable", account: bob, name: "bob" },
    ...{ client: named<ClientId>("new"), code: "unknown_suite" },
  };

  const [notice] = after(unusable).notices;

  expect(notice?.text).toBe("bob uses newer software: this page cannot write to all of it.");
});

test("who is banned reads why", () => {
  const banned = (detail: string) =>
    connectionWords({ state: "refused", code: "banned", detail }, null);

  expect(banned("spam")).toBe("A node has banned you: spam. Looking for another…");
  expect(banned("")).toBe("A node has banned you. Looking for another…");
  expect(connectionWords({ state: "refused", code: "busy", detail: "" }, null)).toContain("busy");
});
