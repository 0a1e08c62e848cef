/** The closed set of what a client machine is told. */

import type { Address } from "../protocol/ids";
import type { Request } from "./requests";

/** Names one open link within one run of one machine; never used again. */
export type LinkId = number;
/** Ties an answer to the effect or request that asked for it. */
export type Ticket = number;

export type Event =
  | { readonly type: "LinkOpened"; readonly link: LinkId; readonly dialled: Address }
  /** One WebSocket message: its text, or null for a binary one. */
  | { readonly type: "FrameReceived"; readonly link: LinkId; readonly data: string | null }
  /** The link is gone; `reason` is what the other end's close frame says, or empty. */
  | { readonly type: "LinkClosed"; readonly link: LinkId; readonly reason: string }
  | { readonly type: "DialFailed"; readonly address: Address; readonly reason: string }
  | { readonly type: "Stored"; readonly ticket: Ticket }
  | { readonly type: "StoreFailed"; readonly ticket: Ticket; readonly reason: string }
  /** The person asks for something. */
  | { readonly type: "Asked"; readonly ticket: Ticket; readonly request: Request }
  /** The answer to `Sign`: 64 bytes. */
  | { readonly type: "Signed"; readonly ticket: Ticket; readonly signature: Uint8Array }
  /** The answer to `Seal`: encapsulated key and ciphertext together. */
  | { readonly type: "Sealed"; readonly ticket: Ticket; readonly sealed: Uint8Array }
  /** The key of a `Seal` is no sealing key. */
  | { readonly type: "SealFailed"; readonly ticket: Ticket; readonly reason: string }
  /** The answer to `Open`: the text, or null where it does not open. */
  | { readonly type: "Opened"; readonly ticket: Ticket; readonly text: Uint8Array | null }
  /** A deadline has come, or a round of events is over: flush. */
  | { readonly type: "Wake" }
  /** The page goes away. */
  | { readonly type: "Stopping" };
