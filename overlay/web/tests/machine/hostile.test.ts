// Owns the stories of homes and people that lie. docs/protocol.md, sections 2, 3, 5, 7 and 11.

import { describe, expect, test } from "vitest";

import { chainId, chainStartInfo, directConversation, SUITE } from "../../src/protocol/chains";
import { encode } from "../../src/protocol/encoding";
import { named, type ClientId } from "../../src/protocol/ids";
import { writeOpening } from "../../src/protocol/sealed";
import type { Signed } from "../../src/protocol/signed";
import { NETWORK } from "./home";
import { SeededRandom, TestKey, TestSealing } from "./keys";
import { aliceAndBob, textOf } from "./story";
import { World } from "./world";

const code = (facts: readonly { code: string }[]): string[] => facts.map((fact) => fact.code);

describe("forged and changed envelopes", () => {
  test.each([
    ["another text", (it: Signed) => ({ ...it, signed: it.signed.replace("message", "messagE") })],
    ["another signer", (it: Signed) => ({ ...it, signer: new TestKey("mallory").id })],
    ["another kind", (it: Signed) => ({ ...it, kind: "receipt" })],
    ["another signature", (it: Signed) => ({ ...it, signature: "A".repeat(86) })],
    ["another place in the batch", (it: Signed) => ({ ...it, index: it.index + 1 })],
  ])("%s is refused, and nothing is shown", (_, change) => {
    const { world, north, alice, bob } = aliceAndBob();
    alice.say(bob, "true");
    world.settle();
    north.tamper = (envelope) => (envelope.kind === "message" ? [change(envelope)] : [envelope]);

    alice.say(bob, "false");
    world.settle();

    expect(bob.read).toEqual(["true"]);
    expect(code(bob.factsOf("HomeMisbehaved"))).toEqual(["bad_signature"]);
    expect(bob.sent.join()).toContain('"refusal","code":"bad_signature"');
    expect(bob.factsOf("Detached")).toEqual([]);
  });

  test("a text that contradicts its signer is refused although it is signed", () => {
    const { world, north, alice, bob } = aliceAndBob();
    alice.say(bob, "true");
    world.settle();
    const [message] = north.submitted.filter(({ kind }) => kind === "message");
    const mallory = new TestKey("mallory");
    const forged = mallory.state(NETWORK, "message", message?.signed ?? "");

    north.deliver(forged, bob.identity.client);
    world.settle();

    expect(code(bob.factsOf("HomeMisbehaved"))).toEqual(["mismatch"]);
  });

  test("what is for somebody else is refused", () => {
    const { world, north, alice, bob } = aliceAndBob();
    const carol = world.person("carol", north);
    world.pass(100);
    alice.say(bob, "for bob");
    world.settle();

    for (const { envelope } of north.kept) north.deliver(envelope, carol.identity.client);
    world.settle();

    expect(carol.read).toEqual([]);
    expect(code(carol.factsOf("HomeMisbehaved"))).toEqual(["mismatch", "mismatch"]);
  });

  test("a receipt of a stranger delivers nothing", () => {
    const { world, north, alice, bob } = aliceAndBob();
    north.tamper = () => [];
    alice.say(bob, "waiting");
    world.settle();
    const [message] = north.submitted.filter(({ kind }) => kind === "message").map(textOf);
    const mallory = new TestKey("mallory");
    const receipt = JSON.stringify({
      ...{ kind: "receipt", signer: mallory.id, salt: "A".repeat(22), incarnation: 1, counter: 1 },
      recipients: [alice.identity.client],
      arrived: [{ chain: message?.["chain"], ranges: [[0, 100]] }],
    });

    north.deliver(mallory.state(NETWORK, "receipt", receipt), alice.identity.client);
    world.settle();

    expect(alice.steps).toEqual(["accepted"]);
    expect(alice.factsOf("HomeMisbehaved")).toEqual([]);
  });
});

describe("chains that do not fit", () => {
  test("a start from a client that its account does not list is refused", () => {
    const { world, north, alice, bob } = aliceAndBob();
    const mallory = new TestKey("mallory");
    const firstKey = new Uint8Array(32).fill(1);
    const origin = named<ClientId>(mallory.id);
    const conversation = directConversation(NETWORK, alice.account, bob.account);
    const chain = chainId(NETWORK, conversation, origin, firstKey);
    const { client, sealingKeyId: key_id } = bob.identity;
    const info = chainStartInfo(NETWORK, conversation, chain, origin, client, key_id);
    const opening = { key: encode(firstKey), account: alice.account, to: bob.account };
    const body = encode(TestSealing.seal(bob.sealing.key, info, writeOpening(opening)));
    const start = JSON.stringify({
      ...{ kind: "chain_start", signer: origin, salt: "A".repeat(22), incarnation: 1, counter: 1 },
      ...{ recipients: [client], conversation, chain, suite: SUITE, key_id, body },
    });

    north.deliver(mallory.state(NETWORK, "chain_start", start), client);
    world.pass(20_000);

    expect(bob.read).toEqual([]);
    expect(code(bob.factsOf("MessageUnreadable"))).toContain("not_certified");
  });

  test("a start whose key is not that of its chain is refused", () => {
    const { world, north, alice, bob } = aliceAndBob();
    north.tamper = (envelope) => {
      const text = JSON.stringify({ ...textOf(envelope), chain: new TestKey("any").id });
      const { kind } = envelope;
      return kind === "chain_start" ? [alice.clientKey.state(NETWORK, kind, text)] : [envelope];
    };

    alice.say(bob, "one key for you, another for them");
    world.settle();

    expect(code(bob.factsOf("MessageUnreadable"))).toEqual(["cannot_open"]);
    expect(bob.read).toEqual([]);
  });

  test("a body that does not open is told once, and its place stays free for the right one", () => {
    const { world, north, alice, bob } = aliceAndBob();
    alice.say(bob, "one");
    world.settle();
    const good: Signed[] = [];
    north.tamper = (envelope) => {
      good.push(envelope);
      const text = { ...textOf(envelope), body: encode(new Uint8Array(272)) };
      return Array<Signed>(3).fill(alice.clientKey.state(NETWORK, "message", JSON.stringify(text)));
    };

    alice.say(bob, "two");
    world.settle();
    expect(code(bob.factsOf("MessageUnreadable"))).toEqual(["cannot_open"]);
    for (const envelope of good) north.deliver(envelope, bob.identity.client);
    world.settle();

    expect(bob.read).toEqual(["one", "two"]);
  });

  test("an index too far ahead is told as a gap", () => {
    const { world, north, alice, bob } = aliceAndBob();
    alice.say(bob, "one");
    world.settle();
    north.tamper = (envelope) => {
      const text = JSON.stringify({ ...textOf(envelope), index: 3_000 });
      return [alice.clientKey.state(NETWORK, "message", text)];
    };

    alice.say(bob, "two");
    world.settle();

    expect(code(bob.factsOf("MessageUnreadable"))).toEqual(["chain_gap"]);
  });
});

describe("nodes that do not speak as they should", () => {
  test.each([
    ["malformed", "not JSON"],
    ["malformed", "[]"],
    ["malformed", "{}"],
    ["malformed", '[{"type":"ack"}]'],
    ["malformed", '[{"type":"ack","number":0}]'],
    ["malformed", '[{"type":"ack","number":1.5}]'],
    ["malformed", '[{"type":"ack","number":1,"more":2}]'],
    ["malformed", '[{"type":"homes","homes":[{"id":"short","name":"x","address":"ws://x"}]}]'],
    ["malformed", '[{"type":"refusal","code":"\\ud800"}]'],
    ["malformed", `[${'{"type":"heartbeat"},'.repeat(256)}{"type":"heartbeat"}]`],
    ["unknown_message", '[{"type":"toString"}]'],
    ["unknown_message", '[{"type":"later"}]'],
    ["malformed", "[{}]"],
    ["unexpected", '[{"type":"attach"}]'],
    ["unexpected", '[{"type":"hello","text":"{}"}]'],
    ["too_deep", `${"[".repeat(201)}${"]".repeat(201)}`],
    ["too_large", `["${"x".repeat(262_144)}"]`],
  ])("%s: the link closes with that code, and another home serves", (expected, data) => {
    const { world, alice } = aliceAndBob();
    const { link } = world.linkOf(alice);

    alice.happens({ type: "FrameReceived", link, data });
    world.pass(1_000);

    expect(code(alice.factsOf("HomeMisbehaved"))).toEqual([expected]);
    expect(world.closedWith(link)).toBe(expected);
    expect(alice.factsOf("Attached")).toHaveLength(2);
  });

  test("a binary frame is not for clients yet", () => {
    const { world, alice } = aliceAndBob();
    const { link } = world.linkOf(alice);

    alice.happens({ type: "FrameReceived", link, data: null });
    world.settle();

    expect(world.closedWith(link)).toBe("unsupported");
  });

  test("numbers that do not follow each other close the link", () => {
    const { world, north, alice, bob } = aliceAndBob();
    bob.say(alice, "hello");
    world.settle();
    const { link } = world.linkOf(alice);
    const [kept] = north.submitted;

    north.say(link, { type: "deliver", number: 99, envelope: kept });
    world.settle();

    expect(world.closedWith(link)).toBe("malformed");
  });

  test("a node of another network is refused once a network is known", () => {
    const { world, north, south, alice } = aliceAndBob();
    south.network = "elsewhere";

    world.kill(north);
    world.pass(1_000);

    expect(code(alice.factsOf("AttachRefused"))).toContain("wrong_network");
  });

  test("a node that answers with another key than the one told is refused", () => {
    const { world, north, south, alice } = aliceAndBob();
    const { link } = world.linkOf(alice);
    const mallory = new TestKey("mallory");
    north.say(link, { type: "homes", homes: [{ ...south.entry, id: mallory.id }] });
    world.settle();

    world.kill(north);
    world.pass(1_000);

    expect(code(alice.factsOf("AttachRefused"))).toContain("changed_key");
  });

  test("nothing is acted on before both ends have proved themselves", () => {
    const world = new World();
    const [north] = world.nodes("north");
    if (north === undefined) throw new Error("one node was asked for");
    north.speaksFirst = { type: "people", people: [] };
    const alice = world.person("alice", north);

    world.pass(1_000);

    expect(code(alice.factsOf("AttachRefused"))[0]).toBe("unexpected");
  });

  test("a node that cannot prove its key is refused", () => {
    const world = new World();
    const [north] = world.nodes("north");
    if (north === undefined) throw new Error("one node was asked for");
    north.provesWith = new TestKey("another");
    const alice = world.person("alice", north);

    world.pass(200);

    expect(code(alice.factsOf("AttachRefused"))[0]).toBe("wrong_proof");
  });

  test("a node that never finishes its handshake is left after five seconds", () => {
    const world = new World();
    const [north] = world.nodes("north");
    if (north === undefined) throw new Error("one node was asked for");
    north.isMute = true;
    const alice = world.person("alice", north);

    world.pass(4_900);
    expect(alice.factsOf("AttachRefused")).toEqual([]);
    world.pass(200);

    expect(code(alice.factsOf("AttachRefused"))).toEqual(["handshake_timeout"]);
  });
});

test("whatever comes in, the machine does not raise", () => {
  const { world, alice } = aliceAndBob();
  const random = new SeededRandom("anything");
  const words = [
    '"type"',
    '"deliver"',
    '"people"',
    "[",
    "]",
    "{",
    "}",
    ":",
    ",",
    "1",
    "null",
    '""',
  ];

  for (let turn = 0; turn < 300; turn++) {
    const picks = [...random.bytes(12)].map((byte) => words[byte % words.length] ?? "");
    const { link } = world.linkOf(alice);
    alice.happens({ type: "FrameReceived", link, data: `[{${picks.join("")}}]` });
    world.pass(1_000);
  }

  expect(alice.factsOf("Attached").length).toBeGreaterThan(1);
});
