"""Puts what clients tell before the checkers of the simulated world."""

from collections import Counter
from collections.abc import Callable, Sequence

from overlay.client.facts import (
    Attached,
    ChannelMessageArrived,
    Detached,
    Fact,
    LadderStepped,
    MessageArrived,
)
from overlay.core.facts import IncarnationRaised
from overlay.messages.ids import AccountId, ChainId, ClientId, ConversationId, Incarnation, NodeId
from overlay.messages.ids import Counter as EnvelopeCounter
from overlay.peering.events import LinkId, LinkOpened, Stopping
from overlay.sdk.values import Message
from simulations.chaos.account import Account
from simulations.chaos.hosts import NETWORK, RealClient, RealNode
from simulations.chaos.tally import Tally
from simulations.checkers.base import Violation
from simulations.checkers.counters import CountersChecker
from simulations.checkers.crashes import CrashesChecker, OpenLinks
from simulations.checkers.liveness.judges import DeliveryJudge
from simulations.checkers.onlookers import Onlookers
from simulations.checkers.order import OrderChecker
from simulations.checkers.origins import OriginsChecker
from simulations.checkers.replays import ReplaysChecker
from simulations.checkers.shown import ShownChecker
from simulations.machines import Host

STRANGER = ClientId("a stranger")
"""Stands for the origin of what nobody who takes part can have said."""

Arrived = MessageArrived | ChannelMessageArrived


class Court:
    """Shows the checkers what a person at a client sees. Times are milliseconds of one clock."""

    def __init__(
        self,
        nodes: Sequence[RealNode],
        people: Sequence[RealClient],
        links: OpenLinks,
        changes: Callable[[], int],
    ) -> None:
        """`changes` tells how often anything has befallen the overlay but the end of a process."""
        self.account = Account(people)
        self.tally = Tally()
        self.sometimes: Counter[str] = Counter()
        self._hosts: list[Host] = [*nodes, *people]
        self._nodes: dict[str, RealNode] = {node.key.id: node for node in nodes}
        self._bare: dict[str, int] = {}
        self._clients: dict[AccountId, ClientId] = {
            host.identity.account: host.identity.client for host in people
        }
        sayings = self.account.sayings
        self._crashes = CrashesChecker(self._hosts, links, sayings, changes)
        self._delivery = DeliveryJudge(sayings, self._crashes.are_unaffected)
        self._onlookers = Onlookers(self.sometimes)
        self._onlookers.add(
            OriginsChecker(sayings, self._hosts, NETWORK),
            ShownChecker(self._hosts),
            CountersChecker(self._hosts),
            ReplaysChecker(),
            OrderChecker(),
            self._crashes,
            self._delivery,
        )
        self.defects: list[Violation] = []
        """Processes that ended by themselves, or would not start."""

    @property
    def violations(self) -> list[Violation]:
        """Safety that did not hold, in order of time."""
        return self._found(is_of_safety=True)

    @property
    def unmet(self) -> list[Violation]:
        """Bounds of liveness that did not hold, of those that checkers judge."""
        return self._found(is_of_safety=False)

    def _found(self, *, is_of_safety: bool) -> list[Violation]:
        checkers = [c for c in self._onlookers.checkers if c.is_of_safety is is_of_safety]
        found = [violation for checker in checkers for violation in checker.violations]
        found += self.defects if is_of_safety else []
        return sorted(found, key=lambda violation: violation.at_ms)

    # What befalls hosts.

    def on_start(self, host: RealNode | RealClient, now_ms: int, *, is_bare: bool = False) -> None:
        """A process, or a client, begins; a bare one without what it knew."""
        host.runs = True
        host.starts += 1
        if is_bare:
            host.disk.losses += 1
            self._bare[host.name] = host.starts

    def on_end(self, host: RealNode | RealClient, now_ms: int) -> None:
        """It runs no longer."""
        host.runs = False
        self._onlookers.on_end(host, now_ms)
        self.account.on_detached(host.name)

    def look(self, now_ms: int) -> None:
        """Have the checkers look, as every now and then."""
        self._onlookers.look(self._hosts, now_ms)

    def begin_calm(self, now_ms: int) -> None:
        """Nothing befalls anybody any more: what is said from now on is delivered in time (L2)."""
        self._delivery.begin(now_ms)

    def on_defect(self, detail: str, now_ms: int) -> None:
        """A process did what no process may."""
        self.defects.append(Violation("defect", now_ms, detail))

    # What clients tell.

    def on_fact(self, host: RealClient, fact: Fact, now_ms: int) -> None:
        """A client states something, as the SDK reports it."""
        match fact:
            case Attached(home=home):
                # The link was opened a little before; when, the SDK tells nobody.
                opened = LinkOpened(
                    link=LinkId(host.starts), dialled=fact.address, remote_address=""
                )
                self._onlookers.on_event(host, opened, now_ms)
                self.account.on_attached(host.name, self._nodes[home])
                self.tally.on_attached(host.name, now_ms)
            case Detached(is_final=is_left):
                if is_left:
                    self._onlookers.on_event(host, Stopping(now_ms), now_ms)
                self._excuse(host, now_ms)
                self.account.on_detached(host.name)
                self.tally.on_detached(host.name, now_ms)
            case LadderStepped():
                self.account.on_step(host.name, fact, now_ms)
            case _:
                pass
        self._onlookers.on_fact(host, fact, now_ms)

    def on_message(self, host: RealClient, message: Message, now_ms: int) -> None:
        """A person is shown a message."""
        fact = self._fact_of(message)
        if self.account.on_shown(host.name, message.text, now_ms):
            self.tally.deliveries.note(now_ms)
        self._onlookers.on_fact(host, fact, now_ms)

    def _excuse(self, host: RealClient, now_ms: int) -> None:
        """A node that began without its disk may have to begin anew, and only its log says so."""
        home = self.account.home_of(host.name)
        if home is not None and self._bare.get(home.name) == home.starts:
            told_by, incarnation = NodeId(home.key.id), Incarnation(home.starts)
            raised = IncarnationRaised(told_by=told_by, incarnation=incarnation)
            self._onlookers.on_fact(home, raised, now_ms)

    def _fact_of(self, message: Message) -> Arrived:
        """What the client's machine has stated to the SDK, which tells people a part of it."""
        sent_at = self.account.sent_at(message.text, message.sent_at)
        *name, last = message.id.split("/")
        if message.channel is not None:
            return ChannelMessageArrived(
                channel=message.channel,
                origin=ClientId(name[0]),
                incarnation=Incarnation(int(name[1])),
                counter=EnvelopeCounter(int(last)),
                person=message.person,
                name=message.name,
                text=message.text,
                sent_at=sent_at,
            )
        return MessageArrived(
            origin=self._clients.get(message.person, STRANGER),
            chain=ChainId(name[0]),
            index=int(last),
            conversation=ConversationId(message.person),
            person=message.person,
            name=message.name,
            is_own=message.is_own,
            text=message.text,
            sent_at=sent_at,
            follows_gap=message.follows_gap,
        )
