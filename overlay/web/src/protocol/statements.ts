/** Reading the signed statements of others in one network, and preparing our own. Section 3. */

import { leafHash, Verifier } from "./batches";
import { encode } from "./encoding";
import { named, type LeafHash } from "./ids";
import type { PublicKeys } from "./keys";
import type { Signed } from "./signed";
import { readText, type Kind, type TextOf } from "./texts";

/** A statement that its signer made: the reading, the text as it travels, its leaf hash. */
export interface Verified<Value> {
  readonly value: Value;
  readonly signed: Signed;
  readonly leaf: LeafHash;
}

/** Verifies and reads. Raises `bad_key`, `bad_signature`, `mismatch`, `malformed` or `too_large`. */
export class StatementReader {
  private readonly verifier: Verifier;

  constructor(network: string, keys: PublicKeys) {
    this.verifier = new Verifier(network, keys);
  }

  get signaturesChecked(): number {
    return this.verifier.signaturesChecked;
  }

  read<Some extends Kind>(kind: Some, signed: Signed): Verified<TextOf<Some>> {
    const leaf = named<LeafHash>(encode(this.verifier.verify(signed)));
    return { value: readText(kind, signed), signed, leaf };
  }
}

/** The leaf hash alone of a statement that we have not signed yet, or that is only named. */
export const leafOf = (network: string, kind: string, signer: string, text: string): LeafHash =>
  named(encode(leafHash(network, kind, signer, text)));
