// Owns what is promised of signatures over batches. docs/protocol.md, sections 3.2 and 3.3.

import { describe, expect, test } from "vitest";

import { leafHash, makeBatch, rootOf, Verifier } from "../../src/protocol/batches";
import { decode, encode } from "../../src/protocol/encoding";
import { PublicKeys } from "../../src/protocol/keys";
import type { Signed } from "../../src/protocol/signed";
import { golden, type GoldenSignatures } from "../golden";

const { batches } = golden("golden_signatures.json") as GoldenSignatures;
const [alone, ofTwo] = batches;
if (alone === undefined || ofTwo === undefined) throw new Error("the golden file is empty");

type Batch = (typeof batches)[number];

const signedTexts = (batch: Batch): Signed[] =>
  batch.texts.map(({ kind, text, index, path }) => ({
    kind,
    signer: batch.signer,
    signed: text,
    signature: batch.signature,
    index,
    path,
  }));

describe.each(batches)("a golden batch in $network by $signer", (batch) => {
  test("every text has its golden leaf and verifies, at the cost of one signature", () => {
    const verifier = new Verifier(batch.network, new PublicKeys());

    const leaves = signedTexts(batch).map((signed) => encode(verifier.verify(signed)));

    expect(leaves).toEqual(batch.texts.map(({ leaf }) => leaf));
    expect(verifier.signaturesChecked).toBe(1);
  });

  test("a batch made of the same texts has the same root and paths", () => {
    const leaves = batch.texts.map(({ kind, text }) =>
      leafHash(batch.network, kind, batch.signer, text),
    );

    const { root, paths } = makeBatch(leaves);

    expect(encode(root)).toBe(batch.root);
    expect(paths.map((path) => path.map(encode))).toEqual(batch.texts.map(({ path }) => path));
  });

  test("a text that was changed is refused", () => {
    const verifier = new Verifier(batch.network, new PublicKeys());
    const [first] = signedTexts(batch);

    expect(() => verifier.verify({ ...first, signed: "another text" } as Signed)).toThrow(
      expect.objectContaining({ code: "bad_signature" }),
    );
  });

  test("in another network nothing of it verifies", () => {
    const verifier = new Verifier("another", new PublicKeys());

    for (const signed of signedTexts(batch)) {
      expect(() => verifier.verify(signed)).toThrow();
    }
  });
});

test("a known root with another signature is checked again, and refused", () => {
  const batch = ofTwo;
  const verifier = new Verifier(batch.network, new PublicKeys());
  const [first, second] = signedTexts(batch) as [Signed, Signed];
  verifier.verify(first);

  const forged = { ...second, signature: alone.signature };

  expect(() => verifier.verify(forged)).toThrow(expect.objectContaining({ code: "bad_signature" }));
  expect(verifier.signaturesChecked).toBe(2);
});

test("a place that the tree does not have is refused", () => {
  const leaf = decode(alone.root, 32);

  expect(() => rootOf(leaf, 1, [])).toThrow(expect.objectContaining({ code: "bad_signature" }));
  expect(() => rootOf(leaf, 0, Array<Uint8Array>(7).fill(leaf))).toThrow();
});
