"""What the directory answers: finding people, watching them, fetching their key bundles.

docs/protocol.md, sections 8.2 and 8.3.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from overlay import limits
from overlay.core.requests import NodeDirectory
from overlay.core.state.deadlines import Deadline, SearchDue, WatchersDue
from overlay.core.state.directory import Directory
from overlay.core.state.links import Link, Links
from overlay.core.state.ourselves import Ourselves
from overlay.core.state.remembered import Bundles, RememberedAccounts
from overlay.core.state.topology import Topology
from overlay.errors import Busy, Mismatch
from overlay.messages.clients import Done, Find, Found, People, Person, Present, Watch
from overlay.messages.envelopes import BundleAnswer, BundleWanted
from overlay.messages.ids import AccountId, ClientId, LeafHash, NodeId
from overlay.messages.records import Bundle, Presence
from overlay.peering.events import LinkId
from overlay.peering.outgoing import PORTION_BYTES_MAX
from overlay.peering.statements import Reader, Verified
from overlay.structures.sizes import Size, fullest
from overlay.structures.timers import Timers
from overlay.wire.codec import encode_message


@dataclass(slots=True)
class _Search:
    """A `find` that waits for bundles."""

    link: LinkId
    request: int
    accounts: list[AccountId]
    missing: dict[LeafHash, ClientId]
    asked: int = 0


@dataclass(frozen=True, slots=True)
class _Sized:
    """A person, and the bytes that naming it takes."""

    person: Person
    size_bytes: int


@dataclass(slots=True)
class _Watcher:
    accounts: dict[AccountId, None] | None
    """None for everybody."""


@dataclass(frozen=True, slots=True)
class _Telling:
    """The answer to a watch that is being told, as fast as it is read."""

    request: int
    portions: Iterator[tuple[Person, ...]]


@dataclass(slots=True)
class PeopleState:
    """Searches under way, watchers, and whose state changed since they were told."""

    searches: dict[int, _Search] = field(default_factory=dict)
    searches_of: dict[LinkId, dict[int, None]] = field(default_factory=dict)
    watchers: dict[LinkId, _Watcher] = field(default_factory=dict)
    tellings: dict[LinkId, _Telling] = field(default_factory=dict)
    changed: dict[AccountId, None] = field(default_factory=dict)
    last_search: int = 0


class PeopleDesk:
    """Answers `find` and `watch` from records that their owners signed."""

    def __init__(
        self,
        ourselves: Ourselves,
        links: Links,
        directory: Directory,
        topology: Topology,
        remembered: RememberedAccounts,
        bundles: Bundles,
        timers: Timers[Deadline],
    ) -> None:
        self._ourselves = ourselves
        self._links = links
        self._directory = directory
        self._topology = topology
        self._remembered = remembered
        self._bundles = bundles
        self._timers = timers
        self._state = PeopleState()

    def sizes(self) -> Iterator[Size]:
        """How full its tables are."""
        searches = fullest(self._state.searches_of.values())
        yield Size("searches of one client", searches, limits.REQUESTS_MAX)

    # Find.

    def find(self, link: Link, find: Find, now_ms: int) -> list[BundleWanted]:
        """Look people up. Returns the questions for bundles that must be asked first."""
        if (find.id is None) == (find.name is None):
            raise Mismatch("find takes either an id or a name")
        if len(self._state.searches_of.get(link.id, ())) >= limits.REQUESTS_MAX:
            raise Busy("too many searches at once", retry_after_ms=limits.BUSY_RETRY_MS)
        accounts = [find.id] if find.id is not None else self._named(find.name or "", find.node)
        accounts = accounts[: limits.FOUND_MAX]
        search = _Search(link.id, find.request, accounts, self._missing(accounts))
        if not search.missing:
            self._answer(search)
            return []
        self._state.last_search += 1
        self._state.searches[self._state.last_search] = search
        self._state.searches_of.setdefault(link.id, {})[self._state.last_search] = None
        return self._ask(self._state.last_search, now_ms)

    def on_search_due(self, number: int, now_ms: int) -> list[BundleWanted]:
        """Some bundles have not come: ask again, or answer without them."""
        search = self._state.searches.get(number)
        if search is None:
            return []
        search.missing = self._missing(search.accounts)
        if search.missing and search.asked < limits.BUNDLE_ASKS_MAX:
            return self._ask(number, now_ms)
        self._end(number)
        self._answer(search)
        return []

    def on_bundle(self, answer: BundleAnswer, reader: Reader) -> None:
        """A bundle has come. Raises where it is not what the client's presence names."""
        if answer.bundle is None:
            return
        bundle = reader.read_as(Bundle, answer.bundle)
        presence = self._directory.presence(answer.client)
        if presence is None or presence.value.bundle != bundle.leaf:
            raise Mismatch("the bundle is not the one that the presence names")
        self._bundles.fetched(bundle)
        for number, search in list(self._state.searches.items()):
            if search.missing.pop(bundle.leaf, None) is not None and not search.missing:
                self._end(number)
                self._answer(search)

    def bundle_answer(self, wanted: BundleWanted) -> list[BundleAnswer]:
        """Our answer to another home's question; none while no counter is reserved.

        None either to who could not be reached with it: each answer costs a signature.
        """
        bundle = self._bundles.ours(wanted.recipients[0])
        is_alive = self._topology.is_alive(NodeId(wanted.signer))
        counter = self._ourselves.next_counter() if is_alive else None
        if counter is None:
            return []
        answer = BundleAnswer(
            signer=self._ourselves.id,
            salt=self._ourselves.salt(),
            incarnation=self._ourselves.incarnation,
            counter=counter,
            recipients=(wanted.signer,),
            client=wanted.recipients[0],
            bundle=bundle,
        )
        return [answer]

    def _named(self, name: str, node: str | None) -> list[AccountId]:
        present, remembered = self._directory.named(name), self._remembered.named(name)
        accounts = list(dict.fromkeys([*present, *remembered]))
        if node is None:
            return accounts
        return [
            account
            for account in accounts
            if any(
                self._topology.name_of(held.value.home) == node for held in self._reachable(account)
            )
        ]

    def _missing(self, accounts: Iterable[AccountId]) -> dict[LeafHash, ClientId]:
        missing = (
            (held.value.bundle, held.value.signer)
            for account in accounts
            for held in self._reachable(account)
            if self._bundles.find(held.value.signer, held.value.bundle) is None
        )
        return dict(islice(missing, limits.BUNDLE_QUESTIONS_MAX))

    def _end(self, number: int) -> None:
        search = self._state.searches.pop(number)
        self._timers.cancel(SearchDue(number))
        searches = self._state.searches_of[search.link]
        del searches[number]
        if not searches:
            del self._state.searches_of[search.link]

    def _ask(self, number: int, now_ms: int) -> list[BundleWanted]:
        search = self._state.searches[number]
        search.asked += 1
        self._timers.set(SearchDue(number), now_ms + limits.BUNDLE_ASK_MS)
        return [
            BundleWanted(
                signer=self._ourselves.id,
                salt=self._ourselves.salt(),
                incarnation=self._ourselves.incarnation,
                counter=counter,
                recipients=(client,),
            )
            for client in search.missing.values()
            if (counter := self._ourselves.next_counter()) is not None
        ]

    def _answer(self, search: _Search) -> None:
        link = self._links.get(search.link)
        if link is None:
            return
        people = (self._person(account, with_bundles=True) for account in search.accounts)
        fitting = _up_to(limits.FOUND_BYTES_MAX, (person for person in people if person))
        portions = list(_portions(fitting)) or [()]
        for number, portion in enumerate(portions, start=1):
            is_last = number == len(portions)
            self._links.say(link, Found(request=search.request, people=portion, is_last=is_last))

    # Watch.

    def watch(self, link: Link, watch: Watch) -> None:
        """Tell all that is known of these people, and changes from now on.

        Raises `Busy` while an earlier watch of this link is being answered.
        """
        if link.id in self._state.tellings:
            raise Busy("read what was answered first", retry_after_ms=limits.BUSY_RETRY_MS)
        accounts = None if watch.accounts is None else dict.fromkeys(watch.accounts)
        self._state.watchers[link.id] = _Watcher(accounts)
        known = self._everybody() if accounts is None else accounts
        people = (self._person(account) for account in known)
        portions = _portions(person for person in people if person is not None)
        self._state.tellings[link.id] = _Telling(watch.request, portions)
        self.go_on(link)

    def is_telling(self, link: Link) -> bool:
        """Whether a watch asked for more than it was told so far."""
        return link.id in self._state.tellings

    def go_on(self, link: Link) -> None:
        """Tell more of what a watch asked for, as far as the link's outbox has room for it.

        All at once would overflow it where thousands are known, and the home
        would close the link of everybody who watches them. Each person is told
        as they are when their turn comes, so never anything older than a change.
        """
        telling = self._state.tellings.get(link.id)
        while telling is not None and link.waiting_bytes <= limits.EXCHANGE_BYTES_MAX:
            portion = next(telling.portions, None)
            if portion is None:
                del self._state.tellings[link.id]
                self._links.say(link, Done(telling.request))
                return
            self._links.say(link, People(portion))

    def on_client_gone(self, link: Link) -> None:
        """Its questions are nobody's now."""
        self._state.watchers.pop(link.id, None)
        self._state.tellings.pop(link.id, None)
        for number in list(self._state.searches_of.get(link.id, ())):
            self._end(number)

    def changed(self, accounts: Iterable[AccountId], now_ms: int) -> None:
        """These people's records or reachability changed: watchers hear of it together."""
        before = len(self._state.changed)
        self._state.changed.update(dict.fromkeys(accounts))
        if before == 0 and self._state.changed:
            self._timers.set(WatchersDue(), now_ms + limits.REACHABILITY_MS)

    def changed_homes(self, homes: Iterable[NodeId], now_ms: int) -> None:
        """These nodes came alive or died: so did the reachability of their clients."""
        for home in homes:
            presences = self._directory.clients_of_home(home)
            self.changed((held.value.account for held in presences), now_ms)

    def tell_watchers(self) -> None:
        """One message for everything that changed lately."""
        changed, self._state.changed = self._state.changed, {}
        people = {account: self._person(account) for account in changed}
        for link_id, watcher in list(self._state.watchers.items()):
            link = self._links.get(link_id)
            if link is None:
                continue
            concerned = (
                person
                for account, person in people.items()
                if person is not None and (watcher.accounts is None or account in watcher.accounts)
            )
            for portion in _portions(concerned):
                self._links.say(link, People(portion))

    # Persons.

    def directory(self) -> NodeDirectory:
        """A pure read of what all answers are made of, but for names and keys."""
        attached = {
            home: {held.value.signer: held.leaf for held in self._directory.clients_of_home(home)}
            for home in self._directory.homes()
        }
        accounts = {record.value.signer: record.leaf for record in self._directory.accounts()}
        return NodeDirectory(
            accounts=accounts,
            attached={home: clients for home, clients in attached.items() if clients},
            reachable={
                account: {held.value.signer: held.leaf for held in self._reachable(account)}
                for account in accounts
            },
        )

    def _everybody(self) -> dict[AccountId, None]:
        present = (record.value.signer for record in self._directory.accounts())
        return dict.fromkeys([*present, *self._remembered.all()])

    def _person(self, account: AccountId, *, with_bundles: bool = False) -> _Sized | None:
        record = self._directory.account(account) or self._remembered.get(account)
        if record is None:
            return None
        present = [
            self._present(held, with_bundles=with_bundles) for held in self._reachable(account)
        ]
        person = _sized(Person(record.signed, tuple(present)))
        while person.size_bytes > PORTION_BYTES_MAX:
            # Only statements full of unknown fields are so long; they must not be unsayable.
            present.pop()
            person = _sized(Person(record.signed, tuple(present)))
        return person

    def _present(self, held: Verified[Presence], *, with_bundles: bool) -> Present:
        bundle = self._bundles.find(held.value.signer, held.value.bundle) if with_bundles else None
        return Present(
            presence=held.signed,
            home_name=self._topology.name_of(held.value.home),
            bundle=bundle,
        )

    def _reachable(self, account: AccountId) -> list[Verified[Presence]]:
        presences = self._directory.presences_of(account)
        alive = [held for held in presences if self._topology.is_alive(held.value.home)]
        return alive[: limits.ACCOUNT_CLIENTS_MAX]


def _up_to(maximum_bytes: int, people: Iterable[_Sized]) -> Iterator[_Sized]:
    """The first of these people, and no more of them than take so many bytes."""
    size = 0
    for person in people:
        size += person.size_bytes
        if size > maximum_bytes:
            return
        yield person


def _portions(people: Iterable[_Sized]) -> Iterator[tuple[Person, ...]]:
    portion: list[Person] = []
    size = 0
    for sized in people:
        is_full = size + sized.size_bytes > PORTION_BYTES_MAX
        if portion and (is_full or len(portion) >= limits.PEOPLE_PER_MESSAGE_MAX):
            yield tuple(portion)
            portion, size = [], 0
        portion.append(sized.person)
        size += sized.size_bytes
    if portion:
        yield tuple(portion)


def _sized(person: Person) -> _Sized:
    return _Sized(person, len(encode_message(People((person,)))))
