"""One client under test, at a home that a test plays, among people that a test plays.

No network, no latency, a clock by hand; signatures and sealing are real. Every
event is followed by the wake-ups that the client asks for at once, and every
frame is checked against the limits of a frame.
"""

from collections import deque
from collections.abc import Callable, Iterable
from random import Random
from typing import TypeVar

from overlay.client.durable.reading import from_rows
from overlay.client.effects import Answer, Effect, Open, Report, Seal
from overlay.client.events import Asked, Event, Opened, Sealed, SealFailed
from overlay.client.identity import Identity
from overlay.client.machine import ClientMachine
from overlay.client.requests import MessageId, Queued, Reply, Request, Say
from overlay.client.settings import Bounds, Settings
from overlay.crypto.sealing import SealingKey, seal
from overlay.errors import BadKey, CannotOpen
from overlay.messages.ids import AccountId, Address, ClientId
from overlay.messages.union import Message
from overlay.peering.effects import CloseLink, Dial, Forget, Load, Persist, Send
from overlay.peering.events import (
    CloseReason,
    DialFailed,
    DialReason,
    FrameReceived,
    LinkClosed,
    LinkId,
    LinkOpened,
    Stopping,
    Stored,
    StoreFailed,
    Ticket,
    Wake,
)
from overlay.peering.rows import Row, RowKey
from overlay.peering.statements import Verified
from overlay.wire.codec import Decode, decode_frame, encode_frame
from overlay.wire.signed import Signable
from tests.protocol.harness import legal_messages
from tests.support.people import address_of, key_of
from tests.unit.client.friends import Friend
from tests.unit.client.homes import ScriptedHome

FactT = TypeVar("FactT")
StatementT = TypeVar("StatementT", bound=Signable)

ROUNDS_MAX = 1_000
"""Wake-ups at one moment: more would be a client that never rests."""


class ClientUnderTest:
    """A client with a disk and a clock of its own."""

    def __init__(
        self,
        name: str = "alice",
        device: str = "laptop",
        *,
        at: tuple[str, ...] = ("north",),
        rows: Iterable[Row] = (),
        may_certify: bool = True,
        shown_name: str | None = None,
        bounds: Bounds | None = None,
        keeps_untaken: bool = False,
        decode: Decode = decode_frame,
    ) -> None:
        account = key_of(name)
        self.decode = decode
        self.identity = Identity(
            key=key_of(f"{name} {device}"),
            account=AccountId(account.id),
            account_key=account if may_certify else None,
        )
        self.settings = Settings(
            addresses=tuple(address_of(each) for each in at),
            name=shown_name or name,
            software="a test",
            keeps_untaken=keeps_untaken,
            bounds=bounds or Bounds(),
        )
        self.random = Random(f"{name} {device}")
        self.disk = {RowKey(row.table, row.key): row for row in rows}
        self.now_ms = 1_000
        self.stores_at_once = True
        self.seals_at_once = True
        self.unanswered: list[tuple[Ticket, Callable[[], None]]] = []
        self.unsealed: list[Event] = []
        self.facts: list[object] = []
        self.answers: dict[Ticket, Reply] = {}
        self.dialled: list[Address] = []
        self.homes: dict[LinkId, ScriptedHome] = {}
        self._links = 0
        self._tickets = 0
        self._waiting: deque[Event] = deque()
        self.machine = self._made()

    @property
    def id(self) -> ClientId:
        return self.identity.client

    @property
    def account(self) -> AccountId:
        return self.identity.account

    def _made(self) -> ClientMachine:
        durable = from_rows(self.disk.values())
        return ClientMachine(self.identity, self.settings, durable, self.random, decode=self.decode)

    def restarts(self) -> None:
        """The process ends without a word and begins again with what its disk holds."""
        self.dialled.clear()
        self.homes.clear()
        self._waiting.clear()
        self.unanswered.clear()
        self.unsealed.clear()
        self.machine = self._made()
        self.settles()

    # Time.

    def happens(self, event: Event) -> None:
        """An event, what the client does about it, and what follows at once."""
        self._waiting.append(event)
        self.settles()

    def settles(self) -> None:
        """Let everything happen that is to happen at this moment."""
        for _ in range(ROUNDS_MAX):
            if self._waiting:
                self._perform(self.machine.handle(self._waiting.popleft(), self.now_ms))
            elif self._is_due():
                self._perform(self.machine.handle(Wake(), self.now_ms))
                deadline_ms = self.machine.next_deadline_ms()
                assert deadline_ms is None or deadline_ms > self.now_ms
            else:
                return
        raise AssertionError("the client never rests")

    def passes(self, for_ms: int) -> None:
        """Time passes, with every deadline on its way."""
        until_ms = self.now_ms + for_ms
        self.settles()
        while self._next_ms() <= until_ms:
            self.now_ms = max(self.now_ms, int(self._next_ms()))
            self.settles()
        self.now_ms = until_ms

    def _next_ms(self) -> float:
        deadline_ms = self.machine.next_deadline_ms()
        return float("inf") if deadline_ms is None else deadline_ms

    def _is_due(self) -> bool:
        return self._next_ms() <= self.now_ms

    # Effects.

    def _perform(self, effects: list[Effect]) -> None:
        for effect in effects:
            match effect:
                case Send(link, data):
                    self._sent(link, data)
                case CloseLink(link, code):
                    self._closed(link, code)
                case Dial(address):
                    self.dialled.append(address)
                case Persist(rows, ticket):
                    self._store(ticket, lambda rows=rows: self._write(rows))  # type: ignore[misc]
                case Forget(keys, ticket):
                    self._store(ticket, lambda keys=keys: self._erase(keys))  # type: ignore[misc]
                case Seal():
                    self._answer_sealing(seal_for(effect))
                case Open():
                    self._answer_sealing(open_for(effect))
                case Report(fact):
                    self.facts.append(fact)
                case Answer(ticket, reply):
                    assert ticket not in self.answers, "answered twice"
                    self.answers[ticket] = reply
                case Load():
                    raise AssertionError("a client loads nothing")

    def _sent(self, link: LinkId, data: bytes) -> None:
        home = self.homes[link]
        assert home.close_code is None, "a frame after the close"
        replies = [reply for message in legal_messages(data) for reply in home.on_message(message)]
        if replies:
            self._waiting.append(FrameReceived(link, encode_frame(*replies)))

    def _closed(self, link: LinkId, code: str) -> None:
        home = self.homes.get(link)
        if home is not None and home.close_code is None:
            home.close_code = code
            self._waiting.append(LinkClosed(link, "orderly"))

    def _store(self, ticket: Ticket, change: Callable[[], None]) -> None:
        if self.stores_at_once:
            change()
            self._waiting.append(Stored(ticket))
        else:
            self.unanswered.append((ticket, change))

    def _write(self, rows: Iterable[Row]) -> None:
        self.disk |= {RowKey(row.table, row.key): row for row in rows}

    def _erase(self, keys: Iterable[RowKey]) -> None:
        for key in keys:
            self.disk.pop(key, None)

    def disk_answers(self) -> None:
        """Everything that the disk was asked is durable now."""
        unanswered, self.unanswered = self.unanswered, []
        for ticket, change in unanswered:
            change()
            self.happens(Stored(ticket))

    def disk_refuses(self, reason: str = "full") -> None:
        """The disk says no to all that it was asked."""
        unanswered, self.unanswered = self.unanswered, []
        for ticket, _ in unanswered:
            self.happens(StoreFailed(ticket, reason))

    def _answer_sealing(self, event: Event) -> None:
        if self.seals_at_once:
            self._waiting.append(event)
        else:
            self.unsealed.append(event)

    def sealing_answers(self) -> None:
        """Everything that was to be sealed or opened has been."""
        unsealed, self.unsealed = self.unsealed, []
        for event in unsealed:
            self.happens(event)

    def rows(self, table: str) -> dict[str, bytes]:
        """What the disk holds in one table."""
        return {key.key: row.value for key, row in self.disk.items() if key.table == table}

    # The home.

    def reaches(self, home: ScriptedHome, address: Address | None = None) -> None:
        """The client's dial opens a link; the handshake goes as far as both ends let it."""
        address = address or home.keys.address
        self.settles()
        assert address in self.dialled, f"{address} was not dialled, but {self.dialled}"
        self.dialled.remove(address)
        self._links += 1
        home.link = LinkId(self._links)
        home.close_code = None
        self.homes[home.link] = home
        self._waiting.append(
            LinkOpened(link=home.link, dialled=address, remote_address="192.0.2.1:7000")
        )
        opening = home.far_end.opening()
        if opening:
            self._waiting.append(FrameReceived(home.link, encode_frame(*opening)))
        self.settles()

    def misses(self, address: Address, reason: DialReason = "refused") -> None:
        """The client's dial to an address fails."""
        self.dialled.remove(address)
        self.happens(DialFailed(address, reason))

    def hears(self, home: ScriptedHome, *messages: Message) -> None:
        """One frame of its home arrives."""
        self.happens(FrameReceived(home.link, encode_frame(*messages)))

    def loses(self, home: ScriptedHome, reason: CloseReason = "reset") -> None:
        """The link is gone, by no doing of the client."""
        home.close_code = home.close_code or reason
        self.happens(LinkClosed(home.link, reason))

    def receives(self, home: ScriptedHome, *envelopes: Verified[StatementT]) -> None:
        """Its home delivers envelopes, in one frame."""
        self.hears(home, *(home.deliver(envelope) for envelope in envelopes))

    # The person.

    def asks(self, request: Request) -> Ticket:
        """The person asks for something; the answer will be in `answers`."""
        self._tickets += 1
        ticket = Ticket(1_000_000 + self._tickets)
        self.happens(Asked(ticket, request))
        return ticket

    def answer(self, request: Request) -> Reply:
        """The person asks, and is answered at once."""
        return self.answers[self.asks(request)]

    def says(self, to: Friend, text: str) -> MessageId:
        """A message that is in the outbox from now on."""
        reply = self.answer(Say(to=to.account_id, text=text, sent_at=1_700_000_000_000))
        assert isinstance(reply, Queued)
        return reply.message

    def stops(self) -> None:
        self.happens(Stopping(self.now_ms + 3_000))

    def told(self, kind: type[FactT]) -> list[FactT]:
        """The facts of one kind since this was last asked."""
        told = [fact for fact in self.facts if isinstance(fact, kind)]
        self.facts = [fact for fact in self.facts if not isinstance(fact, kind)]
        return told


def seal_for(effect: Seal) -> Event:
    try:
        return Sealed(effect.ticket, seal(effect.key, effect.info, effect.text))
    except BadKey as error:
        return SealFailed(effect.ticket, error.detail)


def open_for(effect: Open) -> Event:
    try:
        return Opened(effect.ticket, SealingKey(effect.seed).open(effect.info, effect.sealed))
    except CannotOpen:
        return Opened(effect.ticket, None)


def attached(
    name: str = "alice", home: ScriptedHome | None = None, bounds: Bounds | None = None
) -> ClientUnderTest:
    """A client that its home serves, which has forgotten how it came there."""
    client = ClientUnderTest(name, bounds=bounds)
    client.reaches(home if home is not None else ScriptedHome())
    client.facts.clear()
    return client
