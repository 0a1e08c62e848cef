// Owns the stories of homes that go away, and of pages that are closed. docs/protocol.md, sections 2.5, 7.6, 8.5.

import { expect, test } from "vitest";

import { aliceAndBob, kindsOf, textOf } from "./story";

test("when its home dies the client is served by the next one a moment later", () => {
  const { world, north, alice, bob } = aliceAndBob();

  world.kill(north);
  world.pass(1_000);
  bob.say(alice, "still there?");
  world.pass(100);

  expect(alice.factsOf("Detached")).toMatchObject([{ isFinal: false }]);
  expect(alice.factsOf("Attached")).toMatchObject([{}, { homeName: "south" }]);
  expect(alice.read).toEqual(["still there?"]);
});

test("what was not delivered is submitted again at the next home, and shown once", () => {
  const { world, north, south, alice, bob } = aliceAndBob();
  alice.say(bob, "one");
  world.settle();
  north.tamper = () => [];
  alice.say(bob, "two");
  world.settle();

  world.kill(north);
  world.pass(1_000);

  expect(kindsOf(south.submitted)).toContain("message");
  expect(bob.read).toEqual(["one", "two"]);
  expect(alice.steps).toEqual(["accepted", "delivered", "accepted", "delivered"]);
});

test("without any node it keeps dialling, ever more slowly, and finds the first that is back", () => {
  const { world, north, south, alice } = aliceAndBob();
  world.kill(north);
  world.kill(south);
  world.pass(120_000);
  const before = alice.factsOf("Attached").length;

  north.isListening = true;
  world.pass(40_000);

  expect(alice.factsOf("Attached").length).toBe(before + 1);
});

test("what is written without any node leaves when there is one again", () => {
  const { world, north, south, alice, bob } = aliceAndBob();
  world.kill(north);
  world.kill(south);

  alice.say(bob, "written in the dark");
  world.pass(1_000);
  expect(alice.replies).toMatchObject([{ type: "Queued" }]);
  south.isListening = true;
  world.pass(40_000);

  expect(bob.read).toEqual(["written in the dark"]);
});

test("a goodbye sends the client on at once", () => {
  const { world, alice, south } = aliceAndBob();
  const { home, link } = world.linkOf(alice);

  home.say(link, { type: "goodbye", homes: [south.entry] });
  world.pass(500);

  expect(alice.factsOf("Detached")).toMatchObject([{ reason: "stopping" }]);
  expect(alice.factsOf("Attached").at(-1)).toMatchObject({ home: south.key.id });
});

test("a home that does not answer is asked after 1.5 seconds, and left after 1.5 more", () => {
  const { world, alice, bob } = aliceAndBob();
  world.silence(alice);

  alice.say(bob, "hello?");
  world.pass(1_400);
  expect(alice.sent.join()).not.toContain("wants_echo");
  world.pass(1_500);
  expect(alice.sent.join()).toContain("wants_echo");
  world.pass(500);

  expect(alice.factsOf("Detached")).toMatchObject([{ reason: "silent" }]);
  expect(bob.read).toEqual(["hello?"]);
});

test("a home that is asked for too often sends the client on to the next, and that is told", () => {
  const { world, north, alice, south } = aliceAndBob();

  north.refusesAttachWith = "busy";
  alice.restart();
  world.pass(2_000);

  expect(alice.factsOf("AttachRefused")).toMatchObject([{ code: "busy" }]);
  expect(alice.factsOf("Attached").at(-1)).toMatchObject({ home: south.key.id });
});

test("who is refused by the only home there is comes again until it has time", () => {
  const { world, north, alice, south } = aliceAndBob();
  world.kill(south);

  north.refusesAttachWith = "busy";
  alice.restart();
  world.pass(5_000);
  const before = alice.factsOf("Attached").length;
  north.refusesAttachWith = null;
  world.pass(20_000);

  expect(before).toBe(1);
  expect(alice.factsOf("Attached").at(-1)).toMatchObject({ home: north.key.id });
  expect(alice.factsOf("Attached")).toHaveLength(2);
});

test("a quiet link is kept alive with heartbeats, and is not left", () => {
  const { world, alice } = aliceAndBob();

  world.pass(600_000);

  expect(alice.sent.join()).toContain('"heartbeat"');
  expect(alice.factsOf("Detached")).toEqual([]);
});

test("a client whose place another took does not fight for it", () => {
  const { world, alice } = aliceAndBob();
  const { link } = world.linkOf(alice);

  world.close(link);
  alice.happens({ type: "LinkClosed", link, reason: "duplicate_link" });
  world.pass(60_000);

  expect(alice.factsOf("Detached")).toMatchObject([{ reason: "duplicate_link", isFinal: true }]);
  expect(alice.factsOf("Attached")).toHaveLength(1);
});

test("a page that is opened again is the same client with a higher incarnation", () => {
  const { world, north, alice, bob } = aliceAndBob();
  alice.say(bob, "before");
  world.settle();

  alice.restart();
  world.pass(100);
  alice.say(bob, "after");
  world.settle();

  const incarnations = north.submitted
    .filter(({ kind }) => kind === "message")
    .map((envelope) => textOf(envelope)["incarnation"]);
  expect(incarnations).toEqual([1, 2]);
  expect(bob.read).toEqual(["before", "after"]);
  expect(alice.client.snapshot().entries.map(({ text }) => text)).toEqual(["before", "after"]);
  expect(kindsOf(north.submitted).filter((kind) => kind === "chain_start")).toHaveLength(2);
});

test("what waited when the page was closed is signed anew around the same body", () => {
  const { world, north, alice, bob } = aliceAndBob();
  north.tamper = () => [];
  alice.say(bob, "do not lose me");
  world.settle();
  north.kept.length = 0;

  alice.restart();
  north.tamper = (envelope) => [envelope];
  world.pass(100);

  const messages = north.submitted.filter(({ kind }) => kind === "message").map(textOf);
  expect(messages.map(({ incarnation }) => incarnation)).toEqual([1, 2]);
  expect(messages[0]?.["body"]).toBe(messages[1]?.["body"]);
  expect(bob.read).toEqual(["do not lose me"]);
  expect(alice.client.snapshot().entries).toMatchObject([{ state: "delivered" }]);
});

test("a recipient that was closed and opened again shows nothing twice, and receipts it again", () => {
  const { world, north, south, alice, bob } = aliceAndBob();
  alice.say(bob, "once");
  world.settle();
  expect(bob.read).toEqual(["once"]);
  south.submitted.length = 0;

  bob.restart();
  world.pass(100);

  expect(north.kept).toHaveLength(2);
  expect(bob.read).toEqual(["once"]);
  expect(kindsOf(south.submitted)).toEqual(["receipt"]);
  expect(bob.client.snapshot().entries.map(({ text }) => text)).toEqual(["once"]);
});

test("a disk that says no is told, and nothing is called sent or shown", () => {
  const { world, north, alice, bob } = aliceAndBob();
  alice.say(bob, "first");
  world.settle();
  north.submitted.length = 0;
  alice.isDiskBroken = bob.isDiskBroken = true;

  alice.say(bob, "never durable");
  bob.say(alice, "nor this");
  world.settle();

  expect(alice.factsOf("ClientStoreFailed")).toMatchObject([{ reason: "the disk is full" }]);
  expect(alice.replies.at(-1)).toMatchObject({ type: "Declined", code: "not_stored" });
  expect(north.submitted).toEqual([]);
});

test("a message is neither shown nor receipted when the disk does not take it", () => {
  const { world, south, alice, bob } = aliceAndBob();
  alice.say(bob, "first");
  world.settle();
  south.submitted.length = 0;

  bob.isDiskBroken = true;
  alice.say(bob, "second");
  world.settle();
  expect(bob.read).toEqual(["first"]);
  expect(south.submitted).toEqual([]);

  bob.isDiskBroken = false;
  bob.restart();
  world.pass(100);
  expect(bob.read).toEqual(["first", "second"]);
});

test("who lost their disk begins above the incarnation that the overlay remembers", () => {
  const { world, alice } = aliceAndBob();
  alice.restart();
  world.pass(100);
  alice.restart();
  world.pass(100);

  alice.disk.clear();
  alice.restart();
  world.pass(2_000);

  expect(alice.factsOf("Attached").map(({ incarnation }) => incarnation)).toEqual([1, 2, 3, 4]);
});

test.each(["busy", "replayed", "old_incarnation", "quota"])(
  "a submit refused as %s is tried again, and says meanwhile why it waits",
  (code) => {
    const { world, north, alice, bob } = aliceAndBob();
    alice.say(bob, "first");
    world.settle();

    north.refusesWith = code;
    alice.say(bob, "second");
    world.pass(100);
    expect(alice.steps.at(-1)).toBe(`stalled: ${code}`);
    north.refusesWith = null;
    world.pass(31_000);

    expect(bob.read).toEqual(["first", "second"]);
    expect(alice.steps.at(-1)).toBe("delivered");
  },
);

test("a submit that can never be right fails for good", () => {
  const { world, north, alice, bob } = aliceAndBob();

  north.refusesWith = "mismatch";
  alice.say(bob, "impossible");
  world.pass(60_000);

  expect(alice.steps).toEqual(["failed: mismatch"]);
});

test("why an accepted message waits is told", () => {
  const { world, north, alice, bob } = aliceAndBob();
  north.tamper = () => [];
  alice.say(bob, "are you there?");
  world.settle();
  const [message] = north.submitted.filter(({ kind }) => kind === "message").map(textOf);
  const { link } = world.linkOf(alice);

  north.say(link, { type: "stalled", counter: message?.["counter"], reason: "away" });
  world.settle();

  expect(alice.steps).toEqual(["accepted", "stalled: away"]);
});

test("why a message waits stays to be seen when the home says so before its ack", () => {
  const { world, north, alice, bob } = aliceAndBob();
  north.tamper = () => [];
  north.stallsWith = "away";

  alice.say(bob, "are you there?");
  world.settle();

  expect(alice.steps).toEqual(["accepted", "stalled: away"]);
  expect(alice.client.snapshot().entries).toMatchObject([{ state: "accepted", reason: "away" }]);
});

test("a home that bans its client is left for another, and not dialled again soon", () => {
  const { world, alice, north, south } = aliceAndBob();
  const { home, link } = world.linkOf(alice);

  home.say(link, { type: "refusal", code: "banned", detail: "spam", retry_after_ms: 300_000 });
  world.pass(1_000);

  expect(alice.factsOf("Detached")).toMatchObject([{ reason: "banned" }]);
  expect(alice.factsOf("AttachRefused")).toMatchObject([{ code: "banned", detail: "spam" }]);
  expect(alice.factsOf("Attached").at(-1)).toMatchObject({ home: south.key.id });
  world.kill(south);
  world.pass(200_000);
  expect(alice.factsOf("Attached").at(-1)).toMatchObject({ home: south.key.id });
  world.pass(200_000);
  expect(alice.factsOf("Attached").at(-1)).toMatchObject({ home: north.key.id });
});

test("a ban without an end is tried once in ten minutes where there is no other node", () => {
  const { world, alice, north, south } = aliceAndBob();
  world.kill(south);
  const { home, link } = world.linkOf(alice);

  home.say(link, { type: "refusal", code: "banned", detail: "" });
  world.pass(590_000);
  expect(alice.factsOf("Attached")).toHaveLength(1);
  world.pass(60_000);

  expect(alice.factsOf("Attached").at(-1)).toMatchObject({ home: north.key.id });
});
