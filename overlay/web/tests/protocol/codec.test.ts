// Owns what is promised of frames and signed texts. docs/protocol.md, sections 1.2, 3.1 and 7.1.

import { describe, expect, test } from "vitest";

import { decodeFrame } from "../../src/protocol/codec";
import type { Signed } from "../../src/protocol/signed";
import { readText, writeText } from "../../src/protocol/texts";
import { TestKey } from "../machine/keys";

const ID = "A".repeat(43);
const SALT = "A".repeat(22);
const frame = (...messages: unknown[]): string => JSON.stringify(messages);

const signed = (kind: string, text: unknown): Signed => ({
  ...{ kind, signer: ID, signed: JSON.stringify(text) },
  ...{ signature: "A".repeat(86), index: 0, path: [] },
});

test("optional fields may be left out or null", () => {
  const refusal = { type: "refusal", code: "busy" };
  const full = { detail: "", number: null, request: null, retry_after_ms: null };

  expect(decodeFrame(frame(refusal, { ...refusal, ...full }))).toEqual([
    { ...refusal, ...full },
    { ...refusal, ...full },
  ]);
});

test("of a duplicate key the last counts", () => {
  expect(decodeFrame('[{"type":"ack","number":1,"number":2}]')).toEqual([
    { type: "ack", number: 2 },
  ]);
});

test("a frame of exactly the limits is read", () => {
  const messages = Array.from({ length: 256 }, () => ({ type: "heartbeat" }));

  expect(decodeFrame(frame(...messages))).toHaveLength(256);
});

test("more envelopes than a frame may hold are refused", () => {
  const deliver = (number: number) => ({
    type: "deliver",
    number,
    envelope: signed("message", {}),
  });
  const delivers = Array.from({ length: 65 }, (_, at) => deliver(at + 1));

  expect(decodeFrame(frame(...delivers.slice(1)))).toHaveLength(64);
  expect(() => decodeFrame(frame(...delivers))).toThrow(
    expect.objectContaining({ code: "malformed" }),
  );
});

test("a name is measured in characters, not in halves of them", () => {
  const homes = (name: string) =>
    frame({ type: "homes", homes: [{ id: ID, name, address: "ws://x" }] });

  expect(decodeFrame(homes("🌻".repeat(64)))).toHaveLength(1);
  expect(() => decodeFrame(homes("🌻".repeat(65)))).toThrow();
  expect(() => decodeFrame(homes("\ud83c"))).toThrow();
  expect(() => decodeFrame(homes("new\nline"))).toThrow();
});

test.each(["__proto__", "constructor", "toString"])(
  "a field named %s is unknown as well",
  (name) => {
    expect(() => decodeFrame(`[{"type":"ack","number":1,"${name}":{}}]`)).toThrow(
      expect.objectContaining({ code: "malformed" }),
    );
  },
);

describe("signed texts", () => {
  const wanted = { kind: "chain_wanted", signer: ID, salt: SALT, incarnation: 1, counter: 1 };
  const complete = { ...wanted, recipients: [ID], chain: ID };

  test("unknown fields are ignored", () => {
    const value = readText("chain_wanted", signed("chain_wanted", { ...complete, later: [1] }));

    expect(value).toEqual(Object.fromEntries(Object.entries(complete).slice(1)));
  });

  test("what was written is read again", () => {
    const { id } = new TestKey("alice");
    const statement = { version: 1, name: "Älice", clients: [id], revoked: [], previous: null };
    const text = writeText("account", id, SALT, statement as never);

    const value = readText("account", { ...signed("account", {}), signer: id, signed: text });

    expect(value).toEqual({ signer: id, salt: SALT, ...statement });
  });

  test.each([
    ["mismatch", { ...complete, kind: "receipt" }],
    ["mismatch", { ...complete, signer: "B".repeat(42) + "A" }],
    ["malformed", wanted],
    ["malformed", { ...complete, counter: 0 }],
    ["malformed", { ...complete, counter: 2 ** 53 }],
    ["malformed", { ...complete, recipients: [] }],
    ["malformed", { ...complete, recipients: [ID, ID] }],
    ["malformed", { ...complete, chain: `${"A".repeat(42)}B` }],
    ["malformed", []],
    ["malformed", null],
  ])("%s: %j", (code, text) => {
    expect(() => readText("chain_wanted", signed("chain_wanted", text))).toThrow(
      expect.objectContaining({ code }),
    );
  });

  test("a long record is too large", () => {
    const text = { ...complete, more: "x".repeat(16_384) };

    expect(() => readText("account", signed("account", text))).toThrow(
      expect.objectContaining({ code: "too_large" }),
    );
  });
});
