"""What an operator decides about a node, as values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from types import MappingProxyType
from typing import Final

from overlay import limits
from overlay.messages.ids import Address, NodeId
from overlay.messages.links import Admission
from overlay.structures.rates import Rate


class Share(IntEnum):
    """What peers have a fair share of. The name in lower case is what operators write."""

    MESSAGES = 0
    BYTES = 1
    ATTACHES = 2
    LOOKUPS = 3
    RECORDS = 4

    @property
    def written(self) -> str:
        return self.name.lower()


SHARES: Final[Mapping[Share, Rate]] = MappingProxyType(
    {
        Share.MESSAGES: Rate(limits.MESSAGES_SECOND, 1_000, limits.MESSAGES_AT_ONCE),
        Share.BYTES: Rate(limits.BYTES_SECOND, 1_000, limits.BYTES_AT_ONCE),
        Share.ATTACHES: Rate(60_000 // limits.ATTACH_EVERY_MS, 60_000, limits.ATTACHES_AT_ONCE),
        Share.LOOKUPS: Rate(limits.LOOKUPS_SECOND, 1_000, limits.LOOKUPS_AT_ONCE),
        Share.RECORDS: Rate(limits.RECORDS_SECOND, 1_000, limits.RECORDS_AT_ONCE),
    }
)
"""One client's, of records one neighbour's, unless the operator says otherwise."""


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
    shares: Mapping[Share, Rate] = field(default_factory=dict)
    """Where the operator wants others than `SHARES`."""
    counts_addresses: bool = True
    """Whether addresses have shares: behind a proxy everybody comes from one."""
    minds_own_lag: bool = True
    """Whether a node that was not run for a while leaves its neighbours the time that it missed.
    Without it, what that is worth can be measured."""
