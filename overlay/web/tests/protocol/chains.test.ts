// Owns what is promised of chains, padding and sealing. docs/protocol.md, section 9.

import { XWing } from "@hpke/hybridkem-x-wing";
import { describe, expect, test } from "vitest";

import {
  chainId,
  chainStartInfo,
  directConversation,
  hasOpened,
  keyAt,
  newReceivingChain,
  openMessage,
  sealMessage,
  stepChain,
  sealingKeyId,
} from "../../src/protocol/chains";
import { concat, decode, encode } from "../../src/protocol/encoding";
import { named, type ChainId, type ClientId, type ConversationId } from "../../src/protocol/ids";
import { pad, unpad } from "../../src/protocol/padding";
import { open, publicKeyOf, seal } from "../../src/protocol/sealing";
import { bytesOf, golden, type GoldenChains, type GoldenSealing } from "../golden";

const chains = golden("golden_chains.json") as GoldenChains;
const sealing = golden("golden_sealing.json") as GoldenSealing;
type Exchanged = Readonly<Record<"seed" | "pk" | "ct" | "ss", string>>;
const firstKey = decode(chains.first_key, 32);
const place = (index: number) => ({
  origin: named<ClientId>(chains.origin),
  conversation: named<ConversationId>(chains.conversation),
  chain: named<ChainId>(chains.chain),
  index,
});

test("conversation and chain have their golden ids, whoever is named first", () => {
  const [alice, bob] = chains.accounts;

  const conversation = directConversation(chains.network, named(alice), named(bob));

  expect(conversation).toBe(chains.conversation);
  expect(directConversation(chains.network, named(bob), named(alice))).toBe(conversation);
  expect(chainId(chains.network, conversation, named(chains.origin), firstKey)).toBe(chains.chain);
});

describe("the golden chain", () => {
  test("steps to the golden keys", () => {
    let key = firstKey;

    for (const message of chains.messages) {
      const { next, messageKey } = stepChain(key);
      expect([encode(next), encode(messageKey)]).toEqual([message.chain_key, message.message_key]);
      key = next;
    }
  });

  test.each(chains.messages)("seals and opens the golden message $index", (message) => {
    const key = decode(message.message_key, 32);
    const padded = pad(decode(message.content));

    expect(encode(padded)).toBe(message.padded);
    expect(encode(sealMessage(key, place(message.index), padded))).toBe(message.sealed);
    expect(unpad(openMessage(key, place(message.index), decode(message.sealed)))).toEqual(
      decode(message.content),
    );
  });

  test("opens in any order, each index once", () => {
    let chain = newReceivingChain(firstKey);
    const opened: string[] = [];

    for (const index of [3, 1, 5, 2, 4]) {
      const message = chains.messages[index - 1];
      const { messageKey, rest } = keyAt(chain, index);
      opened.push(encode(messageKey));
      expect(messageKey).toEqual(decode(message?.message_key ?? ""));
      chain = rest;
      expect(hasOpened(chain, index)).toBe(true);
    }

    expect(new Set(opened).size).toBe(5);
    expect(chain.skipped.size).toBe(0);
    expect(() => keyAt(chain, 3)).toThrow(expect.objectContaining({ code: "cannot_open" }));
  });

  test("does not keep keys for more than 2,048 messages that have not come", () => {
    const chain = newReceivingChain(firstKey);

    expect(keyAt(chain, 2_049).rest.skipped.size).toBe(2_048);
    expect(() => keyAt(chain, 2_050)).toThrow(expect.objectContaining({ code: "chain_gap" }));
  });

  test("a body does not open at another place", () => {
    const [message] = chains.messages;
    const key = decode(message?.message_key ?? "");

    expect(() => openMessage(key, place(2), decode(message?.sealed ?? ""))).toThrow(
      expect.objectContaining({ code: "cannot_open" }),
    );
  });
});

describe("padding", () => {
  test.each(chains.padding)("$content_bytes bytes take $padded_bytes", (sizes) => {
    const content = new Uint8Array(sizes.content_bytes).fill(7);

    const padded = pad(content);

    expect(padded.length).toBe(sizes.padded_bytes);
    expect(unpad(padded)).toEqual(content);
  });

  test("anything that padding does not write is refused", () => {
    const tooLong = new Uint8Array(512);
    const dirty = pad(new Uint8Array(3));
    dirty[255] = 1;
    const lying = new Uint8Array(256).fill(255);

    for (const padded of [tooLong, dirty, lying, new Uint8Array(3)]) {
      expect(() => unpad(padded)).toThrow(expect.objectContaining({ code: "cannot_open" }));
    }
  });
});

describe("sealing", () => {
  const seed = decode(sealing.seed, 32);
  const info = chainStartInfo(
    sealing.network,
    named(sealing.conversation),
    named(sealing.chain),
    named(sealing.origin),
    named(sealing.recipient),
    named(sealing.key_id),
  );

  test("a seed gives the golden public key, and that its golden name", async () => {
    const key = await publicKeyOf(seed);

    expect(encode(key)).toBe(sealing.public);
    expect(sealingKeyId(key)).toBe(sealing.key_id);
  });

  test("what Python sealed opens", async () => {
    expect(encode(info)).toBe(sealing.info);
    expect(encode(await open(seed, info, decode(sealing.sealed)))).toBe(sealing.text);
  });

  test("what is sealed opens with its seed and purpose, and with no other", async () => {
    const text = decode(sealing.text);
    const sealed = await seal(decode(sealing.public), info, text);

    expect(sealed.length).toBe(1_120 + text.length + 16);
    expect(await open(seed, info, sealed)).toEqual(text);
    await expect(open(seed, info.slice(1), sealed)).rejects.toThrow();
    await expect(open(seed.slice().fill(1), info, sealed)).rejects.toThrow();
  });

  test.each([
    ["nothing", new Uint8Array()],
    ["one byte short", decode(sealing.public).slice(1)],
    ["one byte more", concat(decode(sealing.public), new Uint8Array(1))],
    ["coefficients past the modulus", decode(sealing.public).fill(0xff, 0, 1_184)],
  ])("nothing is sealed to what is no key: %s", async (_, key) => {
    await expect(seal(key, info, decode(sealing.text))).rejects.toMatchObject({ code: "bad_key" });
  });

  test.each([0, 1, 1_088, 1_119, 1_120, 1_135])(
    "cut to %i bytes it does not open",
    async (size) => {
      const cut = decode(sealing.sealed).slice(0, size);

      await expect(open(seed, info, cut)).rejects.toMatchObject({ code: "cannot_open" });
    },
  );
});

// Source: draft-connolly-cfrg-xwing-kem, appendix C.
test.each((golden("xwing.json") as { cases: Exchanged[] }).cases)(
  "X-Wing shares what is published, %#",
  async ({ seed, pk, ct, ss }) => {
    const kem = new XWing();
    const { privateKey: recipientKey } = await kem.generateKeyPairDerand(bytesOf(seed));

    const shared = await kem.decap({ recipientKey, enc: bytesOf(ct).buffer });

    expect(await publicKeyOf(bytesOf(seed))).toEqual(bytesOf(pk));
    expect(new Uint8Array(shared)).toEqual(bytesOf(ss));
  },
);
