"""What a person can ask of their client, and the answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NewType

from overlay.messages.ids import AccountId, ChainId, ClientId

MessageId = NewType("MessageId", str)
"""Names a message on the client that sent it: 16 random bytes, base64url."""


@dataclass(frozen=True, slots=True)
class PresentClient:
    """One reachable client of a person, and the name of the node it is attached to."""

    client: ClientId
    home_name: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonView:
    """What the client knows of one person, all of it verified against the account's key."""

    account: AccountId
    name: str
    clients: tuple[ClientId, ...]
    present: tuple[PresentClient, ...]

    @property
    def is_online(self) -> bool:
        return bool(self.present)


@dataclass(frozen=True, slots=True, kw_only=True)
class Say:
    """Send a sealed message to one person. Answered `Queued` at once; then ladder facts."""

    to: AccountId
    text: str
    sent_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SayInChannel:
    """Send a public message to a channel. Answered `Queued`; then `accepted`, or `failed`."""

    channel: str
    text: str
    sent_at: int


@dataclass(frozen=True, slots=True)
class JoinChannel:
    """Listen to a channel, also after resuming elsewhere. Answered `Carried`."""

    channel: str


@dataclass(frozen=True, slots=True)
class LeaveChannel:
    """Stop listening. Answered `Carried`."""

    channel: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FindPeople:
    """Ask the directory: by `id`, or by `name` and optionally the `node`'s name."""

    id: AccountId | None = None
    name: str | None = None
    node: str | None = None


@dataclass(frozen=True, slots=True)
class WatchPeople:
    """Be told of changes of these accounts, or of everybody (None). Answered `Carried`."""

    accounts: tuple[AccountId, ...] | None


@dataclass(frozen=True, slots=True)
class Taken:
    """These messages, by chain and index, are in the person's hands. Answered `Carried`."""

    places: tuple[tuple[ChainId, int], ...]


@dataclass(frozen=True, slots=True)
class HoldBack:
    """Let the home send no more than its credit, or go on: acks wait meanwhile.

    Receipts wait as well, once the credit is used up. Answered `Carried`.
    """

    is_held_back: bool


Request = (
    Say | SayInChannel | JoinChannel | LeaveChannel | FindPeople | WatchPeople | Taken | HoldBack
)


@dataclass(frozen=True, slots=True)
class Queued:
    """The message is in the client's outbox from now on.

    A sealed one is durable there until it is delivered. A public one waits in
    memory until a home accepts it: after a crash nobody can tell whether it
    was said, and in public twice is worse than never.
    """

    message: MessageId


@dataclass(frozen=True, slots=True)
class PeopleFound:
    """Who was found; may be empty, may be several of one name."""

    people: Sequence[PersonView]


@dataclass(frozen=True, slots=True)
class Carried:
    """Done."""


@dataclass(frozen=True, slots=True)
class Declined:
    """The client or its home said no, with a code of docs/protocol.md, section 11."""

    code: str
    detail: str
    retry_after_ms: int | None = None


Reply = Queued | PeopleFound | Carried | Declined
