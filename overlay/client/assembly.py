"""Puts a client's state and parts together, and knows what new knowledge sets in motion."""

from collections.abc import Iterator, Sequence
from random import Random

from overlay.client.durable.values import Durable
from overlay.client.identity import Identity
from overlay.client.parts.acquaintance import Acquaintance
from overlay.client.parts.attaching import Attaching
from overlay.client.parts.certificates import Certificates
from overlay.client.parts.channels import Channels
from overlay.client.parts.directory import Directory
from overlay.client.parts.keys import Keys
from overlay.client.parts.liveness import Liveness
from overlay.client.parts.opening import Reading
from overlay.client.parts.outbox import Sayings
from overlay.client.parts.receipts import Receipts
from overlay.client.parts.sealing import Sealing
from overlay.client.parts.showing import Showing
from overlay.client.parts.submission import Submission
from overlay.client.requests import PersonView
from overlay.client.settings import Settings
from overlay.client.state.everything import new_state
from overlay.messages.clients import Person
from overlay.messages.ids import AccountId
from overlay.peering.statements import Reader, ReaderOf
from overlay.structures.sizes import Size


class Assembly:
    """What a client is made of."""

    def __init__(
        self,
        identity: Identity,
        settings: Settings,
        durable: Durable,
        random: Random,
        reader_of: ReaderOf = Reader,
    ) -> None:
        self.state = state = new_state(identity, settings, durable, random, reader_of)
        self.attaching = Attaching(state)
        self.liveness = Liveness(state)
        self.certificates = Certificates(state)
        self.acquaintance = Acquaintance(state)
        self.directory = Directory(state)
        self.keys = Keys(state)
        self.sayings = Sayings(state)
        self.sealing = Sealing(state)
        self.reading = Reading(state)
        self.showing = Showing(state)
        self.receipts = Receipts(state)
        self.channels = Channels(state, durable.channels, durable.heard)
        self.submission = Submission(state)

    def advance(self, account: AccountId | None, now_ms: int) -> None:
        """Seal what waits for a person; ask for their keys where that is what it takes."""
        if account is None or self.state.ourselves.taken is None:
            return
        if not self.sealing.advance(account, now_ms):
            self.keys.want(account, now_ms)

    def learn(self, people: Sequence[Person], now_ms: int) -> list[PersonView]:
        """Verify what is said of people, and act on what is new."""
        views: list[PersonView] = []
        for told in people:
            person = self.acquaintance.learn(told)
            if person is None:
                continue
            is_ours = person.account == self.state.ourselves.account
            if is_ours and self.certificates.on_record(person.record):
                self.renew(now_ms)
            if person.present:
                self.sayings.on_present(person.account)
            self.sealing.on_keys(person.account)
            self.advance(person.account, now_ms)
            views.append(person.view)
        return views

    def renew(self, now_ms: int) -> None:
        """Attach with what is the record of our account now, and know it like any other."""
        record = self.state.ourselves.record
        assert record is not None
        self.acquaintance.remember(record)
        self.attaching.attach(now_ms)

    def on_attached(self, now_ms: int) -> None:
        """A home serves us: submit what waits, and ask what is not known."""
        # Our other clients read what we say, and one of them may have changed our account's record.
        self.state.lookups.ask(self.state.ourselves.account)
        self.sealing.on_attached()
        self.channels.on_attached(now_ms)
        for account in self.state.outbox.waiting_for_keys():
            self.advance(account, now_ms)

    def on_detached(self) -> None:
        """The link is gone, and with it everything that was under way on it."""
        self.liveness.on_detached()
        self.submission.on_detached()
        self.directory.on_detached()
        self.channels.on_detached()
        self.sayings.on_detached()

    def sizes(self) -> Iterator[Size]:
        """How full each table is that has a bound, part by part."""
        state = self.state
        yield from state.people.sizes()
        yield from state.lookups.sizes()
        yield from state.order.sizes()
        yield from state.their_chains.sizes()
        yield from state.post.sizes()
        yield from self.sayings.sizes()
        yield from self.sealing.sizes()
        yield from self.directory.sizes()
        yield from self.channels.sizes()
