/** What stands inside of sealed bodies. docs/protocol.md, sections 9.3 and 9.4. */

import { INDEX_MAX, PARENTS_MAX, TEXT_BYTES_MAX } from "../limits";
import { readUtf8, utf8 } from "./encoding";
import type { AccountId, ChainId } from "./ids";
import { pad, unpad } from "./padding";
import {
  COUNT,
  HASH,
  id,
  integer,
  open,
  pair,
  parseJson,
  several,
  text,
  type ReadBy,
} from "./schema";

const OPENING = open({ key: HASH, account: id<AccountId>(), to: id<AccountId>() });
const MESSAGE_TEXT = open({
  text: text(TEXT_BYTES_MAX),
  sent_at: COUNT,
  parents: several(pair(id<ChainId>(), integer(INDEX_MAX)), PARENTS_MAX),
});

/** A chain's first key, whose client speaks, and the other account of the conversation. */
export type ChainOpening = ReadBy<typeof OPENING>;
/** `sent_at` is Unix milliseconds: shown, never ordered by. `parents` are heads: chain and index. */
export type MessageText = ReadBy<typeof MESSAGE_TEXT>;
export type Head = MessageText["parents"][number];

const write = (value: ChainOpening | MessageText): Uint8Array => pad(utf8(JSON.stringify(value)));
const parse = (padded: Uint8Array): unknown => parseJson(readUtf8(unpad(padded)));

export const writeOpening = (opening: ChainOpening): Uint8Array => write(opening);
/** Raises RangeError for a text that does not fit. */
export const writeMessageText = (message: MessageText): Uint8Array => write(message);

/** Both raise `cannot_open` or `malformed`. */
export const readOpening = (padded: Uint8Array): ChainOpening => OPENING(parse(padded), "opening");
export const readMessageText = (padded: Uint8Array): MessageText =>
  MESSAGE_TEXT(parse(padded), "text");
