"""What can happen to any machine, node or client: its links, its disk, its deadlines.

`core/events.py` and `client/events.py` close these into their own unions.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NewType

from overlay import limits
from overlay.messages.ids import Address
from overlay.peering.rows import Row

LinkId = NewType("LinkId", int)
"""Names one open link within one run of one machine; never used again."""

Ticket = NewType("Ticket", int)
"""Ties an answer to the effect or command that asked for it."""

CloseReason = Literal["reset", "orderly", "too_large", "protocol_error", "stalled", "stopped"]
DialReason = Literal[
    "refused",
    "turned_away",
    "timed_out",
    "unreachable",
    "not_overlay",
    "without_tls",
    "bad_address",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkOpened:
    """A link is up: `dialled` is our word for where to, or None when it was accepted.

    `remote_address` is the peer's host, for limits by origin and for logs.
    `certificate_fingerprint` is base64url SHA-256 of the listener's
    certificate, or None without TLS. `handshake_ms` is how long its handshake may
    still take: that of a connection begins when it is accepted.
    """

    link: LinkId
    dialled: Address | None
    remote_address: str
    certificate_fingerprint: str | None = None
    handshake_ms: int = limits.HANDSHAKE_MS


@dataclass(frozen=True, slots=True)
class FrameReceived:
    """One WebSocket message, as bytes. A text frame starts with `[`."""

    link: LinkId
    data: bytes


@dataclass(frozen=True, slots=True)
class Drained:
    """The link's outbox shrank: `queued_bytes` still wait to be written."""

    link: LinkId
    queued_bytes: int


@dataclass(frozen=True, slots=True)
class LinkClosed:
    """The link is gone: `reset` (ended without a close frame) or another reason."""

    link: LinkId
    reason: CloseReason


@dataclass(frozen=True, slots=True)
class DialFailed:
    """A dial came to nothing."""

    address: Address
    reason: DialReason


@dataclass(frozen=True, slots=True)
class Stored:
    """The rows persisted or forgotten under `ticket` are durable now."""

    ticket: Ticket


@dataclass(frozen=True, slots=True)
class StoreFailed:
    """The disk said no to what was asked under `ticket`."""

    ticket: Ticket
    reason: str


@dataclass(frozen=True, slots=True)
class Loaded:
    """The answer to a `Load`."""

    ticket: Ticket
    rows: Sequence[Row]


@dataclass(frozen=True, slots=True)
class Wake:
    """A deadline has come, or a round of events is over."""


@dataclass(frozen=True, slots=True)
class Stopping:
    """Say goodbye: everything ends at `deadline_ms` at the latest."""

    deadline_ms: int


LinkEvent = LinkOpened | FrameReceived | Drained | LinkClosed | DialFailed
StoreEvent = Stored | StoreFailed | Loaded
