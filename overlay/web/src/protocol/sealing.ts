/** HPKE with the post-quantum hybrid X-Wing. docs/protocol.md, section 9.2. Asynchronous: for the runtime. */

import { Aes256Gcm, CipherSuite, HkdfSha256 } from "@hpke/core";
import { XWing } from "@hpke/hybridkem-x-wing";
import { concat } from "./encoding";
import { RemoteError } from "./errors";

const ENCAPSULATED_BYTES = 1_120;

const suite = new CipherSuite({
  kem: new XWing(),
  kdf: new HkdfSha256(),
  aead: new Aes256Gcm(),
});

/** A copy whose buffer holds nothing else: what WebCrypto and the HPKE library take. */
const buffer = (bytes: Uint8Array): ArrayBuffer => new Uint8Array(bytes).buffer;

/** The public half, 1,216 bytes, of the key that `seed` (32 bytes) is. */
export async function publicKeyOf(seed: Uint8Array): Promise<Uint8Array> {
  const { publicKey } = await new XWing().generateKeyPairDerand(seed);
  return new Uint8Array(await suite.kem.serializePublicKey(publicKey));
}

/** Encapsulated key and ciphertext together. Rejects where `key` is no sealing key. */
export async function seal(
  key: Uint8Array,
  info: Uint8Array,
  text: Uint8Array,
): Promise<Uint8Array> {
  const recipientPublicKey = await suite.kem.deserializePublicKey(buffer(key));
  const sender = await suite.createSenderContext({ recipientPublicKey, info: buffer(info) });
  const ciphertext = await sender.seal(buffer(text));
  return concat(new Uint8Array(sender.enc), new Uint8Array(ciphertext));
}

/** Rejects with `cannot_open` for what was not sealed to this key with this `info`. */
export async function open(
  seed: Uint8Array,
  info: Uint8Array,
  sealed: Uint8Array,
): Promise<Uint8Array> {
  try {
    const { privateKey } = await new XWing().generateKeyPairDerand(seed);
    const recipient = await suite.createRecipientContext({
      recipientKey: privateKey,
      enc: buffer(sealed.subarray(0, ENCAPSULATED_BYTES)),
      info: buffer(info),
    });
    return new Uint8Array(await recipient.open(buffer(sealed.subarray(ENCAPSULATED_BYTES))));
  } catch {
    throw new RemoteError("cannot_open", "not sealed to this key, or not for this purpose");
  }
}
