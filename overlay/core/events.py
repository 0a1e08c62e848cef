"""The closed set of what a node is told."""

from dataclasses import dataclass

from overlay.core.requests import Request
from overlay.core.settings import Neighbour
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
class NeighboursChanged:
    """The operator's file, read again."""

    neighbours: tuple[Neighbour, ...]


@dataclass(frozen=True, slots=True)
class Command:
    """The operator's word."""

    ticket: Ticket
    request: Request


Event = (
    LinkOpened
    | FrameReceived
    | Drained
    | LinkClosed
    | DialFailed
    | Stored
    | StoreFailed
    | Loaded
    | NeighboursChanged
    | Command
    | Wake
    | Stopping
)
