"""S8: whatever comes is answered, whatever is refused is told so, no credit is exceeded.

- A numbered envelope is acked, returned or refused by when its receiver is
  woken 25 ms later by its own clock, or its link is closed. A client whose person takes nothing
  may hold its acks back, and so may a home on whose links too many copies of its client
  find no room.
- So is a request; a search for people may take as long as it asks for their keys.
- What a node states to have refused goes out as a refusal, or closes a link,
  before the round is over.
- Of what is unanswered there is never more than the credit; one envelope fits always.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from overlay import limits
from overlay.core.facts import EnvelopeRefused, PeerRefused
from overlay.messages.clients import (
    Attach,
    Deliver,
    Done,
    Find,
    Found,
    Join,
    Leave,
    Submit,
    Watch,
)
from overlay.messages.ids import ClientId
from overlay.messages.links import Ack, Refusal, Welcome
from overlay.messages.routing import Relay, Returned, Spread
from overlay.messages.union import Message
from overlay.peering.events import FrameReceived, LinkClosed, LinkId, LinkOpened, Wake
from simulations.checkers.base import Checker, Fact
from simulations.machines import Event, Host, NodeHost

PAUSE_MS = 2 * limits.HEARTBEAT_NODE_MS
"""A node with links is handed something more often than this, unless it stands still."""

SEARCH_MS_MAX = (limits.BUNDLE_ASKS_MAX + 1) * limits.BUNDLE_ASK_MS + PAUSE_MS
"""A search asks for bundles so often before it goes on without them, each time a while after it
last got round to it: it may have stood still meanwhile for less than is noticed."""


@dataclass(slots=True)
class _Ledger:
    """What one end of a link owes, and is owed."""

    credit_envelopes: int | None = None
    credit_bytes: int = 0
    sent: dict[int, int] = field(default_factory=dict)
    sent_bytes: int = 0
    owed: dict[int, "_Due"] = field(default_factory=dict)
    """Numbers that have come and are not answered, and by when they have to be."""
    requests: dict[int, "_Due"] = field(default_factory=dict)

    def is_answered(self, number: int) -> None:
        self.sent_bytes -= self.sent.pop(number, 0)


@dataclass(frozen=True, slots=True)
class _Due:
    """When an answer is due: by the clock of who owes it, which may be slow, and by the world's,
    since it may have been put forward."""

    reading_ms: int
    world_ms: int
    submitted_by: ClientId | None = None
    is_held_back: bool = False
    """Whether it waited, when that was last looked at, until its home has room again for what its
    client writes: it is due a while after that."""

    def put_off(self, by_ms: int) -> "_Due":
        return replace(self, reading_ms=self.reading_ms + by_ms, world_ms=self.world_ms + by_ms)

    def is_past(self, host: Host, now_ms: int) -> bool:
        return self.reading_ms <= host.clock.reading(now_ms) and self.world_ms <= now_ms


def _holds_back(host: Host, client: ClientId | None) -> bool:
    return client is not None and isinstance(host, NodeHost) and host.holds_back(client)


def _put_off(ledgers: Iterable[_Ledger], by_ms: int) -> None:
    """Who stood still for a while answers that much later."""
    for ledger in ledgers:
        for owed in (ledger.owed, ledger.requests):
            for number, due in owed.items():
                owed[number] = due.put_off(by_ms)


class AnswersChecker(Checker):
    """Keeps the books of both ends of every link."""

    id = "S8"
    events = (LinkOpened, LinkClosed, Wake, FrameReceived)
    facts = (EnvelopeRefused, PeerRefused)
    branches = ("client held back", "credit used up")

    def __init__(self) -> None:
        super().__init__()
        self._ledgers: dict[str, dict[LinkId, _Ledger]] = {}
        self._unsaid: dict[str, Counter[str]] = {}
        self._due_ms: dict[str, int] = {}
        self._handed_ms: dict[str, int] = {}
        self._can_answer = True
        """Whether what is being handled came on a link that its machine has not closed yet."""

    # Links come and go.

    def on_standing(self, host: Host, link: LinkId, peer: str) -> None:
        """Both ends have welcomed each other as nodes do."""
        self._ledgers.setdefault(host.name, {})[link] = _Ledger(
            limits.LINK_CREDIT_ENVELOPES, limits.LINK_CREDIT_BYTES
        )

    def on_end(self, host: Host, now_ms: int) -> None:
        self._ledgers.pop(host.name, None)
        self._unsaid.pop(host.name, None)

    def on_event(self, host: Host, event: Event, now_ms: int) -> None:
        name = host.name
        ledgers = self._ledgers.get(name)
        if ledgers is None:
            ledgers = self._ledgers[name] = {}
        stood_ms = now_ms - self._handed_ms.get(name, now_ms)
        self._handed_ms[name] = now_ms
        if stood_ms > PAUSE_MS:
            _put_off(ledgers.values(), stood_ms)
        self._can_answer = True
        match event:
            case FrameReceived(link):
                self._can_answer = link in ledgers
            case LinkOpened(link=link):
                ledgers[link] = _Ledger()
            case LinkClosed(link=link):
                # What was refused on it in this very round can be told to nobody.
                self._unsaid.pop(name, None)
                self._drop(host, link)
            case _:
                pass

    def on_close(self, host: Host, link: LinkId, code: str, now_ms: int) -> None:
        self._said(host, code)
        if code == "stopping":
            # So a goodbye is answered: who said it listens no longer.
            self._unsaid.pop(host.name, None)
        self._drop(host, link)

    def _drop(self, host: Host, link: LinkId) -> None:
        """What was to be said on it cannot be said any more."""
        self._ledgers.get(host.name, {}).pop(link, None)

    # What comes.

    def on_heard(self, host: Host, link: LinkId, messages: Sequence[Message], now_ms: int) -> None:
        ledger = self._ledgers.get(host.name, {}).get(link)
        if ledger is not None:
            for message in messages:
                self._take(host, ledger, message, now_ms)

    def _take(self, host: Host, ledger: _Ledger, message: Message, now_ms: int) -> None:
        match message:
            case Ack(number):
                for earlier in [sent for sent in ledger.sent if sent <= number]:
                    ledger.is_answered(earlier)
            case Returned(number=number) | Refusal(number=int(number)):
                ledger.is_answered(number)
            case Welcome():
                ledger.credit_envelopes = message.limits.credit_envelopes
                ledger.credit_bytes = message.limits.credit_bytes
            case _ if not isinstance(host, NodeHost):
                pass
            case Relay() | Spread() | Submit():
                self._owe(host, ledger.owed, message.number, limits.ACK_DELAY_MS, now_ms)
                if isinstance(message, Submit):
                    due = ledger.owed[message.number]
                    client = ClientId(message.envelope.signer)
                    ledger.owed[message.number] = replace(
                        due, submitted_by=client, is_held_back=_holds_back(host, client)
                    )
            case Find() | Watch():
                # What is told of everybody waits until it is read.
                self._owe(host, ledger.requests, message.request, SEARCH_MS_MAX, now_ms)
            case Attach() | Join() | Leave():
                self._owe(host, ledger.requests, message.request, limits.ACK_DELAY_MS, now_ms)
            case _:
                pass

    def _owe(
        self, host: Host, owed: dict[int, _Due], number: int, within_ms: int, now_ms: int
    ) -> None:
        due = _Due(host.clock.reading(now_ms) + within_ms, now_ms + within_ms)
        owed.setdefault(number, due)
        self._due_ms[host.name] = min(self._due_ms.get(host.name, due.world_ms), due.world_ms)

    # What is said.

    def on_said(self, host: Host, link: LinkId, messages: Sequence[Message], now_ms: int) -> None:
        ledger = self._ledgers.get(host.name, {}).get(link)
        if ledger is not None:
            for message in messages:
                self._say(host, ledger, message, now_ms)

    def _say(self, host: Host, ledger: _Ledger, message: Message, now_ms: int) -> None:
        match message:
            case Relay() | Spread() | Submit() | Deliver():
                self._spend(host, ledger, message, now_ms)
            case Ack(number):
                for earlier in [owed for owed in ledger.owed if owed <= number]:
                    del ledger.owed[earlier]
            case Returned(number=number):
                ledger.owed.pop(number, None)
            case Refusal():
                self._said(host, message.code)
                ledger.owed.pop(message.number or 0, None)
                ledger.requests.pop(message.request or -1, None)
            case Done(request) | Found(request=request, is_last=True):
                ledger.requests.pop(request, None)
            case Welcome() if ledger.credit_envelopes is None:
                # Clients welcome nobody: what is accepted from one is what it accepts.
                ledger.credit_envelopes = message.limits.credit_envelopes
                ledger.credit_bytes = message.limits.credit_bytes
            case _:
                pass

    def _spend(
        self, host: Host, ledger: _Ledger, message: Relay | Spread | Submit | Deliver, now_ms: int
    ) -> None:
        size_bytes = message.envelope.size_bytes
        ledger.sent[message.number] = size_bytes
        ledger.sent_bytes += size_bytes
        count, most = len(ledger.sent), ledger.credit_envelopes or 0
        if count == most:
            self.sometimes("credit used up")
        if count > 1 and (count > most or ledger.sent_bytes > ledger.credit_bytes):
            self.broken(
                now_ms,
                f"{host.name} has {count} envelopes of {ledger.sent_bytes} bytes unanswered, "
                f"with credit for {most} of {ledger.credit_bytes}",
            )

    # Whether it was said in time.

    def on_fact(self, host: Host, fact: Fact, now_ms: int) -> None:
        assert isinstance(fact, EnvelopeRefused | PeerRefused)
        if self._can_answer:
            self._unsaid.setdefault(host.name, Counter())[fact.code] += 1

    def _said(self, host: Host, code: str) -> None:
        unsaid = self._unsaid.get(host.name)
        if unsaid is not None and unsaid[code] > 0:
            unsaid[code] -= 1

    def on_round(self, host: Host, now_ms: int) -> None:
        unsaid = self._unsaid.pop(host.name, None)
        if unsaid is not None and unsaid.total() > 0:
            self.broken(now_ms, f"{host.name} refused in silence: {dict(unsaid)}")
        if self._due_ms.get(host.name, limits.INTEGER_MAX) <= now_ms:
            self._check_due(host, now_ms)

    def _check_due(self, host: Host, now_ms: int) -> None:
        later: list[int] = []
        for link, ledger in self._ledgers.get(host.name, {}).items():
            for what, owed in (("number", ledger.owed), ("request", ledger.requests)):
                late = [each for each, due in owed.items() if due.is_past(host, now_ms)]
                for each in late:
                    due = owed.pop(each)
                    is_held_back = _holds_back(host, due.submitted_by)
                    if due.is_held_back or is_held_back:
                        self.sometimes("client held back")
                        held = replace(due, is_held_back=is_held_back)
                        owed[each] = held.put_off(2 * limits.ACK_DELAY_MS)
                        continue
                    self.broken(now_ms, f"{host.name} leaves {what} {each} of {link} unanswered")
                later += [due.world_ms for due in owed.values()]
        self._due_ms[host.name] = min(later, default=limits.INTEGER_MAX)
