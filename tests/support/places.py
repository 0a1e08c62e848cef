"""What a small world consists of: nodes with their disks, and the two ends of each link."""

from dataclasses import dataclass, field
from typing import Protocol

from overlay.core.facts import Fact
from overlay.core.node import Node
from overlay.core.requests import Reply
from overlay.core.settings import Settings
from overlay.messages.ids import Address
from overlay.messages.union import Message
from overlay.peering.events import LinkId
from overlay.peering.rows import Row, RowKey
from tests.support.farend import FarEnd
from tests.support.people import ClientKeys, NodeKeys


class Guest(Protocol):
    """A client that a test plays, as its link sees it."""

    who: ClientKeys
    far_end: FarEnd

    def says(self, *messages: Message) -> None:
        """One frame of these messages is on its way."""


@dataclass(kw_only=True)
class Place:
    """One node of the world: what is installed there, what runs there now, its disk."""

    keys: NodeKeys
    settings: Settings
    node: Node | None = None
    disk: dict[RowKey, Row] = field(default_factory=dict)
    facts: list[tuple[int, Fact]] = field(default_factory=list)
    replies: list[Reply] = field(default_factory=list)
    ends: dict[LinkId, "End"] = field(default_factory=dict)
    runs: int = 0
    late_ms: int = 0
    """How much longer than usual everything takes on the links that it dials."""


@dataclass(eq=False, kw_only=True)
class End:
    """One end of one link, at a node or in the hands of a client that a test plays."""

    owner: "Place | Guest"
    link: LinkId
    is_open: bool = True
    other: "End | None" = None
    late_ms: int = 0
    """How much longer than usual everything takes on this link."""


def listens(place: Place, address: Address) -> bool:
    """Whether a node listens there, if it runs."""
    return address in place.settings.addresses


def deadline_of(place: Place) -> int | None:
    """When a node wants to be woken."""
    return place.node.next_deadline_ms() if place.node is not None else None


def name_of(end: End) -> str:
    """Who is at this end."""
    return end.owner.settings.name if isinstance(end.owner, Place) else end.owner.who.name
