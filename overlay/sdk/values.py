"""What a program is handed: people, messages, changes, where the client stands."""

from dataclasses import dataclass
from typing import Literal

from overlay.client.requests import PersonView
from overlay.messages.ids import AccountId, Address, ClientId, NodeId

State = Literal["queued", "accepted", "delivered", "failed"]
"""The ladder of a message: on our disk, at our home, with its recipient; or given up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One account as last seen. Names are hints that anybody may choose; `id` is the person.

    `nodes` are the names of the nodes at which their clients are attached.
    """

    id: AccountId
    name: str
    is_online: bool
    nodes: tuple[str, ...]
    clients: tuple[ClientId, ...]

    def __str__(self) -> str:
        return f"{self.name}@{self.nodes[0]}" if self.nodes else self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A text that arrived, its origin verified.

    `person` is the other side of the conversation, in a channel who said it;
    `name` is theirs. `sent_at` is the origin's word: milliseconds since 1970.
    `is_own` says that another client of our own account wrote it. `id` never
    repeats. `follows_gap` says that something before it has not arrived.
    """

    id: str
    person: AccountId
    name: str
    text: str
    sent_at: int
    channel: str | None
    is_own: bool
    follows_gap: bool


@dataclass(frozen=True, slots=True)
class PersonChange:
    """Somebody came, went, moved or changed their name. `before` is None for the unheard-of."""

    person: Person
    before: Person | None

    @property
    def has_come(self) -> bool:
        return self.person.is_online and not (self.before is not None and self.before.is_online)

    @property
    def has_gone(self) -> bool:
        return not self.person.is_online and self.before is not None and self.before.is_online


@dataclass(frozen=True, slots=True, kw_only=True)
class KeysChange:
    """A person whom we know has other clients than before: to be shown loudly."""

    id: AccountId
    name: str
    added: tuple[ClientId, ...]
    removed: tuple[ClientId, ...]


@dataclass(frozen=True, slots=True)
class Status:
    """Where the client stands. Without a home it looks for one by itself.

    `trouble` is the last thing that went wrong on the way, or on our disk.
    """

    home: NodeId | None = None
    address: Address | None = None
    trouble: str | None = None

    @property
    def is_attached(self) -> bool:
        return self.home is not None


Change = PersonChange | KeysChange | Status
"""What `Client.changes` gives; `Status` when the client moved, or lost its home."""


def person_of(view: PersonView) -> Person:
    """A person as the client's machine sees them."""
    nodes = dict.fromkeys(present.home_name for present in view.present if present.home_name)
    return Person(
        id=view.account,
        name=view.name,
        is_online=view.is_online,
        nodes=tuple(nodes),
        clients=view.clients,
    )
