"""What any machine, node or client, asks of the world; performed in order."""

from collections.abc import Sequence
from dataclasses import dataclass

from overlay.messages.ids import Address
from overlay.peering.events import LinkId, Ticket
from overlay.peering.rows import Row, RowKey


@dataclass(frozen=True, slots=True)
class Send:
    """Put one frame into a link's outbox. Never waits."""

    link: LinkId
    data: bytes


@dataclass(frozen=True, slots=True)
class CloseLink:
    """Write what the outbox holds, then close. `code` is a code of docs/protocol.md, 11."""

    link: LinkId
    code: str


@dataclass(frozen=True, slots=True)
class Hold:
    """Read nothing more of a link for a while: its peer can then send no more than TCP takes."""

    link: LinkId
    for_ms: int


@dataclass(frozen=True, slots=True)
class Trust:
    """Take messages of an accepted link that are as long as frames may be: its peer has proved
    who it is. Until then they are short. What a client has begun to say counts against what
    all of them share, what a node has does not. docs/protocol.md, 2.4."""

    link: LinkId
    is_node: bool = False


@dataclass(frozen=True, slots=True)
class Dial:
    """Open a link. Comes back as `LinkOpened` or `DialFailed`."""

    address: Address


@dataclass(frozen=True, slots=True)
class Persist:
    """Make rows durable together; comes back as `Stored` or `StoreFailed`."""

    rows: Sequence[Row]
    ticket: Ticket


@dataclass(frozen=True, slots=True)
class Forget:
    """Delete rows together; comes back as `Stored` or `StoreFailed`."""

    keys: Sequence[RowKey]
    ticket: Ticket


@dataclass(frozen=True, slots=True)
class Load:
    """Read the rows of `keys`; comes back as `Loaded`, missing ones left out."""

    keys: Sequence[RowKey]
    ticket: Ticket


LinkEffect = Send | CloseLink | Hold | Trust | Dial
StoreEffect = Persist | Forget | Load
