"""Is it signed, fresh, legal? docs/protocol.md, sections 3 and 7.2."""

from collections.abc import Iterator
from math import log
from random import Random
from typing import TypeGuard

from overlay import limits
from overlay.crypto.encoding import decode
from overlay.errors import Mismatch, NotYours, OldIncarnation, Replayed, TooLarge
from overlay.messages.envelopes import (
    BundleAnswer,
    BundleWanted,
    ChainStart,
    ChainWanted,
    ChannelMessage,
    ChatMessage,
    ClientEnvelope,
    Envelope,
    Receipt,
    UnknownKey,
)
from overlay.messages.gossip import Equivocation
from overlay.messages.ids import ClientId, Incarnation, LeafHash, NodeId
from overlay.messages.records import AccountRecord, NodeRecord, Presence, Record, Slot
from overlay.messages.signed import Signed
from overlay.peering.equivocation import Proved, proof_of
from overlay.peering.statements import Reader, Verified
from overlay.structures.bounded import BoundedDict, LruCache
from overlay.structures.recalled import Entries, Recalled
from overlay.structures.sizes import Size
from overlay.structures.window import ReplayWindow, Verdict
from overlay.wire.codec import write_signed
from overlay.wire.signed import Signable

_RECORDS = (NodeRecord, Presence, Slot, AccountRecord)
_FROM_CLIENTS = (ChatMessage, ChainStart, Receipt, ChainWanted, UnknownKey, ChannelMessage)
_BETWEEN_NODES = (
    ChatMessage,
    ChainStart,
    Receipt,
    ChainWanted,
    UnknownKey,
    BundleWanted,
    BundleAnswer,
)
_ENVELOPE_BYTES_MAX = limits.FRAME_BYTES_MAX - 1_024
_SURELY_SMALL = _ENVELOPE_BYTES_MAX // 8
"""Characters that fit however they are escaped: at most seven bytes each."""


class Verification:
    """Reads signed statements, and takes each counter of an origin once."""

    def __init__(self, reader: Reader, random: Random) -> None:
        self.reader = reader
        self._random = random
        self._until_audit = self._next_gap()
        self._windows: LruCache[tuple[str, Incarnation], ReplayWindow] = LruCache(
            limits.REPLAY_ORIGINS_MAX
        )
        self._records: (
            BoundedDict[LeafHash, Verified[Record]] | Recalled[LeafHash, Verified[Record]]
        ) = BoundedDict(limits.RECORDS_READ_MAX)

    def sizes(self) -> Iterator[Size]:
        """How full its tables are, and those of its reader, which others may share."""
        yield Size("replay windows", len(self._windows), limits.REPLAY_ORIGINS_MAX)
        yield Size("records read", len(self._records), limits.RECORDS_READ_MAX)
        yield from self.reader.sizes()

    def remember_among(self, common: Entries[LeafHash, Verified[Record]]) -> None:
        """Hold the records that are read from now on where others hold theirs."""
        self._records = Recalled(common, limits.RECORDS_READ_MAX)

    def has_read(self, leaf: LeafHash) -> bool:
        """Whether a record of this leaf hash was read not long ago."""
        return leaf in self._records

    def read_proof(self, equivocation: Equivocation) -> Proved:
        """A proof of equivocation. Raises what `read_record` raises, or `Mismatch`."""
        first = self.read_record(equivocation.first)
        return proof_of(first, self.read_record(equivocation.second))

    def read_record(self, signed: Signed) -> Verified[Record]:
        """A record that its signer signed; one that was read before costs no signature."""
        leaf = self.reader.leaf_of(signed)
        known = self._records.get(leaf)
        if known is not None:
            return known
        verified = self.reader.read(signed)
        if not _is_record(verified):
            raise Mismatch(f"a {signed.kind!r} is no record")
        self._records.put(leaf, verified)
        return verified

    def read_submitted(
        self, signed: Signed, client: ClientId, incarnation: Incarnation
    ) -> Verified[ClientEnvelope]:
        """An envelope that this client signed in this incarnation."""
        if signed.signer != client:
            raise NotYours("an envelope signed by another client")
        check_size(signed)
        verified = self.reader.read(signed)
        if not _is_from_client(verified):
            raise NotYours(f"clients do not send {signed.kind!r}")
        if verified.value.incarnation != incarnation:
            raise OldIncarnation(f"attached with {incarnation}, sent {verified.value.incarnation}")
        return verified

    def read_relayed(self, signed: Signed) -> Verified[Envelope]:
        """An envelope for a client or for ourselves, as its home checks it."""
        verified = self.reader.read(signed)
        if not _is_between_nodes(verified):
            raise Mismatch(f"a {signed.kind!r} is not relayed")
        return verified

    def is_audit_due(self) -> bool:
        """Whether the next envelope in transit is to be verified: of `AUDIT_ONE_IN` one is."""
        self._until_audit -= 1
        if self._until_audit > 0:
            return False
        self._until_audit = self._next_gap()
        return True

    def _next_gap(self) -> int:
        """As many as lie between two audits if each envelope is drawn for itself.

        One draw for each audit: a cryptographic generator is slow.
        """
        unlikely = 1 - self._random.random()
        return 1 + int(log(unlikely) / log(1 - 1 / limits.AUDIT_ONE_IN))

    def read_spread(
        self, signed: Signed, keeper: NodeId | None = None
    ) -> Verified[ChannelMessage | ChatMessage]:
        """An envelope for every node: of a channel, or a message, which has a keeper."""
        if keeper is None:
            return self.reader.read_as(ChannelMessage, signed)
        return self.reader.read_as(ChatMessage, signed)

    def take_counter(self, envelope: Verified[Envelope]) -> bool:
        """Take the counter of a verified envelope.

        True when it is new, False when the same envelope was taken before;
        raises `Replayed` when another one was, or when it is too old to tell.
        """
        value = envelope.value
        key = (value.signer, value.incarnation)
        window = self._windows.get(key)
        if window is None:
            window = ReplayWindow(limits.REPLAY_WINDOW)
            self._windows.put(key, window)
        mark = decode(envelope.leaf, 32)
        match window.judge(value.counter, mark):
            case Verdict.FRESH:
                window.accept(value.counter, mark)
                return True
            case Verdict.DUPLICATE:
                return False
            case Verdict.REPLAYED:
                raise Replayed(f"counter {value.counter} is used or too old")


def check_size(signed: Signed) -> None:
    """Raises `TooLarge` for an envelope that the next message might not be able to hold."""
    if len(signed.signed) > _SURELY_SMALL and len(write_signed(signed)) > _ENVELOPE_BYTES_MAX:
        raise TooLarge(f"an envelope of more than {_ENVELOPE_BYTES_MAX} bytes")


def _is_record(verified: Verified[Signable]) -> TypeGuard[Verified[Record]]:
    return isinstance(verified.value, _RECORDS)


def _is_from_client(verified: Verified[Signable]) -> TypeGuard[Verified[ClientEnvelope]]:
    return isinstance(verified.value, _FROM_CLIENTS)


def _is_between_nodes(verified: Verified[Signable]) -> TypeGuard[Verified[Envelope]]:
    return isinstance(verified.value, _BETWEEN_NODES)
