"""What an operator decides about a node, as values."""

from dataclasses import dataclass

from overlay.messages.ids import Address, NodeId
from overlay.messages.links import Admission


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbour:
    """One entry of the neighbours file: an address, an id, or both."""

    address: Address | None
    id: NodeId | None
    may_admit: bool = True
    is_blocked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """A node's name, its overlay, where it listens, and whom its operator admits."""

    name: str
    network: str
    admission: Admission
    addresses: tuple[Address, ...]
    neighbours: tuple[Neighbour, ...]
    software: str
    extra_links: int = 0
    """Links to members beyond the file that the node keeps by itself; none where a shape is what
    is shown."""
    minds_own_lag: bool = True
    """Whether a node that was not run for a while leaves its neighbours the time that it missed.
    Without it, what that is worth can be measured."""
