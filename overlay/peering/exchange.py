"""How far one end of a link has come in knowing what the other end knows. Sections 5.5 and 5.7."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from overlay.messages.gossip import Delta
from overlay.messages.ids import LeafHash


@dataclass(slots=True)
class Pull:
    """One comparison: what we have yet to ask for, and to be answered."""

    moved_ms: int
    """When it last came further."""
    prefixes: list[str] = field(default_factory=list)
    """Parts that differ, to be asked for."""
    wanted: dict[LeafHash, None] = field(default_factory=dict)
    """What the other end holds and we do not, to be asked for."""
    digests_due: int = 0
    """Parts whose summary was asked for and has not come."""
    is_delta_due: bool = False
    taken: int = 0
    """Records that have changed something here."""

    @property
    def is_over(self) -> bool:
        return not (self.digests_due or self.is_delta_due or self.prefixes or self.wanted)


@dataclass(slots=True)
class Exchange:
    """What both ends of one link know of each other's records."""

    is_eager: bool = True
    """Whether what is new is pushed here, or only announced."""
    vain_pushes: int = 0
    """Pushes in a row of whoever shapes the tree that held nothing new."""
    prune_again_ms: int = 0
    """Until then what is pushed in vain may have left before our last `prune` was read."""
    torn_until_ms: int = 0
    """Until then what its other end announces, which has grafted it, comes no other way."""
    to_announce: dict[LeafHash, None] = field(default_factory=dict)
    announce_due_ms: int = 0
    """When what has gathered is announced."""
    told_root: str | None = None
    their_root: str | None = None
    differing: int = 0
    """Heartbeats in a row at which the two roots differed,"""
    standing: int = 0
    """and of them the last ones at which both were the same as now."""
    roots: tuple[str, str | None] | None = None
    """Ours and theirs when they last differed."""
    pull: Pull | None = None
    late_parts: int = 0
    """Parts whose summary was asked for by comparisons that began anew since, and may yet come,"""
    late_deltas: int = 0
    """and questions for records of which that holds."""
    fruitless: tuple[str, str | None] | None = None
    """The roots, ours and theirs, between which a comparison has brought nothing."""
    everything: Iterator[Delta] | None = None
    """What of all that counts is still to be sent, to who asked for it."""
    has_announced_kept: bool = False
    """Whether what was said of late was announced on it, once, after the first exchange."""
    has_all_theirs: bool = False
    has_all_ours: bool = False

    @property
    def is_complete(self) -> bool:
        """Whether each end has once taken over all that the other held."""
        return self.has_all_theirs and self.has_all_ours
