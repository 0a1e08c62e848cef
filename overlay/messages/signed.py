"""What carries a signature: text exactly as its signer wrote it. docs/protocol.md, section 3."""

from dataclasses import dataclass
from typing import Literal

RecordKind = Literal["node", "presence", "slot", "account"]
EnvelopeKind = Literal[
    "message",
    "chain_start",
    "receipt",
    "chain_wanted",
    "unknown_key",
    "channel",
    "bundle_wanted",
    "bundle_answer",
]
Kind = RecordKind | EnvelopeKind | Literal["bundle"]

RECORD_KINDS: frozenset[str] = frozenset(("node", "presence", "slot", "account"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """Text with its proof: a signature over the root of the batch it was signed in.

    `kind` and `signer` stand outside the text for those who pass it on unread;
    they enter the leaf and are compared with the text by everyone who reads it.
    `index` and `path` lead from the leaf to the root.
    """

    kind: str
    signer: str
    signed: str
    signature: str
    index: int
    path: tuple[str, ...]

    @property
    def size_bytes(self) -> int:
        """Bytes of the text: what credit and mailboxes count."""
        return len(self.signed) if self.signed.isascii() else len(self.signed.encode())
