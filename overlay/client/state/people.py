"""The people whom this client has seen: verified records, key bundles, who is present."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from overlay.client.durable.values import PersonRow
from overlay.client.requests import PersonView, PresentClient
from overlay.messages.ids import AccountId, ClientId, LeafHash
from overlay.messages.records import AccountRecord, Bundle
from overlay.peering.statements import Verified
from overlay.structures.bounded import LruCache
from overlay.structures.sizes import Size


@dataclass(slots=True)
class Person:
    """One account: its highest record seen, the keys of its clients, and which are reachable.

    `unusable` are the bundles to which this client cannot seal, for their suite.
    """

    record: Verified[AccountRecord]
    bundles: dict[ClientId, Verified[Bundle]] = field(default_factory=dict)
    present: dict[ClientId, str | None] = field(default_factory=dict)
    unusable: dict[ClientId, LeafHash] = field(default_factory=dict)

    @property
    def account(self) -> AccountId:
        return self.record.value.signer

    @property
    def name(self) -> str:
        return self.record.value.name

    @property
    def clients(self) -> tuple[ClientId, ...]:
        """Those who speak for the account."""
        record = self.record.value
        return tuple(client for client in record.clients if client not in record.revoked)

    @property
    def view(self) -> PersonView:
        return PersonView(
            account=self.account,
            name=self.name,
            clients=self.clients,
            present=tuple(PresentClient(client, name) for client, name in self.present.items()),
        )

    @property
    def row(self) -> PersonRow:
        bundles = tuple(bundle.signed for bundle in self.bundles.values())
        return PersonRow(self.record.signed, bundles)


class People:
    """People by account, those longest unused forgotten first."""

    def __init__(self, people_max: int) -> None:
        self._people_max = people_max
        self._people: LruCache[AccountId, Person] = LruCache(people_max)
        self._present: dict[AccountId, None] = {}

    def sizes(self) -> Iterator[Size]:
        """How full its table is."""
        yield Size("people", len(self._people), self._people_max)

    def get(self, account: AccountId) -> Person | None:
        return self._people.get(account)

    def put(self, person: Person) -> AccountId | None:
        """Remember a person; returns the account that had to be forgotten for it, if any."""
        evicted = self._people.put(person.account, person)
        if evicted is not None:
            self._present.pop(evicted[0], None)
        self.note_presence(person)
        return evicted[0] if evicted is not None else None

    def note_presence(self, person: Person) -> None:
        """Who is present among the clients of a person has changed."""
        if person.present:
            self._present[person.account] = None
        else:
            self._present.pop(person.account, None)

    def present(self) -> list[AccountId]:
        """The accounts with a reachable client."""
        return list(self._present)

    def certifies(self, account: AccountId, client: ClientId) -> bool:
        """Whether the account's record, as far as it is known, lists the client."""
        person = self._people.get(account)
        return person is not None and client in person.clients

    def name_of(self, account: AccountId) -> str:
        """The display name; the start of the id where none is known."""
        person = self._people.get(account)
        return person.name if person is not None else account[:8]

    def readers(self, one: AccountId, other: AccountId) -> dict[ClientId, AccountId]:
        """The clients of two accounts, as far as they are known, each with its account."""
        return {
            client: account
            for account in sorted({one, other})
            if (person := self._people.get(account)) is not None
            for client in sorted(person.clients)
        }

    def bundle(self, account: AccountId, client: ClientId) -> Bundle | None:
        """The key to which is sealed for a client, if it is known."""
        person = self._people.get(account)
        verified = person.bundles.get(client) if person is not None else None
        return verified.value if verified is not None else None

    def has_keys(self, account: AccountId) -> bool:
        """Whether something can be sealed to at least one client of an account."""
        person = self._people.get(account)
        return person is not None and any(client in person.bundles for client in person.clients)

    def drop_bundle(self, account: AccountId, client: ClientId) -> None:
        """The key is of no use any more."""
        person = self._people.get(account)
        if person is not None:
            person.bundles.pop(client, None)
