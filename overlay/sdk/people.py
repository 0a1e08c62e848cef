"""The people whom a client knows, and who is meant by a name."""

from collections.abc import Iterable

from overlay import limits
from overlay.client.durable.values import PersonRow
from overlay.errors import RemoteError
from overlay.messages.ids import AccountId
from overlay.messages.records import AccountRecord
from overlay.sdk.addresses import readings
from overlay.sdk.errors import AmbiguousName, UnknownName
from overlay.sdk.values import Person
from overlay.structures.bounded import BoundedDict
from overlay.wire.signed import read_text


class Acquaintances:
    """Everybody seen, ourselves left out; those longest unseen are forgotten first."""

    def __init__(self, ourselves: AccountId, remembered: Iterable[PersonRow]) -> None:
        self._ourselves = ourselves
        self._people: BoundedDict[AccountId, Person] = BoundedDict(limits.PEOPLE_MAX)
        for row in remembered:
            person = _person(row)
            if person is not None:
                self.put(person)

    def put(self, person: Person) -> Person | None:
        """Take in what is known now; returns what was known before."""
        if person.id == self._ourselves:
            return None
        before = self._people.pop(person.id)
        self._people.put(person.id, person)
        return before

    def get(self, account: AccountId) -> Person | None:
        return self._people.get(account)

    def all(self) -> list[Person]:
        """Everybody, by name."""
        return sorted(self._people.values(), key=lambda person: (person.name, person.id))

    def called(self, name: str) -> list[Person]:
        """Those who bear a name, be it in other letters' case: somebody may mean to be mixed up."""
        wanted = name.casefold()
        return [person for person in self._people.values() if person.name.casefold() == wanted]

    def choose(self, written: str, found: Iterable[Person]) -> Person:
        """The one who is meant. Raises: `UnknownName`, `AmbiguousName`."""
        people = {person.id: person for person in found if person.id != self._ourselves}
        if not people:
            raise UnknownName(written)
        if len(people) > 1:
            raise AmbiguousName(written, list(people.values()))
        return next(iter(people.values()))


def perhaps_meant(written: str, people: Iterable[Person]) -> list[Person]:
    """Whom a name that nobody bears may mean: in other letters' case, or at another node."""
    names = {called.name.casefold() for called in readings(written)}
    return [person for person in people if person.name.casefold() in names]


def _person(row: PersonRow) -> Person | None:
    try:
        record = read_text(row.account)
    except RemoteError:
        return None
    if not isinstance(record, AccountRecord):
        return None
    return Person(
        id=record.signer, name=record.name, is_online=False, nodes=(), clients=record.clients
    )
