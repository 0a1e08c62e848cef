/** Which part an envelope is for, once its signature has verified. docs/protocol.md, section 7. */

import { RemoteError } from "../protocol/errors";
import type { NodeId } from "../protocol/ids";
import type { Signed } from "../protocol/signed";
import type { StatementReader } from "../protocol/statements";
import { isEnvelopeKind, type TextOf } from "../protocol/texts";
import type { Parts } from "./assembly";

/** Raises a `RemoteError` for what is forged, contradicts itself, or is not for us. */
export function dispatchEnvelope(
  parts: Parts,
  reader: StatementReader,
  envelope: Signed,
  keeper: NodeId | null,
): void {
  const { kind } = envelope;
  if (!isEnvelopeKind(kind))
    throw new RemoteError("mismatch", `${kind} is no envelope for clients`);
  switch (kind) {
    case "message":
      parts.receiving.onMessage(reader.read(kind, envelope).value, keeper);
      return;
    case "chain_start":
      parts.starts.onStart(reader.read(kind, envelope).value, keeper);
      return;
    case "channel":
      parts.channels.onMessage(reader.read(kind, envelope).value);
      return;
    case "receipt": {
      const receipt = forUs(parts, reader.read(kind, envelope).value);
      parts.outbox.onReceipt(receipt.signer, receipt.arrived);
      return;
    }
    case "chain_wanted": {
      const wanted = forUs(parts, reader.read(kind, envelope).value);
      parts.sending.onChainWanted(wanted.chain, wanted.signer);
      return;
    }
    case "unknown_key": {
      const unknown = forUs(parts, reader.read(kind, envelope).value);
      parts.sending.onUnknownKey(unknown.chain, unknown.signer, unknown.key_id);
      return;
    }
  }
}

type ToOneClient = TextOf<"receipt"> | TextOf<"chain_wanted"> | TextOf<"unknown_key">;

function forUs<Some extends ToOneClient>(parts: Parts, text: Some): Some {
  if (text.recipients[0] !== parts.standing.identity.client) {
    throw new RemoteError("mismatch", "an envelope for another client");
  }
  return text;
}
