"""The closed set of what a node waits for; the keys of its timers."""

from dataclasses import dataclass

from overlay.messages.ids import Address, LeafHash, NodeId
from overlay.peering.events import LinkId


@dataclass(frozen=True, slots=True)
class HandshakeDue:
    """A handshake must be over."""

    link: LinkId


@dataclass(frozen=True, slots=True)
class AttachDue:
    """A client must be served."""

    link: LinkId


@dataclass(frozen=True, slots=True)
class HeartbeatDue:
    """Something must be said on a link."""

    link: LinkId


@dataclass(frozen=True, slots=True)
class SilenceDue:
    """Something should have been heard on a link."""

    link: LinkId


@dataclass(frozen=True, slots=True)
class AckDue:
    """What was received must be acked."""

    link: LinkId


@dataclass(frozen=True, slots=True)
class SpareDue:
    """It is asked whether a link can be spared."""

    link: LinkId


@dataclass(frozen=True, slots=True)
class AnswerDue:
    """The oldest unit that a link was given should have been answered."""

    link: LinkId


@dataclass(frozen=True, slots=True)
class RedialDue:
    """A neighbour is to be dialled again."""

    address: Address


@dataclass(frozen=True, slots=True)
class LingerDue:
    """A node whose link was lost is named in our record no longer."""

    node: NodeId


@dataclass(frozen=True, slots=True)
class NamesDue:
    """It is looked at again who names a link with us."""


@dataclass(frozen=True, slots=True)
class HealDue:
    """A member that is not alive in our eyes is dialled."""


@dataclass(frozen=True, slots=True)
class ExtraDue:
    """Another member beyond the file is linked."""


@dataclass(frozen=True, slots=True)
class UnitsDue:
    """The oldest units in transit are forgotten."""


@dataclass(frozen=True, slots=True)
class AttemptDue:
    """A kept envelope has no receipt from this home yet."""

    leaf: LeafHash
    home: NodeId


@dataclass(frozen=True, slots=True)
class SearchDue:
    """Bundles have not come."""

    search: int


@dataclass(frozen=True, slots=True)
class LivesDue:
    """The topology has changed again, soon after it was last looked at."""


@dataclass(frozen=True, slots=True)
class WatchersDue:
    """Changes of people have gathered."""


@dataclass(frozen=True, slots=True)
class AnnounceDue:
    """News has gathered for the links that are not of the tree."""


@dataclass(frozen=True, slots=True)
class MissingDue:
    """Something that was announced has not come."""


@dataclass(frozen=True, slots=True)
class SaveDue:
    """Changes of records have gathered."""


@dataclass(frozen=True, slots=True)
class StoreDue:
    """The disk is asked again for what it refused."""


@dataclass(frozen=True, slots=True)
class HomesDue:
    """Clients are told where they could resume."""


@dataclass(frozen=True, slots=True)
class SweepDue:
    """What is kept too long is given up."""


LinkDue = HandshakeDue | AttachDue | HeartbeatDue | SilenceDue | AckDue | AnswerDue | SpareDue
Deadline = (
    LinkDue
    | RedialDue
    | LingerDue
    | NamesDue
    | HealDue
    | ExtraDue
    | UnitsDue
    | AttemptDue
    | SearchDue
    | LivesDue
    | WatchersDue
    | AnnounceDue
    | MissingDue
    | SaveDue
    | StoreDue
    | HomesDue
    | SweepDue
)
