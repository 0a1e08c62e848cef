// Owns what is promised of public keys and signatures. docs/protocol.md, section 3.4.

import { describe, expect, test } from "vitest";

import { decode, utf8 } from "../../src/protocol/encoding";
import { PublicKeys } from "../../src/protocol/keys";
import { golden, type RefusedKeys } from "../golden";

const refused = golden("refused_keys.json") as RefusedKeys;

describe("keys that no implementation may take", () => {
  test.each(refused.keys)("$name", ({ key }) => {
    const keys = new PublicKeys();

    expect(() => {
      keys.check(key);
    }).toThrow();
  });
});

describe("signatures that no implementation may take", () => {
  test.each(refused.signatures)("$name", ({ key, text, signature }) => {
    const keys = new PublicKeys();

    expect(() => {
      keys.verify(key, utf8(text), decode(signature));
    }).toThrow();
  });
});

test("a good signature verifies, also by a key that is remembered", () => {
  const { key, text, signature } = refused.control;
  const keys = new PublicKeys();

  keys.verify(key, utf8(text), decode(signature, 64));
  keys.verify(key, utf8(text), decode(signature, 64));
});

test("a good signature is not one for another text", () => {
  const { key, text, signature } = refused.control;
  const keys = new PublicKeys();

  expect(() => {
    keys.verify(key, utf8(`${text}!`), decode(signature, 64));
  }).toThrow(expect.objectContaining({ code: "bad_signature" }));
});
