"""Questions to the directory, and who is there: everything verified. docs/protocol.md, 8.2, 8.3."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from overlay import limits
from overlay.client.facts import PersonChanged
from overlay.client.requests import (
    Carried,
    Declined,
    FindPeople,
    PeopleFound,
    PersonView,
    WatchPeople,
)
from overlay.client.state.deadlines import FindDue, Moment
from overlay.client.state.everything import State
from overlay.errors import RemoteError
from overlay.messages.clients import Find, Found, Watch
from overlay.messages.ids import AccountId
from overlay.messages.links import Refusal
from overlay.peering.events import Ticket
from overlay.structures.bounded import LruCache
from overlay.structures.sizes import Size
from overlay.wire.codec import decode_frame, encode_frame


@dataclass(slots=True)
class Question:
    """A question of our person; `found` gathers the parts of the answer."""

    ticket: Ticket
    find: FindPeople
    found: dict[AccountId, PersonView] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Watching:
    """A watch that is being answered: whom it is about, and who was mentioned so far."""

    accounts: tuple[AccountId, ...] | None
    tickets: list[Ticket]
    mentioned: dict[AccountId, None] = field(default_factory=dict)


class Directory:
    """Asks our home, on behalf of our person and of the other parts."""

    def __init__(self, state: State) -> None:
        self._desk = state.desk
        self._ourselves = state.ourselves
        self._connection = state.connection
        self._people = state.people
        self._lookups = state.lookups
        self._outbox = state.outbox
        self._told_max = state.ourselves.settings.bounds.people
        self._questions_max = state.ourselves.settings.bounds.questions
        self._unasked: list[Question] = []
        self._questions: dict[int, Question] = {}
        self._lookups_asked: dict[int, AccountId] = {}
        self._wanted: tuple[AccountId, ...] | None = ()
        self._watch_tickets: list[Ticket] = []
        self._watched: tuple[AccountId, ...] | None = ()
        self._watch_from_ms = 0
        self._watchings: dict[int, Watching] = {}
        self._told: LruCache[AccountId, PersonView] = LruCache(self._told_max)

    def sizes(self) -> Iterator[Size]:
        """How full its tables are."""
        asked = len(self._unasked) + len(self._questions)
        yield Size("questions", asked, self._questions_max)
        yield Size("look-ups under way", len(self._lookups_asked), limits.LOOKUPS_UNDER_WAY_MAX)
        yield Size("watched", len(self._watched or ()), limits.WATCHED_MAX)
        yield Size("correspondents", len(self._outbox.correspondents), limits.WATCHED_MAX)
        yield Size("people told of", len(self._told), self._told_max)

    # What our person asks.

    def find(self, ticket: Ticket, find: FindPeople) -> None:
        """Look people up; answered when the home has answered, perhaps after resuming."""
        declined = self._why_not(_as_message(find))
        if declined is None and sum(term is not None for term in (find.id, find.name)) != 1:
            declined = Declined("malformed", "give an id or a name")
        if declined is None and self._is_full():
            declined = Declined("busy", "too many questions", limits.FIND_MS)
        if declined is not None:
            self._desk.answer(ticket, declined)
        else:
            self._unasked.append(Question(ticket, find))

    def watch(self, ticket: Ticket, watch: WatchPeople) -> None:
        """Be told of changes, from the next answer on; replaces what was watched before."""
        declined = self._why_not(Watch(request=0, accounts=watch.accounts))
        if declined is not None:
            self._desk.answer(ticket, declined)
            return
        self._wanted = watch.accounts
        self._told = LruCache(self._told_max)
        self._watch_tickets.append(ticket)

    def _is_full(self) -> bool:
        return len(self._unasked) + len(self._questions) >= self._questions_max

    def _why_not(self, message: Find | Watch) -> Declined | None:
        # Whatever our person gives has to pass the schema, or the home would close the link.
        try:
            decode_frame(encode_frame(message))
        except (RemoteError, ValueError) as error:
            return Declined("malformed", str(error))
        return None

    # Asking.

    def flush(self, now_ms: int) -> None:
        """Ask what is to be asked, as far as the home answers so much at once."""
        if not self._connection.is_attached:
            return
        for account in self._lookups.take():
            request = self._ask(Find(request=self._connection.next_request(), id=account), now_ms)
            self._lookups_asked[request] = account
        room = limits.REQUESTS_MAX - limits.LOOKUPS_UNDER_WAY_MAX - len(self._questions)
        asked, self._unasked = self._unasked[: max(room, 0)], self._unasked[max(room, 0) :]
        for question in asked:
            find = _as_message(question.find, self._connection.next_request())
            self._questions[self._ask(find, now_ms)] = question
        self._watch(now_ms)

    def _ask(self, find: Find, now_ms: int) -> int:
        self._connection.ask(find, now_ms)
        self._desk.timers.set(FindDue(find.request), now_ms + limits.FIND_MS)
        return find.request

    def _watch(self, now_ms: int) -> None:
        accounts = self._to_watch()
        is_told = accounts == self._watched and not self._watch_tickets
        if is_told or now_ms < self._watch_from_ms:
            return
        watching = Watching(accounts=accounts, tickets=self._watch_tickets)
        self._watched, self._watch_tickets = accounts, []
        request = self._connection.next_request()
        self._watchings[request] = watching
        self._connection.ask(Watch(request=request, accounts=accounts), now_ms)

    def _to_watch(self) -> tuple[AccountId, ...] | None:
        """Whom our person wants, ourselves, and who was written to, as their keys matter: of too
        many those whom our person has known longest are left out."""
        if self._wanted is None:
            return None
        wanted = dict.fromkeys((self._ourselves.account, *self._wanted))
        others = [account for account in self._outbox.correspondents if account not in wanted]
        too_many = max(0, len(wanted) + len(others) - limits.WATCHED_MAX)
        return (*wanted, *others[too_many:])[: limits.WATCHED_MAX]

    # Answers.

    def on_found(self, found: Found, views: Sequence[PersonView], now_ms: int) -> None:
        """A part of an answer, already verified; with the last one, what waited for it follows."""
        question = self._questions.get(found.request)
        if question is not None:
            question.found.update(
                {view.account: view for view in views if _is_meant(view, question)}
            )
            if found.is_last:
                self._answered(found.request)
                people = tuple(question.found.values())
                self._desk.answer(question.ticket, PeopleFound(people))
        elif found.is_last:
            self._looked_up(found.request, now_ms)

    def on_people(self, views: Sequence[PersonView]) -> None:
        """What the home says unasked, already verified."""
        for view in views:
            for watching in self._watchings.values():
                watching.mentioned[view.account] = None
            self._tell(view)

    def on_done(self, request: int) -> None:
        """The home has told everything about whom we watch: who was not mentioned is away."""
        watching = self._watchings.pop(request, None)
        if watching is None:
            return
        for account in self._people.present():
            is_covered = watching.accounts is None or account in watching.accounts
            if is_covered and account not in watching.mentioned:
                self._left(account)
        for ticket in watching.tickets:
            self._desk.answer(ticket, Carried())

    def on_refused(self, refusal: Refusal, now_ms: int) -> None:
        """The home does not answer a question, or not now."""
        assert refusal.request is not None
        request = refusal.request
        if refusal.code == "busy":
            self._on_busy(request, now_ms + (refusal.retry_after_ms or limits.BUSY_RETRY_MS))
            return
        if request in self._lookups_asked:
            # No is no answer about somebody; another time it may be, or another home.
            self._desk.timers.set(FindDue(request), now_ms + limits.FIND_MS)
            return
        declined = Declined(refusal.code, refusal.detail, refusal.retry_after_ms)
        question = self._questions.get(request)
        watching = self._watchings.pop(request, None)
        if question is not None:
            self._answered(request)
            self._desk.answer(question.ticket, declined)
        elif watching is not None:
            for ticket in watching.tickets:
                self._desk.answer(ticket, declined)

    def _on_busy(self, request: int, again_ms: int) -> None:
        if request in self._questions or request in self._lookups_asked:
            self._desk.timers.set(FindDue(request), again_ms)
        watching = self._watchings.pop(request, None)
        if watching is not None:
            self._watch_tickets += watching.tickets
            self._watched, self._watch_from_ms = (), again_ms
            self._desk.timers.set(Moment.WATCH, again_ms)

    def on_find_due(self, request: int) -> None:
        """No answer: ask again, under another number."""
        question = self._questions.pop(request, None)
        if question is not None:
            self._unasked.append(Question(question.ticket, question.find))
        account = self._lookups_asked.pop(request, None)
        if account is not None:
            self._lookups.again(account)

    def on_detached(self) -> None:
        """Ask everything again at the next home."""
        for request in [*self._questions, *self._lookups_asked]:
            self._desk.timers.cancel(FindDue(request))
            self.on_find_due(request)
        for watching in self._watchings.values():
            self._watch_tickets += watching.tickets
        self._watchings.clear()
        self._watched, self._watch_from_ms = (), 0

    def _answered(self, request: int) -> None:
        del self._questions[request]
        self._desk.timers.cancel(FindDue(request))

    def _looked_up(self, request: int, now_ms: int) -> None:
        account = self._lookups_asked.pop(request, None)
        if account is None:
            return
        self._desk.timers.cancel(FindDue(request))
        for then in self._lookups.answered(account):
            then(now_ms)

    def _left(self, account: AccountId) -> None:
        person = self._people.get(account)
        assert person is not None
        person.present.clear()
        self._people.note_presence(person)
        self._tell(person.view)

    def _tell(self, view: PersonView) -> None:
        is_watched = self._wanted is None or view.account in self._wanted
        if is_watched and self._told.get(view.account) != view:
            self._told.put(view.account, view)
            self._desk.report(PersonChanged(view))


def _as_message(find: FindPeople, request: int = 0) -> Find:
    return Find(request=request, id=find.id, name=find.name, node=find.node)


def _is_meant(view: PersonView, question: Question) -> bool:
    """Whether a home answered what was asked: a name is in the signed record, an id is it."""
    find = question.find
    if find.id is not None:
        return view.account == find.id
    assert find.name is not None
    return view.name.casefold() == find.name.casefold()
