/** What the other end of a link can do wrong, each with its code. docs/protocol.md, section 11. */

const CLOSING = [
  "malformed",
  "too_large",
  "too_deep",
  "unknown_message",
  "unsupported",
  "unexpected",
  "wrong_version",
  "wrong_network",
  "wrong_admission",
  "wrong_proof",
  "changed_key",
  "handshake_timeout",
] as const;

export type RemoteCode =
  | (typeof CLOSING)[number]
  | "bad_key"
  | "bad_signature"
  | "mismatch"
  | "not_certified"
  | "not_yours"
  | "old_incarnation"
  | "replayed"
  | "unknown_suite"
  | "cannot_open"
  | "chain_gap";

const closing: ReadonlySet<string> = new Set(CLOSING);

/** The other end broke the protocol; `code` is the word of the wire for it. */
export class RemoteError extends Error {
  readonly code: RemoteCode;

  constructor(code: RemoteCode, detail: string) {
    super(detail);
    this.code = code;
  }

  /** Whether the link is of no further use after it. */
  get closes(): boolean {
    return closing.has(this.code);
  }
}
