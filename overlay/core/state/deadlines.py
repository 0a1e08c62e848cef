"""The closed set of what a node waits for; the keys of its timers.

Tuples, since every round looks some of them up, and those are hashed in native code. The kind
keeps two of one link apart.
"""

from typing import Literal, NamedTuple

from overlay.messages.ids import Address, LeafHash, NodeId
from overlay.peering.events import LinkId


class HandshakeDue(NamedTuple):
    """A handshake must be over."""

    link: LinkId
    kind: Literal["handshake"] = "handshake"


class AttachDue(NamedTuple):
    """A client must be served."""

    link: LinkId
    kind: Literal["attach"] = "attach"


class HeartbeatDue(NamedTuple):
    """Something must be said on a link."""

    link: LinkId
    kind: Literal["heartbeat"] = "heartbeat"


class SilenceDue(NamedTuple):
    """Something should have been heard on a link."""

    link: LinkId
    kind: Literal["silence"] = "silence"


class AckDue(NamedTuple):
    """What was received must be acked."""

    link: LinkId
    kind: Literal["ack"] = "ack"


class SpareDue(NamedTuple):
    """It is asked whether a link can be spared."""

    link: LinkId
    kind: Literal["spare"] = "spare"


class AnswerDue(NamedTuple):
    """The oldest unit that a link was given should have been answered."""

    link: LinkId
    kind: Literal["answer"] = "answer"


class RedialDue(NamedTuple):
    """A neighbour is to be dialled again."""

    address: Address
    kind: Literal["redial"] = "redial"


class ApartDue(NamedTuple):
    """Links with a node are blocked no longer."""

    node: NodeId
    kind: Literal["apart"] = "apart"


class BanDue(NamedTuple):
    """Who was banned for a while may come again."""

    who: str
    kind: Literal["ban"] = "ban"


class LingerDue(NamedTuple):
    """A node whose link was lost is named in our record no longer."""

    node: NodeId
    kind: Literal["linger"] = "linger"


class NamesDue(NamedTuple):
    """It is looked at again who names a link with us."""

    kind: Literal["names"] = "names"


class LossesDue(NamedTuple):
    """The links that were lost since our record was said leave it, together."""

    kind: Literal["losses"] = "losses"


class HealDue(NamedTuple):
    """A member that is not alive in our eyes is dialled."""

    kind: Literal["heal"] = "heal"


class ExtraDue(NamedTuple):
    """Another member beyond the file is linked."""

    kind: Literal["extra"] = "extra"


class UnitsDue(NamedTuple):
    """The oldest units in transit are forgotten."""

    kind: Literal["units"] = "units"


class AttemptDue(NamedTuple):
    """A kept envelope has no receipt from this home yet."""

    leaf: LeafHash
    home: NodeId
    kind: Literal["attempt"] = "attempt"


class SearchDue(NamedTuple):
    """Bundles have not come."""

    search: int
    kind: Literal["search"] = "search"


class LivesDue(NamedTuple):
    """The topology has changed again, soon after it was last looked at."""

    kind: Literal["lives"] = "lives"


class WatchersDue(NamedTuple):
    """Changes of people have gathered."""

    kind: Literal["watchers"] = "watchers"


class AnnounceDue(NamedTuple):
    """News has gathered for the links that are not of the tree."""

    kind: Literal["announce"] = "announce"


class MissingDue(NamedTuple):
    """Something that was announced has not come."""

    kind: Literal["missing"] = "missing"


class SaveDue(NamedTuple):
    """Changes of records have gathered."""

    kind: Literal["save"] = "save"


class StoreDue(NamedTuple):
    """The disk is asked again for what it refused."""

    kind: Literal["store"] = "store"


class HomesDue(NamedTuple):
    """Clients are told where they could resume."""

    kind: Literal["homes"] = "homes"


class SweepDue(NamedTuple):
    """What is kept too long is given up."""

    kind: Literal["sweep"] = "sweep"


LinkDue = HandshakeDue | AttachDue | HeartbeatDue | SilenceDue | AckDue | AnswerDue | SpareDue
Deadline = (
    LinkDue
    | RedialDue
    | ApartDue
    | BanDue
    | LingerDue
    | NamesDue
    | LossesDue
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
