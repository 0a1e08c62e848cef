/** Signatures that cover a batch of texts. docs/protocol.md, sections 3.2 and 3.3. */

import { sha256 } from "@noble/hashes/sha2.js";
import { BATCH_LEAVES_MAX, VERIFIED_ROOTS_MAX } from "../limits";
import { concat, decode, encode, hashOf, utf8 } from "./encoding";
import { RemoteError } from "./errors";
import type { PublicKeys } from "./keys";
import type { Signed } from "./signed";

const INNER = utf8("overlay/1/inner\0");
const ROOT = utf8("overlay/1/root\0");
const PATH_MAX = Math.log2(BATCH_LEAVES_MAX);

export const leafHash = (network: string, kind: string, signer: string, text: string): Uint8Array =>
  hashOf("overlay/1/leaf", network, kind, signer, text);

/** What is signed for a batch with this root. */
export const rootBytes = (network: string, root: Uint8Array): Uint8Array =>
  concat(ROOT, utf8(`${network}\0`), root);

const innerHash = (left: Uint8Array, right: Uint8Array): Uint8Array =>
  sha256(concat(INNER, left, right));

export interface Batch {
  readonly root: Uint8Array;
  /** For each leaf its siblings, from the leaf upwards. */
  readonly paths: readonly (readonly Uint8Array[])[];
}

/** The tree over 1 … 64 leaves. */
export function makeBatch(leaves: readonly Uint8Array[]): Batch {
  const paths: Uint8Array[][] = leaves.map(() => []);
  let level = [...leaves];
  while ((level.length & (level.length - 1)) !== 0) level.push(new Uint8Array(32));
  for (let height = 0; level.length > 1; height++) {
    const below = level;
    paths.forEach((path, leaf) => path.push(nodeAt(below, (leaf >> height) ^ 1)));
    level = below
      .filter((_, at) => at % 2 === 0)
      .map((left, at) => innerHash(left, nodeAt(below, 2 * at + 1)));
  }
  return { root: nodeAt(level, 0), paths };
}

function nodeAt(level: readonly Uint8Array[], at: number): Uint8Array {
  const node = level[at];
  if (node === undefined) throw new RangeError("a batch has 1 to 64 leaves");
  return node;
}

/** The root that `path` leads to. Raises `bad_signature` where no tree has such a place. */
export function rootOf(leaf: Uint8Array, index: number, path: readonly Uint8Array[]): Uint8Array {
  if (path.length > PATH_MAX || index >= 2 ** path.length) {
    throw new RemoteError("bad_signature", "no batch has such a place");
  }
  return path.reduce(
    (node, sibling, height) =>
      (index >> height) % 2 === 0 ? innerHash(node, sibling) : innerHash(sibling, node),
    leaf,
  );
}

/**
 * Checks texts against their proofs, each root's signature only once.
 *
 * A root counts as checked for one signer and all 64 bytes of one signature;
 * the last used 1,024 are remembered, and only what verified.
 */
export class Verifier {
  private readonly network: string;
  private readonly keys: PublicKeys;
  private readonly checked = new Set<string>();
  /** How often Ed25519 had to be asked. */
  signaturesChecked = 0;

  constructor(network: string, keys: PublicKeys) {
    this.network = network;
    this.keys = keys;
  }

  /** The leaf of what its signer signed. Raises `bad_key` or `bad_signature`. */
  verify(signed: Signed): Uint8Array {
    const leaf = leafHash(this.network, signed.kind, signed.signer, signed.signed);
    const path = signed.path.map((step) => decode(step, 32));
    const root = rootOf(leaf, signed.index, path);
    const name = `${signed.signer} ${signed.signature} ${encode(root)}`;
    if (!this.checked.delete(name)) this.check(signed, root);
    this.checked.add(name);
    for (const oldest of this.checked) {
      if (this.checked.size <= VERIFIED_ROOTS_MAX) break;
      this.checked.delete(oldest);
    }
    return leaf;
  }

  private check(signed: Signed, root: Uint8Array): void {
    this.signaturesChecked += 1;
    this.keys.verify(signed.signer, rootBytes(this.network, root), decode(signed.signature, 64));
  }
}
