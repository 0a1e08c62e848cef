// Owns the stories of who is there, and with which keys. docs/protocol.md, sections 5 and 8.

import { expect, test } from "vitest";

import { NETWORK } from "./home";
import { TestKey } from "./keys";
import { aliceAndBob, textOf } from "./story";
import type { Shell } from "./shell";

const isOnline = (shell: Shell, account: string): boolean | undefined => {
  const { people } = shell.client.snapshot();
  const person = people.find((each) => each.account === account);
  return person && person.present.length > 0;
};

test("who closes their page is away, and still known", () => {
  const { world, alice, bob } = aliceAndBob();

  world.leave(bob);
  world.settle();

  expect(isOnline(alice, bob.account)).toBe(false);
  expect(alice.factsOf("PersonChanged").at(-1)?.person).toMatchObject({ name: "bob", present: [] });
});

test("people who were seen before a reload are remembered, as away until they are seen again", () => {
  const { world, alice, bob } = aliceAndBob();
  world.leave(bob);

  alice.restart();

  expect(isOnline(alice, bob.account)).toBe(false);
  world.pass(100);
  expect(isOnline(alice, bob.account)).toBe(false);
});

test("another client of a known person is told loudly, and stays in the chat", () => {
  const { world, north, alice, bob } = aliceAndBob();
  const before = alice.client.snapshot().people.find(({ account }) => account === bob.account);
  const second = new TestKey("second client of bob");
  const record = {
    ...{ kind: "account", signer: bob.account, salt: "A".repeat(22), version: 2, name: "bob" },
    ...{ clients: [bob.identity.client, second.id], revoked: [], previous: null },
  };
  const account = bob.accountKey.state(NETWORK, "account", JSON.stringify(record));

  north.say(world.linkOf(alice).link, { type: "people", people: [{ account, present: [] }] });
  world.settle();

  expect(before?.clients).toHaveLength(1);
  expect(alice.factsOf("KeysChanged")).toMatchObject([
    { account: bob.account, name: "bob", added: [second.id], removed: [] },
  ]);
  expect(alice.client.snapshot().entries).toMatchObject([
    { state: "notice", reason: "keys_changed", place: { kind: "person", account: bob.account } },
  ]);
});

test("an account record that somebody else signed changes nothing", () => {
  const { world, north, alice, bob } = aliceAndBob();
  const mallory = new TestKey("mallory");
  const record = {
    ...{ kind: "account", signer: bob.account, salt: "A".repeat(22), version: 9, name: "bob" },
    ...{ clients: [mallory.id], revoked: [], previous: null },
  };
  const forged = {
    ...mallory.state(NETWORK, "account", JSON.stringify(record)),
    signer: bob.account,
  };

  north.say(world.linkOf(alice).link, {
    type: "people",
    people: [{ account: forged, present: [] }],
  });
  world.settle();

  expect(alice.factsOf("HomeMisbehaved")).toMatchObject([{ code: "bad_signature" }]);
  expect(alice.factsOf("KeysChanged")).toEqual([]);
});

test("an older account record is not taken back", () => {
  const { world, north, alice, bob } = aliceAndBob();
  const state = (version: number, name: string) => {
    const record = {
      ...{ kind: "account", signer: bob.account, salt: "A".repeat(22), version, name },
      ...{ clients: [bob.identity.client], revoked: [], previous: null },
    };
    return bob.accountKey.state(NETWORK, "account", JSON.stringify(record));
  };
  const { link } = world.linkOf(alice);

  north.say(link, { type: "people", people: [{ account: state(3, "robert"), present: [] }] });
  north.say(link, { type: "people", people: [{ account: state(2, "bobby"), present: [] }] });
  world.settle();

  const known = alice.client.snapshot().people.find(({ account }) => account === bob.account);
  expect(known?.name).toBe("robert");
});

test("a presence that another account claims does not make anybody appear", () => {
  const { world, north, alice, bob } = aliceAndBob();
  const mallory = world.person("mallory", north);
  world.pass(100);
  world.leave(bob);
  world.leave(mallory);
  const claimed = world.attachOf(mallory).presence;
  const account = world.attachOf(bob).account;

  north.say(world.linkOf(alice).link, {
    type: "people",
    people: [{ account, present: [{ presence: claimed, home_name: "north" }] }],
  });
  world.settle();

  expect(isOnline(alice, bob.account)).toBe(false);
  expect(alice.factsOf("HomeMisbehaved")).toMatchObject([{ code: "not_certified" }]);
});

test("an older presence than one seen before changes nothing", () => {
  const { world, north, alice, bob } = aliceAndBob();
  const { presence: old, account } = world.attachOf(bob);
  bob.restart();
  world.pass(100);
  world.leave(bob);
  const entry = { presence: old, home_name: "south" };

  north.say(world.linkOf(alice).link, { type: "people", people: [{ account, present: [entry] }] });
  world.settle();

  expect(textOf(old)["incarnation"]).toBe(1);
  expect(isOnline(alice, bob.account)).toBe(false);
});

test("a text for somebody without a key waits until the key is there", () => {
  const { world, alice, bob } = aliceAndBob();
  world.hideBundles(true);

  alice.say(bob, "as soon as I can");
  world.pass(1_000);
  expect(alice.steps).toEqual(["stalled: no_key"]);
  world.hideBundles(false);
  world.pass(8_000);

  expect(bob.read).toEqual(["as soon as I can"]);
});
