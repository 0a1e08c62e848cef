// Owns keys and randomness of the test world: repeatable, and secret to nobody.

import { gcm } from "@noble/ciphers/aes.js";
import { ed25519 } from "@noble/curves/ed25519.js";
import { sha256 } from "@noble/hashes/sha2.js";

import { makeBatch, leafHash, rootBytes } from "../../src/protocol/batches";
import { sealingKeyId } from "../../src/protocol/chains";
import { encode, lengthPrefixed, utf8 } from "../../src/protocol/encoding";
import type { KeyId } from "../../src/protocol/ids";
import type { Random } from "../../src/protocol/random";
import type { Signed } from "../../src/protocol/signed";

/** Repeats itself from the same seed. */
export class SeededRandom implements Random {
  private state: Uint8Array;

  constructor(seed: string) {
    this.state = sha256(utf8(seed));
  }

  bytes(sizeBytes: number): Uint8Array {
    const bytes = new Uint8Array(sizeBytes);
    for (let at = 0; at < sizeBytes; at += 32) {
      this.state = sha256(this.state);
      bytes.set(this.state.subarray(0, Math.min(32, sizeBytes - at)), at);
    }
    return bytes;
  }

  fraction(): number {
    return new DataView(this.bytes(4).buffer).getUint32(0) / 2 ** 32;
  }
}

export class TestKey {
  readonly id: string;
  private readonly secret: Uint8Array;

  constructor(name: string) {
    this.secret = sha256(utf8(`a test's key: ${name}`));
    this.id = encode(ed25519.getPublicKey(this.secret));
  }

  sign(message: Uint8Array): Uint8Array {
    return ed25519.sign(message, this.secret);
  }

  /** One statement under a signature of its own, with any text. */
  state(network: string, kind: string, text: string): Signed {
    const { root } = makeBatch([leafHash(network, kind, this.id, text)]);
    const signature = encode(this.sign(rootBytes(network, root)));
    return { kind, signer: this.id, signed: text, signature, index: 0, path: [] };
  }
}

const ENCAPSULATED_BYTES = 1_120;

/** Takes the place of HPKE, which draws randomness of its own: same lengths, no secrecy. */
export class TestSealing {
  readonly key: Uint8Array;
  readonly keyId: KeyId;

  constructor(name: string) {
    this.key = new SeededRandom(`sealing key of ${name}`).bytes(1_216);
    this.keyId = sealingKeyId(this.key);
  }

  static seal(key: Uint8Array, info: Uint8Array, text: Uint8Array): Uint8Array {
    const sealed = gcm(sha256(lengthPrefixed(key, info)), new Uint8Array(12)).encrypt(text);
    const whole = new Uint8Array(ENCAPSULATED_BYTES + sealed.length);
    whole.set(sealed, ENCAPSULATED_BYTES);
    return whole;
  }

  open(info: Uint8Array, sealed: Uint8Array): Uint8Array | null {
    try {
      const key = sha256(lengthPrefixed(this.key, info));
      return gcm(key, new Uint8Array(12)).decrypt(sealed.subarray(ENCAPSULATED_BYTES));
    } catch {
      return null;
    }
  }
}
