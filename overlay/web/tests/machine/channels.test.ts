// Owns the stories of public channels. docs/protocol.md, sections 6.5 and 8.4.

import { expect, test } from "vitest";

import { NETWORK } from "./home";
import { TestKey } from "./keys";
import { aliceAndBob, textOf } from "./story";
import type { Shell } from "./shell";

const SENT_AT = 1_700_000_000_000;

const join = (shell: Shell, channel: string): void => {
  shell.ask({ type: "JoinChannel", channel });
};

const sayIn = (shell: Shell, channel: string, text: string): void => {
  shell.ask({ type: "SayInChannel", channel, text, sentAt: SENT_AT });
};

test("who listens to a channel reads what is said there, with the name of who said it", () => {
  const { world, alice, bob } = aliceAndBob();
  join(bob, "garden");
  join(bob, "kitchen");
  world.settle();

  sayIn(alice, "garden", "the beans are up");
  sayIn(alice, "attic", "dust");
  world.settle();

  expect(bob.factsOf("ChannelMessageArrived")).toMatchObject([
    { channel: "garden", entry: { text: "the beans are up", from: { name: "alice" } } },
  ]);
  expect(alice.steps).toEqual(["accepted", "accepted"]);
  expect(bob.replies).toEqual([{ type: "Carried" }, { type: "Carried" }]);
});

test("who left reads nothing more", () => {
  const { world, alice, bob } = aliceAndBob();
  join(bob, "garden");
  world.settle();
  bob.ask({ type: "LeaveChannel", channel: "garden" });
  world.settle();

  sayIn(alice, "garden", "anyone?");
  world.settle();

  expect(bob.read).toEqual([]);
  expect(bob.client.snapshot().channels).toEqual([]);
});

test("a channel is listened to again after a reload, and after resuming elsewhere", () => {
  const { world, south, alice, bob } = aliceAndBob();
  join(bob, "garden");
  world.settle();

  bob.restart();
  world.pass(100);
  sayIn(alice, "garden", "after a reload");
  world.settle();
  world.kill(south);
  world.pass(1_000);
  sayIn(alice, "garden", "after resuming");
  world.settle();

  expect(bob.read).toEqual(["after a reload", "after resuming"]);
});

test("a public message that comes again after a reload is not shown again", () => {
  const { world, north, south, alice, bob } = aliceAndBob();
  join(bob, "garden");
  sayIn(alice, "garden", "once");
  world.settle();
  const said = north.submitted.filter(({ kind }) => kind === "channel");

  bob.restart();
  world.pass(100);
  for (const envelope of said) south.deliver(envelope, bob.identity.client);
  world.settle();
  sayIn(alice, "garden", "another");
  world.settle();

  expect(bob.read).toEqual(["once", "another"]);
});

test("a public message that comes twice is shown once", () => {
  const { world, north, south, alice, bob } = aliceAndBob();
  join(bob, "garden");
  sayIn(alice, "garden", "once");
  world.settle();
  sayIn(alice, "garden", "twice");
  world.settle();

  const said = north.submitted.filter(({ kind }) => kind === "channel");
  for (const envelope of [...said, ...said]) south.deliver(envelope, bob.identity.client);
  world.settle();

  expect(bob.read).toEqual(["once", "twice"]);
});

test("nobody speaks on a channel in another's name", () => {
  const { world, south, alice, bob } = aliceAndBob();
  join(bob, "garden");
  world.settle();
  const mallory = new TestKey("mallory");
  const text = JSON.stringify({
    ...{ kind: "channel", signer: mallory.id, salt: "A".repeat(22), incarnation: 1, counter: 1 },
    ...{ account: alice.account, channel: "garden", text: "I am alice", sent_at: SENT_AT },
  });

  south.deliver(mallory.state(NETWORK, "channel", text), bob.identity.client);
  world.pass(20_000);

  expect(bob.read).toEqual([]);
  expect(bob.factsOf("HomeMisbehaved")).toMatchObject([{ code: "not_certified" }]);
});

test("a public message without a home leaves once, under the counter it had", () => {
  const { world, north, south, alice, bob } = aliceAndBob();
  join(bob, "garden");
  world.settle();
  world.silence(alice);
  sayIn(alice, "garden", "can you hear me?");
  world.pass(5_000);

  const said = [...north.submitted, ...south.submitted].filter(({ kind }) => kind === "channel");

  expect(new Set(said.map((envelope) => textOf(envelope)["counter"])).size).toBe(1);
  expect(bob.read).toEqual(["can you hear me?"]);
  expect(alice.steps).toEqual(["accepted"]);
});

test("what was never accepted when the page closed is not said later, and shown as not sent", () => {
  const { world, alice } = aliceAndBob();
  world.silence(alice);
  sayIn(alice, "garden", "too late");
  world.settle();

  alice.restart();
  world.pass(1_000);

  expect(alice.client.snapshot().entries).toMatchObject([{ state: "failed", reason: "not_sent" }]);
});

test("a home that is full says so", () => {
  const { world, north, alice } = aliceAndBob();
  north.refusesWith = "quota";

  sayIn(alice, "garden", "too much");
  world.settle();

  expect(alice.steps).toEqual(["failed: quota"]);
});

test("more than 64 channels are declined", () => {
  const { world, alice } = aliceAndBob();

  for (let channel = 0; channel < 65; channel++) join(alice, `channel-${channel}`);
  world.settle();

  expect(alice.replies.filter(({ type }) => type === "Carried")).toHaveLength(64);
  expect(alice.replies).toContainEqual(
    expect.objectContaining({ type: "Declined", code: "quota" }),
  );
});
