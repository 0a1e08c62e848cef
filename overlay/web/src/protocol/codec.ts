/** Frames to messages and back. docs/protocol.md, sections 1.2 and 11. */

import {
  FRAME_BYTES_MAX,
  FRAME_DEPTH_MAX,
  FRAME_ENVELOPES_MAX,
  FRAME_MESSAGES_MAX,
} from "../limits";
import { utf8 } from "./encoding";
import { RemoteError } from "./errors";
import {
  isElsewhere,
  isIncomingType,
  readIncoming,
  type Incoming,
  type Outgoing,
} from "./messages";
import { isObject, malformed, parseJson } from "./schema";

/** UTF-8 takes at most three bytes for each unit of a JavaScript string. */
const BYTES_PER_UNIT_MAX = 3;

export const bytesOf = (text: string): number => utf8(text).length;

/**
 * The messages of one frame, as a browser hands it over: text, or null for a binary one.
 *
 * Raises a `RemoteError` that closes the link.
 */
export function decodeFrame(data: string | null): Incoming[] {
  if (data === null) throw new RemoteError("unsupported", "binary frames are for file chunks");
  if (data.length * BYTES_PER_UNIT_MAX > FRAME_BYTES_MAX && bytesOf(data) > FRAME_BYTES_MAX) {
    throw new RemoteError("too_large", `more than ${FRAME_BYTES_MAX} bytes`);
  }
  refuseDeep(data);
  const frame = parseJson(data);
  if (!Array.isArray(frame) || frame.length < 1 || frame.length > FRAME_MESSAGES_MAX) {
    throw malformed("frame", `not an array of 1 to ${FRAME_MESSAGES_MAX} messages`);
  }
  const messages = frame.map(decodeMessage);
  if (messages.filter(({ type }) => type === "deliver").length > FRAME_ENVELOPES_MAX) {
    throw malformed("frame", `more than ${FRAME_ENVELOPES_MAX} envelopes`);
  }
  return messages;
}

function decodeMessage(input: unknown): Incoming {
  if (!isObject(input)) throw malformed("message", "not an object");
  const type = Object.hasOwn(input, "type") ? input["type"] : undefined;
  if (typeof type !== "string") throw malformed("message", "no type");
  if (isIncomingType(type)) return readIncoming(type, input);
  if (isElsewhere(type)) throw new RemoteError("unexpected", `${type} is not for clients`);
  throw new RemoteError("unknown_message", "a type that version 1 does not have");
}

/** What only a parser would otherwise notice: brackets outside of strings. */
function refuseDeep(data: string): void {
  let depth = 0;
  let isQuoted = false;
  for (let at = 0; at < data.length; at++) {
    const character = data.charAt(at);
    if (isQuoted) {
      if (character === "\\") at += 1;
      else if (character === '"') isQuoted = false;
    } else if (character === '"') isQuoted = true;
    else if (character === "[" || character === "{") depth += 1;
    else if (character === "]" || character === "}") depth -= 1;
    if (depth > FRAME_DEPTH_MAX) throw new RemoteError("too_deep", "nested too deep");
  }
}

export const encodeMessage = (message: Outgoing): string => JSON.stringify(message);

export const joinFrame = (messages: readonly string[]): string => `[${messages.join(",")}]`;
