"""The closed set of what a client machine is told."""

from dataclasses import dataclass

from overlay.client.requests import Request
from overlay.peering.events import (
    DialFailed,
    Drained,
    FrameReceived,
    LinkClosed,
    LinkOpened,
    Loaded,
    Stopping,
    Stored,
    StoreFailed,
    Ticket,
    Wake,
)


@dataclass(frozen=True, slots=True)
class Asked:
    """The person, or the program in their place, asks for something."""

    ticket: Ticket
    request: Request


@dataclass(frozen=True, slots=True)
class Sealed:
    """The answer to `Seal`: encapsulated key and ciphertext together."""

    ticket: Ticket
    sealed: bytes


@dataclass(frozen=True, slots=True)
class Opened:
    """The answer to `Open`: the text, or None where it does not open."""

    ticket: Ticket
    text: bytes | None


@dataclass(frozen=True, slots=True)
class SealFailed:
    """The key of a `Seal` is no sealing key."""

    ticket: Ticket
    reason: str


Event = (
    LinkOpened
    | FrameReceived
    | Drained
    | LinkClosed
    | DialFailed
    | Stored
    | StoreFailed
    | Loaded
    | Asked
    | Sealed
    | Opened
    | SealFailed
    | Wake
    | Stopping
)
