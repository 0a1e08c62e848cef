/** Our secrets: made here, kept by the browser, and as far as it can without ever leaving it. */

import { ed25519 } from "@noble/curves/ed25519.js";
import type { OurKey } from "../machine/effects";
import type { Identity } from "../machine/state/standing";
import { sealingKeyId } from "../protocol/chains";
import { decode, encode, utf8 } from "../protocol/encoding";
import { named, type AccountId, type ClientId } from "../protocol/ids";
import { open, publicKeyOf } from "./hpke";

const IV_BYTES = 12;
const SEED_BYTES = 32;
const SOFTWARE = "overlay-page/0.1.0";

/** Bytes under the vault's own key, bound to what they are for. */
export interface Locked {
  readonly iv: Uint8Array<ArrayBuffer>;
  readonly data: ArrayBuffer;
}

/** A key that signs: the browser's own, or, where it knows no Ed25519, a locked seed. */
type SigningSecret =
  | { readonly kind: "browser"; readonly id: string; readonly key: CryptoKey }
  | { readonly kind: "seed"; readonly id: string; readonly seed: Locked };

/** What is kept in IndexedDB. Nothing of it can be read without this browser's own keys. */
export interface Secrets {
  readonly name: string;
  /** AES-256-GCM, not extractable: locks the sealing seed and every row. */
  readonly lock: CryptoKey;
  readonly client: SigningSecret;
  readonly account: SigningSecret;
  readonly sealingKey: string;
  readonly sealingSeed: Locked;
}

const random = (sizeBytes: number): Uint8Array<ArrayBuffer> =>
  crypto.getRandomValues(new Uint8Array(sizeBytes));

export async function lockBytes(
  lock: CryptoKey,
  purpose: string,
  bytes: Uint8Array,
): Promise<Locked> {
  const iv = random(IV_BYTES);
  const algorithm = { name: "AES-GCM", iv, additionalData: new Uint8Array(utf8(purpose)) };
  return { iv, data: await crypto.subtle.encrypt(algorithm, lock, new Uint8Array(bytes)) };
}

/** Rejects for bytes that were not locked with this key for this purpose. */
export async function unlockBytes(
  lock: CryptoKey,
  purpose: string,
  { iv, data }: Locked,
): Promise<Uint8Array> {
  const algorithm = { name: "AES-GCM", iv, additionalData: new Uint8Array(utf8(purpose)) };
  return new Uint8Array(await crypto.subtle.decrypt(algorithm, lock, data));
}

/** A new person at a new client. */
export async function createSecrets(name: string): Promise<Secrets> {
  const algorithm = { name: "AES-GCM", length: 256 };
  const lock = await crypto.subtle.generateKey(algorithm, false, ["encrypt", "decrypt"]);
  const seed = random(SEED_BYTES);
  return {
    name,
    lock,
    client: await createSigning(lock, "client"),
    account: await createSigning(lock, "account"),
    sealingKey: encode(await publicKeyOf(seed)),
    sealingSeed: await lockBytes(lock, "sealing seed", seed),
  };
}

async function createSigning(lock: CryptoKey, purpose: OurKey): Promise<SigningSecret> {
  try {
    const pair = await crypto.subtle.generateKey({ name: "Ed25519" }, false, ["sign", "verify"]);
    if (!("privateKey" in pair)) throw new TypeError("no key pair");
    const id = encode(new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey)));
    return { kind: "browser", id, key: pair.privateKey };
  } catch {
    // This browser knows no Ed25519: the seed is kept locked, and used by the library.
    const seed = random(SEED_BYTES);
    const id = encode(ed25519.getPublicKey(seed));
    return { kind: "seed", id, seed: await lockBytes(lock, `${purpose} seed`, seed) };
  }
}

/** Performs what needs our secrets. The machine gets results, never a secret. */
export class Vault {
  private readonly secrets: Secrets;

  constructor(secrets: Secrets) {
    this.secrets = secrets;
  }

  /** The public half. */
  get identity(): Identity {
    const { name, client, account, sealingKey } = this.secrets;
    return {
      client: named<ClientId>(client.id),
      account: named<AccountId>(account.id),
      name,
      sealingKey,
      sealingKeyId: sealingKeyId(decode(sealingKey)),
      software: SOFTWARE,
    };
  }

  async sign(which: OurKey, bytes: Uint8Array): Promise<Uint8Array> {
    const secret = this.secrets[which];
    if (secret.kind === "browser") {
      const signature = await crypto.subtle.sign("Ed25519", secret.key, new Uint8Array(bytes));
      return new Uint8Array(signature);
    }
    const seed = await unlockBytes(this.secrets.lock, `${which} seed`, secret.seed);
    return ed25519.sign(bytes, seed);
  }

  /** The text, or null where it was not sealed to our key for this purpose. */
  async open(info: Uint8Array, sealed: Uint8Array): Promise<Uint8Array | null> {
    const { lock, sealingSeed } = this.secrets;
    const seed = await unlockBytes(lock, "sealing seed", sealingSeed);
    try {
      return await open(seed, info, sealed);
    } catch {
      return null;
    }
  }
}
