// Owns the stories of two people who talk. docs/protocol.md, sections 7 to 9.

import { expect, test } from "vitest";

import { aliceAndBob, kindsOf, textOf } from "./story";
import { World } from "./world";

test("two people see each other once both are attached", () => {
  const { alice, bob } = aliceAndBob();

  const seen = alice.client.snapshot().people.find(({ account }) => account === bob.account);

  expect(seen).toMatchObject({ name: "bob", present: [{ homeName: "south" }] });
  expect(alice.factsOf("Attached")).toHaveLength(1);
});

test("a message is sealed, accepted, read and delivered", () => {
  const { world, alice, bob } = aliceAndBob();

  alice.say(bob, "hello bob");
  world.settle();

  expect(bob.read).toEqual(["hello bob"]);
  expect(alice.steps).toEqual(["accepted", "delivered"]);
  expect(alice.replies).toMatchObject([{ type: "Queued" }]);
});

test("both talk, each under one chain of their own, and nothing of it is in the clear", () => {
  const { world, north, south, alice, bob } = aliceAndBob();

  for (const turn of ["one", "two", "three"]) {
    alice.say(bob, `apple ${turn}`);
    world.settle();
    bob.say(alice, `banana ${turn}`);
    world.settle();
  }

  expect(bob.read).toEqual(["apple one", "apple two", "apple three"]);
  expect(alice.read).toEqual(["banana one", "banana two", "banana three"]);
  expect(kindsOf(north.submitted).filter((kind) => kind === "chain_start")).toHaveLength(1);
  expect([...alice.sent, ...bob.sent].join()).not.toMatch(/apple|banana/);
  expect(north.kept.length + south.kept.length).toBe(8);
});

test("messages said at once leave in one batch under one signature", () => {
  const { world, north, alice, bob } = aliceAndBob();
  alice.say(bob, "first");
  world.settle();
  north.submitted.length = 0;

  for (let turn = 0; turn < 5; turn++) alice.say(bob, `text ${turn}`);
  world.settle();

  expect(new Set(north.submitted.map(({ signature }) => signature)).size).toBe(1);
  expect(bob.read).toHaveLength(6);
});

test("a counter is used once, whatever it numbers", () => {
  const { world, north, alice, bob } = aliceAndBob();

  for (let turn = 0; turn < 5; turn++) alice.say(bob, `text ${turn}`);
  bob.say(alice, "answer");
  world.settle();

  const ours = north.submitted.filter(({ signer }) => signer === alice.identity.client);
  const counters = ours.map((envelope) => textOf(envelope)["counter"]);
  expect(new Set(counters).size).toBe(counters.length);
  expect(counters).not.toContain(1);
});

test("a new chain starts after a hundred messages, and after an hour", () => {
  const { world, north, alice, bob } = aliceAndBob();
  const starts = () => kindsOf(north.submitted).filter((kind) => kind === "chain_start").length;

  for (let turn = 0; turn < 101; turn++) alice.say(bob, `text ${turn}`);
  world.settle();
  expect([bob.read.length, starts()]).toEqual([101, 2]);

  world.pass(3_600_001);
  alice.say(bob, "an hour later");
  world.settle();
  expect([bob.read.length, starts()]).toEqual([102, 3]);
});

test("messages that overtake each other are shown in the order in which they were written", () => {
  const { world, north, alice, bob } = aliceAndBob();
  alice.say(bob, "zero");
  world.settle();
  const late: (() => void)[] = [];
  north.tamper = (envelope, client) => {
    if (envelope.kind !== "message") return [envelope];
    late.unshift(() => {
      north.deliver(envelope, client);
    });
    return [];
  };

  for (const text of ["one", "two", "three"]) alice.say(bob, text);
  world.settle();
  for (const deliver of late) {
    deliver();
    world.settle();
  }

  expect(bob.read).toEqual(["zero", "one", "two", "three"]);
  expect(bob.client.snapshot().entries.map(({ text }) => text)).toEqual(bob.read);
  expect(bob.factsOf("MessageArrived").some(({ entry }) => entry.followsGap)).toBe(false);
});

test("a message whose parent does not come is shown after five seconds, marked as following a gap", () => {
  const { world, north, alice, bob } = aliceAndBob();
  alice.say(bob, "zero");
  world.settle();
  north.tamper = (envelope) => (textOf(envelope)["index"] === 2 ? [] : [envelope]);

  alice.say(bob, "lost");
  alice.say(bob, "after it");
  world.pass(4_900);
  expect(bob.read).toEqual(["zero"]);
  world.pass(200);

  expect(bob.read).toEqual(["zero", "after it"]);
  expect(bob.factsOf("MessageArrived").map(({ entry }) => entry.followsGap)).toEqual([false, true]);
  expect(alice.steps.filter((step) => step === "delivered")).toHaveLength(2);
});

test("what comes twice is shown once, and receipted again", () => {
  const { world, north, south, alice, bob } = aliceAndBob();
  north.tamper = (envelope) => [envelope, envelope, envelope];

  alice.say(bob, "only once");
  world.settle();
  const receipts = kindsOf(south.submitted).filter((kind) => kind === "receipt").length;
  for (const { envelope, client } of [...north.kept]) north.deliver(envelope, client);
  world.settle();

  expect(bob.read).toEqual(["only once"]);
  expect(kindsOf(south.submitted).filter((kind) => kind === "receipt").length).toBe(receipts + 1);
});

test("a chain start that got lost is asked for after two seconds", () => {
  const { world, north, south, alice, bob } = aliceAndBob();
  let isFirst = true;
  north.tamper = (envelope) => {
    const isLost = envelope.kind === "chain_start" && isFirst;
    isFirst = isFirst && !isLost;
    return isLost ? [] : [envelope];
  };

  alice.say(bob, "patience");
  world.pass(1_900);
  expect(bob.read).toEqual([]);
  world.pass(200);

  expect(kindsOf(south.submitted)).toContain("chain_wanted");
  expect(bob.read).toEqual(["patience"]);
  expect(alice.steps.at(-1)).toBe("delivered");
});

test("a start sealed to a key that is gone is answered, and sealed anew to the present one", () => {
  const { world, south, alice, bob } = aliceAndBob();
  alice.say(bob, "to the first key");
  world.settle();
  world.leave(bob);
  alice.restart();
  world.pass(1_000);

  alice.say(bob, "to a key that will be gone");
  world.pass(1_000);
  bob.renewSealingKey();
  bob.restart();
  world.pass(1_000);

  expect(kindsOf(south.submitted)).toContain("unknown_key");
  expect(bob.read).toEqual(["to the first key", "to a key that will be gone"]);
  expect(alice.steps.at(-1)).toBe("delivered");
});

test("the same seeds give the same frames", () => {
  const run = () => {
    const { world, alice, bob } = aliceAndBob();
    alice.say(bob, "again");
    bob.say(alice, "and again");
    world.pass(60_000);
    return [...alice.sent, ...bob.sent];
  };

  expect(run()).toEqual(run());
});

test("one is not sent what one wrote oneself, and cannot write to oneself", () => {
  const { world, alice } = aliceAndBob();

  alice.say(alice, "note to self");
  world.settle();

  expect(alice.replies).toMatchObject([{ type: "Declined", code: "unknown_recipient" }]);
});

test.each([
  ["malformed", ""],
  ["too_large", "x".repeat(32_769)],
  ["too_large", "\u0000".repeat(20_000)],
])("a text that cannot be sent is declined: %s", (code, text) => {
  const { world, alice, bob } = aliceAndBob();

  alice.say(bob, text);
  world.settle();

  expect(alice.replies).toMatchObject([{ type: "Declined", code }]);
  expect(alice.sent.join()).not.toContain("submit");
});

test("the largest text arrives whole", () => {
  const { world, alice, bob } = aliceAndBob();
  const text = "ü".repeat(16_384);

  alice.say(bob, text);
  world.settle();

  expect(bob.read).toEqual([text]);
});

test("the directory is asked by name, and may find several or nobody", () => {
  const world = new World();
  const [north] = world.nodes("north");
  if (north === undefined) throw new Error("one node was asked for");
  const alice = world.person("alice", north);
  world.person("bob", north);
  world.pass(100);

  alice.ask({ type: "FindPeople", name: "bob" });
  alice.ask({ type: "FindPeople", name: "nobody" });
  world.settle();

  expect(alice.replies).toMatchObject([
    { type: "PeopleFound", people: [{ name: "bob" }] },
    { type: "PeopleFound", people: [] },
  ]);
});

test("what a home is too busy to answer is asked again when it says, and not sooner", () => {
  const { world, north, alice } = aliceAndBob();
  north.busyRequests = 5;

  alice.ask({ type: "FindPeople", name: "bob" });
  world.pass(7_900);
  expect(north.busyRequests).toBe(1);
  expect(alice.replies).toEqual([]);
  world.pass(2_200);

  expect(alice.replies).toMatchObject([{ type: "PeopleFound", people: [{ name: "bob" }] }]);
});
