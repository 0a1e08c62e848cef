"""Checkers are shown what they ask for, and nothing of machines that are not honest."""

from collections import Counter
from collections.abc import Sequence

import pytest

from overlay.core.facts import NodeStopping, StoreTrouble
from overlay.messages.links import Ack, Heartbeat
from overlay.messages.union import Message
from overlay.peering.events import FrameReceived, LinkId
from overlay.wire.codec import encode_frame
from simulations.checkers.base import Checker, Fact
from simulations.checkers.onlookers import Onlookers
from simulations.checkers.sight import ASKED_MAX, Sight
from simulations.machines import Host
from simulations.population import add_nodes
from simulations.weather import Conditions
from simulations.world import World
from tests.simulations.doubles import a_pair

LINK = LinkId(1)


class Spy(Checker):
    """Notes what it is shown."""

    id = "spy"
    facts = (NodeStopping,)

    def __init__(self) -> None:
        super().__init__()
        self.shown: list[object] = []

    def on_heard(self, host: Host, link: LinkId, messages: Sequence[Message], now_ms: int) -> None:
        self.shown.append(messages)

    def on_said(self, host: Host, link: LinkId, messages: Sequence[Message], now_ms: int) -> None:
        self.shown.append(messages)

    def on_fact(self, host: Host, fact: Fact, now_ms: int) -> None:
        self.shown.append(fact)

    def on_round(self, host: Host, now_ms: int) -> None:
        self.shown.append(now_ms)


@pytest.fixture
def spy() -> Spy:
    return Spy()


@pytest.fixture
def onlookers(spy: Spy) -> Onlookers:
    onlookers = Onlookers(Counter())
    onlookers.add(spy)
    return onlookers


def show_everything(onlookers: Onlookers, host: Host) -> None:
    frame = encode_frame(Ack(7), Heartbeat())
    onlookers.on_event(host, FrameReceived(LINK, frame), 10)
    onlookers.on_frame(host, LINK, frame, 10)
    onlookers.on_fact(host, NodeStopping(0), 10)
    onlookers.on_round(host, 10)


def test_a_checker_is_shown_what_it_overrides(spy: Spy, onlookers: Onlookers) -> None:
    messages = [Ack(7), Heartbeat()]

    show_everything(onlookers, a_pair().north)

    assert spy.shown == [messages, messages, NodeStopping(0), 10]


def test_nothing_is_shown_of_a_machine_that_is_not_honest(spy: Spy, onlookers: Onlookers) -> None:
    north = a_pair().north
    north.is_honest = False

    show_everything(onlookers, north)

    assert spy.shown == []


def test_only_the_facts_that_a_checker_names_are_shown_to_it(
    spy: Spy, onlookers: Onlookers
) -> None:
    onlookers.on_fact(a_pair().north, StoreTrouble(reason="full"), 10)

    assert spy.shown == []


@pytest.mark.parametrize("frame", [encode_frame(Heartbeat()), b'[{"number":', b""])
def test_frames_of_heartbeats_and_nonsense_hold_no_messages(
    spy: Spy, onlookers: Onlookers, frame: bytes
) -> None:
    onlookers.on_event(a_pair().north, FrameReceived(LINK, frame), 10)

    assert spy.shown == []


def test_of_many_nodes_others_are_asked_at_each_turn() -> None:
    world = World(1, Conditions())
    nodes = add_nodes(world, ASKED_MAX + 10, [])
    for host in nodes:
        world.start(host)

    first, second = Sight(nodes, turn=0), Sight(nodes, turn=1)

    assert len(first.censuses) == len(second.censuses) == ASKED_MAX
    assert set(first.censuses) | set(second.censuses) == {host.name for host in nodes}
    assert len(Sight(nodes).censuses) == ASKED_MAX + 10
