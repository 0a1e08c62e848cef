"""What clients and their home say to each other. Section 8.

`request` is chosen by the client, rises, and comes back in the answer.
"""

from dataclasses import dataclass
from typing import Literal

from overlay.messages.ids import AccountId, NodeId
from overlay.messages.signed import Signed


@dataclass(frozen=True, slots=True, kw_only=True)
class Attach:
    """Asks to be served, with everything that the directory needs."""

    request: int
    presence: Signed
    account: Signed
    bundle: Signed


@dataclass(frozen=True, slots=True)
class Detach:
    """Ends being served: the slot is emptied."""


@dataclass(frozen=True, slots=True)
class Done:
    """The request was carried out."""

    request: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Submit:
    """An envelope from a client to its home. `number` counts on this link from 1.

    `keeper` is for receipts: the home that keeps the text they are about.
    """

    number: int
    envelope: Signed
    keeper: NodeId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Deliver:
    """An envelope from a home to its client. `number` counts on this link from 1."""

    number: int
    envelope: Signed
    keeper: NodeId | None = None


StallReason = Literal["away", "no_way", "busy", "quota", "expired", "resting"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stalled:
    """Why an accepted envelope has not been delivered yet, or will not be."""

    counter: int
    reason: StallReason


@dataclass(frozen=True, slots=True, kw_only=True)
class Present:
    """One client of a person that is reachable now. `bundle` only where it was asked for."""

    presence: Signed
    home_name: str | None
    bundle: Signed | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """What a directory knows of one account: its record, and its reachable clients."""

    account: Signed
    present: tuple[Present, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Find:
    """Looks people up by account id, or by name, at one node or anywhere; with bundles."""

    request: int
    id: AccountId | None = None
    name: str | None = None
    node: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The answer to `find`, in parts when it is long."""

    request: int
    people: tuple[Person, ...]
    is_last: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """Asks to be told of changes: of these accounts, or of all when None; replaces the last."""

    request: int
    accounts: tuple[AccountId, ...] | None


@dataclass(frozen=True, slots=True)
class People:
    """The present state of watched people that changed, or the first full answer."""

    people: tuple[Person, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Join:
    """Listens to a channel."""

    request: int
    channel: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Leave:
    """Stops listening to a channel."""

    request: int
    channel: str
