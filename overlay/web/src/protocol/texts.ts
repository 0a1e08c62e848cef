/** The texts that are signed, written once by their signer and read by everybody else. Sections 3.1, 5.2, 7.1. */

import {
  ACCOUNT_CLIENTS_MAX,
  BODY_CHARACTERS_MAX,
  INDEX_MAX,
  RECEIPT_RANGES_MAX,
  RECIPIENTS_MAX,
  RECORD_CHARACTERS_MAX,
  TEXT_BYTES_MAX,
} from "../limits";
import { RemoteError } from "./errors";
import type { AccountId, ChainId, ClientId, ConversationId, KeyId, LeafHash, NodeId } from "./ids";
import {
  CHANNEL,
  COUNT,
  HASH,
  NAME,
  NUMBER,
  SALT,
  base64url,
  id,
  integer,
  isObject,
  malformed,
  nullable,
  open,
  optional,
  pair,
  parseJson,
  sealed,
  several,
  single,
  text,
  type ReadBy,
  type Reader,
} from "./schema";
import type { Signed } from "./signed";

const SUITE_NAME = text(100);
const INDEX = integer(INDEX_MAX);
const BODY = sealed(BODY_CHARACTERS_MAX);

const byClient = { signer: id<ClientId>(), salt: SALT, incarnation: COUNT, counter: NUMBER };
const toOneClient = { ...byClient, recipients: single(id<ClientId>()) };
const inChain = { conversation: id<ConversationId>(), chain: id<ChainId>(), suite: SUITE_NAME };

const ARRIVED = open({
  chain: id<ChainId>(),
  ranges: several(pair(INDEX, INDEX), RECEIPT_RANGES_MAX, 1),
});

/** The kinds that a client reads. Node records, slots and bundle questions are for nodes alone. */
const READERS = {
  account: open({
    signer: id<AccountId>(),
    salt: SALT,
    version: COUNT,
    name: NAME,
    clients: several(id<ClientId>(), ACCOUNT_CLIENTS_MAX, 1),
    revoked: several(id<ClientId>(), ACCOUNT_CLIENTS_MAX),
    previous: nullable(HASH),
  }),
  presence: open({
    ...byClient,
    account: id<AccountId>(),
    home: id<NodeId>(),
    home_incarnation: COUNT,
    bundle: id<LeafHash>(),
  }),
  bundle: open({
    signer: id<ClientId>(),
    salt: SALT,
    account: id<AccountId>(),
    suite: SUITE_NAME,
    key_id: base64url<KeyId>(16),
    key: sealed(4_096),
  }),
  message: open({
    ...byClient,
    ...inChain,
    recipients: several(id<AccountId>(), RECIPIENTS_MAX, 1),
    index: integer(INDEX_MAX, 1),
    body: BODY,
  }),
  chain_start: open({ ...toOneClient, ...inChain, key_id: base64url<KeyId>(16), body: BODY }),
  receipt: open({
    ...toOneClient,
    arrived: several(ARRIVED, RECEIPT_RANGES_MAX, 1),
    sealing_key: optional(sealed(4_096), null),
  }),
  chain_wanted: open({ ...toOneClient, chain: id<ChainId>() }),
  unknown_key: open({ ...toOneClient, chain: id<ChainId>(), key_id: base64url<KeyId>(16) }),
  channel: open({
    ...byClient,
    account: id<AccountId>(),
    channel: CHANNEL,
    text: text(TEXT_BYTES_MAX, 1),
    sent_at: COUNT,
  }),
} satisfies Record<string, Reader<unknown>>;

export type Kind = keyof typeof READERS;
export type TextOf<Some extends Kind> = ReadBy<(typeof READERS)[Some]>;
export type AccountRecord = TextOf<"account">;
export type Presence = TextOf<"presence">;
export type Bundle = TextOf<"bundle">;
export type ChatMessage = TextOf<"message">;
export type ChainStart = TextOf<"chain_start">;
export type ChainRanges = ReadBy<typeof ARRIVED>;
export type ChannelMessage = TextOf<"channel">;

/** The kinds of envelope that a node may deliver to a client. */
export type EnvelopeKind = Exclude<Kind, "account" | "presence" | "bundle">;
const ENVELOPES: ReadonlySet<string> = new Set<EnvelopeKind>([
  ...(["message", "chain_start", "receipt"] as const),
  ...(["chain_wanted", "unknown_key", "channel"] as const),
]);
export const isEnvelopeKind = (kind: string): kind is EnvelopeKind => ENVELOPES.has(kind);

/** Kinds that travel inside other messages, which must hold them whatever they contain. */
const SHORT: ReadonlySet<string> = new Set<Kind>(["account", "presence", "bundle"]);

/** What a text of this kind says beside kind, signer and salt. */
export type Statement<Some extends Kind> = Omit<TextOf<Some>, "signer" | "salt">;

/** The text that its signer signs: made once, never to repeat what another signed. */
export const writeText = <Some extends Kind>(
  kind: Some,
  signer: string,
  salt: string,
  statement: Statement<Some>,
): string => JSON.stringify({ kind, signer, salt, ...statement });

/**
 * The reading of signed text, whose signature the caller checks.
 *
 * Raises `mismatch` where kind or signer outside it are others, `too_large` for a
 * long record or bundle, `malformed` where it is not of its kind.
 */
export function readText<Some extends Kind>(kind: Some, signed: Signed): TextOf<Some> {
  if (signed.kind !== kind) throw new RemoteError("mismatch", "another kind than belongs here");
  if (SHORT.has(kind) && signed.signed.length > RECORD_CHARACTERS_MAX) {
    throw new RemoteError("too_large", "a long record or bundle");
  }
  const value = parseJson(signed.signed);
  if (!isObject(value)) throw malformed(kind, "not an object");
  if (value["kind"] !== kind || value["signer"] !== signed.signer) {
    throw new RemoteError("mismatch", "the text contradicts its kind or signer");
  }
  return READERS[kind](value, kind) as TextOf<Some>; // the reader of exactly this kind
}
