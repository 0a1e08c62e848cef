"""The closed set of what a node is told."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from overlay.core.requests import Request
from overlay.core.settings import Neighbour, Share
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
from overlay.structures.rates import Rate


@dataclass(frozen=True, slots=True)
class NeighboursChanged:
    """The operator's file, read again."""

    neighbours: tuple[Neighbour, ...]
    shares: Mapping[Share, Rate] = field(default_factory=dict)


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
