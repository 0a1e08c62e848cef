/** What a client and its home say to each other, and what the page takes of it. Sections 1, 2 and 8. */

import {
  ACCOUNT_CLIENTS_MAX,
  DETAIL_CHARACTERS_MAX,
  HELLO_CHARACTERS_MAX,
  HOMES_RANKED_MAX,
  PEOPLE_PER_MESSAGE_MAX,
} from "../limits";
import type { AccountId, NodeId } from "./ids";
import {
  ADDRESS,
  CODE,
  COUNT,
  NAME,
  NUMBER,
  SIGNATURE,
  boolean,
  closed,
  id,
  integer,
  matching,
  message,
  nullable,
  oneOf,
  optional,
  several,
  text,
  type ReadBy,
  type Reader,
} from "./schema";
import { SIGNED, type Signed } from "./signed";

const HOME = closed({ id: id<NodeId>(), name: NAME, address: ADDRESS });
const HOMES = several(HOME, HOMES_RANKED_MAX);
const LIMITS = closed({
  frame_bytes: NUMBER,
  frame_envelopes: NUMBER,
  credit_envelopes: NUMBER,
  credit_bytes: NUMBER,
  heartbeat_ms: integer(3_600_000, 100),
});
const PRESENT = closed({
  presence: SIGNED,
  home_name: optional(NAME, null),
  bundle: optional(SIGNED, null),
});
const PERSON = closed({ account: SIGNED, present: several(PRESENT, ACCOUNT_CLIENTS_MAX) });
const PEOPLE = several(PERSON, PEOPLE_PER_MESSAGE_MAX);
const STALLS = ["away", "no_way", "busy", "quota", "expired", "resting"] as const;

/** What a node may say to a client, by `type`. */
const INCOMING = {
  hello: message({ text: text(HELLO_CHARACTERS_MAX, 2) }),
  proof: message({ certificate: matching(/^(none|[A-Za-z0-9_-]{43})$/), signature: SIGNATURE }),
  welcome: message({
    version: NUMBER,
    limits: LIMITS,
    record: optional(nullable(SIGNED), null),
    homes: HOMES,
  }),
  refusal: message({
    code: CODE,
    detail: optional(text(DETAIL_CHARACTERS_MAX), ""),
    number: optional(NUMBER, null),
    request: optional(COUNT, null),
    retry_after_ms: optional(COUNT, null),
  }),
  heartbeat: message({ wants_echo: optional(boolean, false) }),
  ack: message({ number: NUMBER }),
  homes: message({ homes: HOMES }),
  goodbye: message({ homes: HOMES }),
  done: message({ request: COUNT }),
  deliver: message({ number: NUMBER, envelope: SIGNED, keeper: optional(id<NodeId>(), null) }),
  stalled: message({ counter: COUNT, reason: oneOf(...STALLS) }),
  found: message({ request: COUNT, people: PEOPLE, is_last: boolean }),
  people: message({ people: PEOPLE }),
} satisfies Record<string, Reader<unknown>>;

type Readers = typeof INCOMING;
export type IncomingType = keyof Readers;
export type Incoming = {
  [Type in IncomingType]: { readonly type: Type } & ReadBy<Readers[Type]>;
}[IncomingType];
export type IncomingOf<Type extends IncomingType> = Extract<Incoming, { type: Type }>;

export type Home = ReadBy<typeof HOME>;
export type LinkLimits = ReadBy<typeof LIMITS>;
export type Present = ReadBy<typeof PRESENT>;
export type Person = ReadBy<typeof PERSON>;
export type StallReason = (typeof STALLS)[number];

/** What this version has, but a node never says to a client. */
const ELSEWHERE: ReadonlySet<string> = new Set([
  ...["delta", "push", "relay", "returned", "spread"],
  ...["attach", "detach", "submit", "find", "watch", "join", "leave"],
]);

export const isIncomingType = (type: string): type is IncomingType => Object.hasOwn(INCOMING, type);
export const isElsewhere = (type: string): boolean => ELSEWHERE.has(type);

/** Raises `malformed`. */
export function readIncoming(type: IncomingType, fields: Record<string, unknown>): Incoming {
  const reading = INCOMING[type](fields, type);
  return { type, ...reading } as Incoming; // the reader of exactly this type made it
}

/** What a client says to its node. */
export type Outgoing =
  | { readonly type: "hello"; readonly text: string }
  | { readonly type: "proof"; readonly certificate: string; readonly signature: string }
  | {
      readonly type: "refusal";
      readonly code: string;
      readonly detail: string;
      readonly number?: number;
    }
  | { readonly type: "heartbeat"; readonly wants_echo?: true }
  | { readonly type: "ack"; readonly number: number }
  | {
      readonly type: "attach";
      readonly request: number;
      readonly presence: Signed;
      readonly account: Signed;
      readonly bundle: Signed;
    }
  | { readonly type: "detach" }
  | {
      readonly type: "submit";
      readonly number: number;
      readonly envelope: Signed;
      readonly keeper?: NodeId;
    }
  | { readonly type: "find"; readonly request: number; readonly id: AccountId }
  | {
      readonly type: "find";
      readonly request: number;
      readonly name: string;
      readonly node?: string;
    }
  | {
      readonly type: "watch";
      readonly request: number;
      readonly accounts: readonly AccountId[] | null;
    }
  | { readonly type: "join" | "leave"; readonly request: number; readonly channel: string };
