/**
 * Keys of messages: a chain of one origin client in one conversation. docs/protocol.md, sections 9.1 to 9.4.
 *
 * AES-GCM and HKDF come from @noble, not from WebCrypto: WebCrypto answers later, and a machine that had
 * to wait between two steps of a chain would need a state for every message that it is about to open.
 * HPKE, which draws randomness of its own, stays outside of the machine.
 */

import { gcm } from "@noble/ciphers/aes.js";
import { hkdf } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { CHAIN_SKIPPED_MAX } from "../limits";
import { bigEndian, concat, decode, encode, hashOf, lengthPrefixed, utf8 } from "./encoding";
import { RemoteError } from "./errors";
import {
  named,
  type AccountId,
  type ChainId,
  type ClientId,
  type ConversationId,
  type KeyId,
} from "./ids";

export const SUITE = "MLKEM768-X25519/HKDF-SHA256/AES-256-GCM";

const STEP = utf8("overlay/1/step");
/** Always the same: every key seals one message. */
const NONCE = new Uint8Array(12);

/** The conversation of two accounts, in whatever order they are given. */
export function directConversation(
  network: string,
  one: AccountId,
  other: AccountId,
): ConversationId {
  const [lower, higher] = one < other ? [one, other] : [other, one];
  return named(encode(hashOf("overlay/1/direct", network, lower, higher)));
}

/** The id of the chain that starts with `firstKey`: it commits the origin to that key. */
export const chainId = (
  network: string,
  conversation: ConversationId,
  origin: ClientId,
  firstKey: Uint8Array,
): ChainId => named(encode(hashOf("overlay/1/chain", network, conversation, origin, firstKey)));

/** The `info` of a chain start: it opens for what it was sealed for, or not at all. */
export const chainStartInfo = (
  network: string,
  conversation: ConversationId,
  chain: ChainId,
  origin: ClientId,
  recipient: ClientId,
  keyId: KeyId,
): Uint8Array => lengthPrefixed(SUITE, network, conversation, chain, origin, recipient, keyId);

/** The next chain key and the message key beside it. */
export function stepChain(chainKey: Uint8Array): { next: Uint8Array; messageKey: Uint8Array } {
  const derived = hkdf(sha256, chainKey, new Uint8Array(0), STEP, 64);
  return { next: derived.slice(0, 32), messageKey: derived.slice(32) };
}

/** What a message key seals for: one place in one chain. */
export interface Place {
  readonly origin: ClientId;
  readonly conversation: ConversationId;
  readonly chain: ChainId;
  readonly index: number;
}

const associated = ({ origin, conversation, chain, index }: Place): Uint8Array =>
  concat(decode(origin, 32), decode(conversation, 32), decode(chain, 32), bigEndian(index, 8));

/** Seals padded `text` under a key that is used for nothing else. */
export const sealMessage = (key: Uint8Array, place: Place, text: Uint8Array): Uint8Array =>
  gcm(key, NONCE, associated(place)).encrypt(text);

/** Raises `cannot_open`. */
export function openMessage(key: Uint8Array, place: Place, body: Uint8Array): Uint8Array {
  try {
    return gcm(key, NONCE, associated(place)).decrypt(body);
  } catch {
    throw new RemoteError("cannot_open", "the body does not open");
  }
}

/** A receiving chain: every index below `nextIndex` is opened or has its key among the skipped ones. */
export interface ReceivingChain {
  readonly key: Uint8Array;
  readonly nextIndex: number;
  readonly skipped: ReadonlyMap<number, Uint8Array>;
}

export const newReceivingChain = (firstKey: Uint8Array): ReceivingChain => ({
  key: firstKey,
  nextIndex: 1,
  skipped: new Map(),
});

/** Whether the message at `index` was opened before, so that this is a duplicate. */
export const hasOpened = (chain: ReceivingChain, index: number): boolean =>
  index > 0 && index < chain.nextIndex && !chain.skipped.has(index);

/**
 * The key at `index`, and the chain that remains once it was used.
 *
 * Raises `chain_gap` where too many keys would have to be kept, `cannot_open`
 * where the key is gone. The given chain is unchanged.
 */
export function keyAt(
  chain: ReceivingChain,
  index: number,
): { messageKey: Uint8Array; rest: ReceivingChain } {
  if (index >= chain.nextIndex) return keyAhead(chain, index);
  const messageKey = chain.skipped.get(index);
  if (messageKey === undefined) throw new RemoteError("cannot_open", "opened before");
  const skipped = new Map(chain.skipped);
  skipped.delete(index);
  return { messageKey, rest: { ...chain, skipped } };
}

function keyAhead(
  chain: ReceivingChain,
  index: number,
): { messageKey: Uint8Array; rest: ReceivingChain } {
  if (chain.skipped.size + index - chain.nextIndex > CHAIN_SKIPPED_MAX) {
    throw new RemoteError("chain_gap", `index ${index} is too far ahead`);
  }
  const skipped = new Map(chain.skipped);
  let { next, messageKey } = stepChain(chain.key);
  for (let passed = chain.nextIndex; passed < index; passed++) {
    skipped.set(passed, messageKey);
    ({ next, messageKey } = stepChain(next));
  }
  return { messageKey, rest: { key: next, nextIndex: index + 1, skipped } };
}

/** Names a sealing key. Section 9.2. */
export const sealingKeyId = (key: Uint8Array): KeyId =>
  named(encode(hashOf("overlay/1/sealing-key", key).subarray(0, 16)));
