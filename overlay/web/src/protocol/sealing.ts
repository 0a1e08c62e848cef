/** HPKE with the post-quantum hybrid X-Wing. docs/protocol.md, section 9.2. Asynchronous: for the runtime. */

import { Aes256Gcm, CipherSuite, HkdfSha256, type SenderContext } from "@hpke/core";
import { XWing } from "@hpke/hybridkem-x-wing";
import { concat, littleEndian } from "./encoding";
import { RemoteError } from "./errors";

const ENCAPSULATED_BYTES = 1_120;
const KEY_BYTES = 1_216;
const CURVE_BYTES = 32;
const FIELD = 2n ** 255n - 19n;

const suite = new CipherSuite({
  kem: new XWing(),
  kdf: new HkdfSha256(),
  aead: new Aes256Gcm(),
});

/** A copy whose buffer holds nothing else: what WebCrypto and the HPKE library take. */
const buffer = (bytes: Uint8Array): ArrayBuffer => new Uint8Array(bytes).buffer;

/**
 * Whether what ends a key, or an encapsulated one, is the only text of its curve point.
 *
 * X25519 itself takes others, as RFC 7748 asks. Points of small order the library refuses.
 */
const isCanonical = (key: Uint8Array): boolean => littleEndian(key.slice(-CURVE_BYTES)) < FIELD;

/** The public half, 1,216 bytes, of the key that `seed` (32 bytes) is. */
export async function publicKeyOf(seed: Uint8Array): Promise<Uint8Array> {
  const { publicKey } = await new XWing().generateKeyPairDerand(seed);
  return new Uint8Array(await suite.kem.serializePublicKey(publicKey));
}

/** Encapsulated key and ciphertext together. Rejects with `bad_key` where `key` is no sealing key. */
export async function seal(
  key: Uint8Array,
  info: Uint8Array,
  text: Uint8Array,
): Promise<Uint8Array> {
  const sender = await senderTo(key, info);
  const ciphertext = await sender.seal(buffer(text));
  return concat(new Uint8Array(sender.enc), new Uint8Array(ciphertext));
}

async function senderTo(key: Uint8Array, info: Uint8Array): Promise<SenderContext> {
  if (key.length !== KEY_BYTES || !isCanonical(key)) {
    throw new RemoteError("bad_key", "not a sealing key");
  }
  try {
    const recipientPublicKey = await suite.kem.deserializePublicKey(buffer(key));
    return await suite.createSenderContext({ recipientPublicKey, info: buffer(info) });
  } catch {
    throw new RemoteError("bad_key", "not a sealing key"); // so says the library by throwing
  }
}

/** Rejects with `cannot_open` for what was not sealed to this key with this `info`. */
export async function open(
  seed: Uint8Array,
  info: Uint8Array,
  sealed: Uint8Array,
): Promise<Uint8Array> {
  const encapsulated = sealed.subarray(0, ENCAPSULATED_BYTES);
  try {
    if (!isCanonical(encapsulated)) throw new RangeError("a curve point in another text");
    const { privateKey } = await new XWing().generateKeyPairDerand(seed);
    const recipient = await suite.createRecipientContext({
      recipientKey: privateKey,
      enc: buffer(encapsulated),
      info: buffer(info),
    });
    return new Uint8Array(await recipient.open(buffer(sealed.subarray(ENCAPSULATED_BYTES))));
  } catch {
    throw new RemoteError("cannot_open", "not sealed to this key, or not for this purpose");
  }
}
