// Owns what is promised of bytes and text. docs/protocol.md, introduction.

import { describe, expect, test } from "vitest";

import { decode, encode, lengthPrefixed, readUtf8, utf8 } from "../../src/protocol/encoding";
import { SeededRandom } from "../machine/keys";

test("bytes of any length come back from their text", () => {
  const random = new SeededRandom("base64url");

  for (let size = 0; size < 100; size++) {
    const bytes = random.bytes(size);
    const text = encode(bytes);
    expect(text).toBe(Buffer.from(bytes).toString("base64url"));
    expect(decode(text, size)).toEqual(bytes);
  }
});

describe("text that stands for no bytes, or is not their only text", () => {
  test.each(["A", "AB=", "AA==", "AB", "AAB", "A+", "A/", "Ä", " AA", "AAAAA", "A\nAA"])(
    "%j",
    (text) => {
      expect(() => decode(text)).toThrow(expect.objectContaining({ code: "malformed" }));
    },
  );
});

test("text of another size than wanted is refused", () => {
  expect(() => decode("AAAA", 2)).toThrow();
  expect(() => decode("AAAA", 4)).toThrow();
});

test("parts are joined behind their lengths, so that no two lists are the same bytes", () => {
  const joined = lengthPrefixed("ü", new Uint8Array([7]));

  expect([...joined]).toEqual([0, 0, 0, 2, 0xc3, 0xbc, 0, 0, 0, 1, 7]);
  expect(lengthPrefixed("ab", "c")).not.toEqual(lengthPrefixed("a", "bc"));
});

test("bytes that are not UTF-8 are refused, and a mark at the front stays", () => {
  expect(() => readUtf8(new Uint8Array([0xff]))).toThrow(
    expect.objectContaining({ code: "malformed" }),
  );
  expect(readUtf8(utf8("\ufeffa"))).toBe("\ufeffa");
});
