// Owns the stories of suites that this page does not have. docs/protocol.md, section 9.2.

import { describe, expect, test } from "vitest";

import { row } from "../../src/machine/rows";
import type { Signed } from "../../src/protocol/signed";
import { leafOf } from "../../src/protocol/statements";
import { NETWORK } from "./home";
import type { Shell } from "./shell";
import { aliceAndBob, kindsOf, textOf, type Story } from "./story";

const TOMORROW = "X/Y/Z";

/** The same statement with other words in it, by its own signer. */
const reworded = (by: Shell, statement: Signed, words: object): Signed =>
  by.clientKey.state(NETWORK, statement.kind, JSON.stringify({ ...textOf(statement), ...words }));

const codes = (facts: readonly { code: string }[]): string[] => facts.map(({ code }) => code);

describe("what is sealed in an unknown suite", () => {
  test.each(["chain_start", "message"])("is refused, and told: a %s", (kind) => {
    const { world, north, south, alice, bob } = aliceAndBob();
    const good: Signed[] = [];
    north.tamper = (envelope) => {
      if (envelope.kind !== kind) return [envelope];
      good.push(envelope);
      return [reworded(alice, envelope, { suite: TOMORROW })];
    };

    alice.say(bob, "in tomorrow's words");
    world.settle();

    expect(codes(bob.factsOf("MessageUnreadable"))).toContain("unknown_suite");
    expect(bob.sent.join()).toContain('"refusal","code":"unknown_suite"');
    expect(codes(bob.factsOf("HomeMisbehaved"))).toEqual([]);
    expect(kindsOf(south.submitted)).not.toContain("chain_wanted");
    north.tamper = (envelope) => [envelope];
    for (const envelope of good) north.deliver(envelope, bob.identity.client);
    world.settle();
    expect(bob.read).toEqual(["in tomorrow's words"]);
    expect(bob.factsOf("Detached")).toEqual([]);
  });

  test("is answered to the origin of a start, which may seal anew", () => {
    const { world, north, south, alice, bob } = aliceAndBob();
    north.tamper = (envelope) =>
      envelope.kind === "chain_start"
        ? [reworded(alice, envelope, { suite: TOMORROW })]
        : [envelope];

    alice.say(bob, "in tomorrow's words");
    world.settle();

    expect(kindsOf(south.submitted)).toContain("unknown_key");
  });
});

describe("who has a key of an unknown suite", () => {
  /** Bob's software is of tomorrow: from now on his home serves this key. */
  function aliceAndBobOfTomorrow(): Story {
    const story = aliceAndBob();
    const { world, bob } = story;
    const attach = world.attachOf(bob);
    const bundle = reworded(bob, attach.bundle, { suite: TOMORROW });
    const leaf = leafOf(NETWORK, bundle.kind, bundle.signer, bundle.signed);
    const presence = reworded(bob, attach.presence, { counter: 1_000, bundle: leaf });
    Object.assign(attach, { bundle, presence });
    return story;
  }

  test("is there, told of once, and the home is not blamed", () => {
    const { world, alice, bob } = aliceAndBobOfTomorrow();

    alice.say(bob, "one");
    world.pass(20_000);

    const seen = alice.client.snapshot().people.find(({ account }) => account === bob.account);
    expect(seen?.present).toHaveLength(1);
    expect(alice.factsOf("KeyUnusable")).toMatchObject([{ name: "bob", code: "unknown_suite" }]);
    expect(codes(alice.factsOf("HomeMisbehaved"))).toEqual([]);
  });

  test("is written to as soon as there is another key", () => {
    const { world, alice, bob } = aliceAndBobOfTomorrow();
    alice.say(bob, "at last");
    world.pass(5_000);
    expect(alice.steps.at(-1)).toBe("stalled: unknown_suite");
    expect(alice.sent.join()).not.toContain("chain_start");

    bob.restart();
    world.pass(20_000);

    expect(bob.read).toEqual(["at last"]);
  });

  test("is left out after a reload where newer software has kept such a key", () => {
    const { world, alice, bob } = aliceAndBob();
    const { account, bundle } = world.attachOf(bob);
    const bundles = [reworded(bob, bundle, { suite: TOMORROW })];
    alice.disk.set(`person ${bob.account}`, row("person", bob.account, { account, bundles }));

    alice.restart();
    world.pass(100);
    alice.say(bob, "hello");
    world.pass(5_000);

    expect(bob.read).toEqual(["hello"]);
  });
});
