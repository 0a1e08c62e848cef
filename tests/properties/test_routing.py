"""Routing on any graph: with dead links, stale records and slow answers, in any order."""

from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as some

from overlay.core.assembly import Assembly
from overlay.core.durable import Durable
from overlay.core.settings import Settings
from overlay.core.state.links import Link
from overlay.messages.ids import NodeId
from overlay.messages.links import Ack
from overlay.messages.routing import Relay, Returned, UnitKey
from overlay.peering.events import LinkId
from overlay.peering.statements import Reader
from overlay.structures.graph import distances
from overlay.wire.codec import decode_frame
from tests.support.farend import a_handshake
from tests.support.people import NETWORK, NodeKeys, a_client, a_node_called

Edge = tuple[int, int]

ALICE, BOB = a_client("alice"), a_client("bob")
MESSAGE = ALICE.message_to(BOB)
NODES_MAX = 7
EDGES_MAX = 15
"""An origin next to its home may spend 20 transmissions: on so few links that is always enough,
whatever way it goes, and each direction is used once at most."""


@cache
def keys_of(number: int) -> NodeKeys:
    return a_node_called(f"place-{number}")


@dataclass
class Case:
    """A graph, the links of which nobody at the far end answers, and what the records say."""

    nodes: int
    edges: list[Edge]
    dead: list[Edge]
    said: list[Edge]


@some.composite
def cases(draw: some.DrawFn) -> Case:
    nodes = draw(some.integers(2, NODES_MAX))
    every = [(one, other) for other in range(nodes) for one in range(other)]
    edges = draw(some.lists(some.sampled_from(every), unique=True, max_size=EDGES_MAX))
    some_of_them = some.lists(some.sampled_from(edges), unique=True) if edges else some.just([])
    said = some.lists(some.sampled_from(every), unique=True, max_size=EDGES_MAX)
    return Case(nodes=nodes, edges=edges, dead=draw(some_of_them), said=draw(said))


@dataclass
class Overlay:
    """Nodes of which only routing runs; messages between them wait until they are drawn."""

    case: Case
    nodes: list[Assembly] = field(default_factory=list)
    links: dict[tuple[int, int], Link] = field(default_factory=dict)
    used: Counter[tuple[int, int]] = field(default_factory=Counter)
    waiting: list[tuple[int, int, Relay | Returned | Ack]] = field(default_factory=list)
    arrived: int = 0
    now_ms: int = 0

    def __post_init__(self) -> None:
        self.nodes = [self._node(number) for number in range(self.case.nodes)]
        for one, other in self.case.edges:
            self.links[one, other] = self._link(one, other)
            self.links[other, one] = self._link(other, one)

    def _node(self, number: int) -> Assembly:
        keys = keys_of(number)
        own = Settings(
            name=keys.name,
            network=NETWORK,
            admission="open",
            addresses=(),
            neighbours=(),
            software="a test",
        )
        parts = Assembly(keys.key, own, Durable(), Random(number), Reader(NETWORK))
        everybody = tuple(keys_of(each).id for each in range(self.case.nodes))
        for node in everybody:
            parts.members.vouch_openly(node)
        for each in range(self.case.nodes):
            ends = [b if a == each else a for a, b in self.case.said if each in (a, b)]
            links = tuple(keys_of(end).id for end in ends)
            record = keys_of(each).record(links=links, neighbours=everybody)
            parts.gossip.apply([parts.verification.read_record(record.signed)])
        return parts

    def _link(self, here: int, there: int) -> Link:
        keys = keys_of(here)
        link = Link(
            id=LinkId(there + 1),
            handshake=a_handshake(keys.key, "node", keys.incarnation, dials=True),
            dialled=None,
            remote_address="",
            remote_block="",
            opened_ms=0,
            heard_ms=0,
            said_ms=0,
            peer=keys_of(there).id,
            is_node=True,
        )
        self.nodes[here].links.add(link)
        self.nodes[here].links.open(link)
        return link

    def gather(self) -> None:
        """What the nodes have said since; what goes over a dead link is never heard of again."""
        for (here, there), link in self.links.items():
            for message in (m for frame in link.outgoing.flush() for m in decode_frame(frame)):
                assert isinstance(message, Relay | Returned | Ack)
                if isinstance(message, Relay):
                    self.used[here, there] += 1
                    assert message.budget >= 0
                if (min(here, there), max(here, there)) not in self.case.dead:
                    self.waiting.append((here, there, message))

    def hand_over(self, place: int) -> None:
        """One of the messages under way arrives, and is acked at once if it is a copy."""
        here, there, message = self.waiting.pop(place)
        parts, link = self.nodes[there], self.links[there, here]
        match message:
            case Relay():
                unit, _ = parts.routing.on_relay(link, message, MESSAGE.leaf, self.now_ms)
                self.arrived += unit is not None
                self.waiting.append((there, here, Ack(message.number)))
            case Returned():
                key = UnitKey(MESSAGE.leaf, message.home, message.attempt)
                link.unanswered.answered(message.number, self.now_ms)
                parts.routing.on_returned(link, message, key, self.now_ms)
            case Ack(number):
                for item in link.unanswered.acked(number, self.now_ms):
                    assert isinstance(item, UnitKey)
                    parts.routing.on_acked(link, item)

    def wake(self) -> None:
        """Time goes on to the next deadline of any link."""
        late = [
            (at_ms, here, link)
            for (here, _), link in self.links.items()
            if (at_ms := link.unanswered.late_at_ms()) is not None
        ]
        self.now_ms = min(late)[0]
        for at_ms, here, link in late:
            if at_ms == self.now_ms:
                self.nodes[here].routing.on_answer_due(link, self.now_ms)

    @property
    def is_waited_for(self) -> bool:
        return any(link.unanswered.late_at_ms() is not None for link in self.links.values())


@settings(deadline=None, max_examples=150)
@given(case=cases(), data=some.data())
def test_a_unit_reaches_its_home_if_there_is_any_way_and_else_comes_back(
    case: Case, data: some.DataObject
) -> None:
    """docs/protocol.md, section 6.2: whatever the records say, and in any order of arrival."""
    overlay = Overlay(case)
    home = NodeId(keys_of(case.nodes - 1).id)
    key = UnitKey(MESSAGE.leaf, home, 1)
    origin = overlay.nodes[0].routing

    origin.send(key, MESSAGE.signed, NodeId(keys_of(0).id), 0)
    overlay.gather()
    while overlay.waiting or overlay.is_waited_for:
        if overlay.waiting:
            overlay.hand_over(data.draw(some.integers(0, len(overlay.waiting) - 1)))
        else:
            overlay.wake()
        overlay.gather()

    assert all(times == 1 for times in overlay.used.values())
    ended = origin.take_ended()
    assert overlay.arrived or [each.reason for each in ended] == ["no_way"]
    if has_way(case):
        assert overlay.arrived >= 1
    if not case.dead:
        # Nobody was silent, so there was never more than one copy: it is there, or it came back.
        assert overlay.arrived + len(ended) == 1


def has_way(case: Case) -> bool:
    """Whether live links lead from the origin to the home."""
    alive = [edge for edge in case.edges if edge not in case.dead]

    def neighbours(node: int) -> list[int]:
        return [b if a == node else a for a, b in alive if node in (a, b)]

    return case.nodes - 1 in distances(0, neighbours)
