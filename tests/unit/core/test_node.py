"""The node itself: which event goes where, and when it wants to be woken."""

from random import Random

from overlay.core.durable import Durable
from overlay.core.effects import Answer
from overlay.core.events import Command
from overlay.core.node import Node
from overlay.core.requests import AcceptKey, Carried, NodeStatus, StatusWanted
from overlay.core.settings import Settings
from overlay.messages.clients import Find
from overlay.messages.links import Goodbye, Heartbeat
from overlay.peering.effects import Persist
from overlay.peering.events import (
    DialFailed,
    Drained,
    FrameReceived,
    LinkClosed,
    LinkId,
    Loaded,
    Stored,
    Ticket,
    Wake,
)
from overlay.wire.codec import PLAIN_HEARTBEAT
from tests.protocol.harness import NodeUnderTest, a_node, at
from tests.support.people import NETWORK, a_client, a_node_called, address_of

ALICE = a_client("alice")
SOUTH = a_node_called("south")


def a_new_node() -> Node:
    settings = Settings(
        name="north",
        network=NETWORK,
        admission="listed",
        addresses=(),
        neighbours=(),
        software="a test",
    )
    return Node(a_node_called("north").key, settings, Durable(), Random(1))


def test_a_new_node_wants_to_be_woken_at_once_and_then_makes_its_incarnation_durable() -> None:
    """docs/protocol.md, section 2.5."""
    node = a_new_node()
    assert node.next_deadline_ms() == 0

    (persist,) = node.handle(Wake(), 5)

    assert isinstance(persist, Persist)
    assert [row.key for row in persist.rows] == ["incarnation", "counter"]
    assert node.next_deadline_ms() is None
    node.handle(Stored(persist.ticket), 6)
    assert node.next_deadline_ms() == 6


def test_an_event_makes_a_round_that_ends_with_a_wake() -> None:
    node = a_new_node()
    node.handle(Wake(), 5)

    for event in (
        Loaded(Ticket(1), ()),
        LinkClosed(LinkId(9), "reset"),
        DialFailed(address_of("nowhere"), "refused"),
        Stored(Ticket(99)),
    ):
        assert node.handle(event, 7) == []
        assert node.handle(event, 8) == []
        assert node.next_deadline_ms() == 7
        assert node.handle(Wake(), 8) == []
        assert node.next_deadline_ms() is None


def test_what_nothing_follows_from_makes_no_round() -> None:
    """docs/protocol.md, section 1.3: a quiet overlay is quiet."""
    north = a_node(neighbours=[SOUTH])
    south = north.linked(SOUTH)
    next_ms = north.node.next_deadline_ms()

    for event in (
        Drained(south.link, 0),
        Drained(LinkId(99), 0),
        FrameReceived(south.link, PLAIN_HEARTBEAT),
        FrameReceived(LinkId(99), b"[]"),
    ):
        assert north.node.handle(event, north.now_ms) == []
        assert north.node.next_deadline_ms() == next_ms


def test_what_the_operator_asks_is_answered_under_its_ticket() -> None:
    node = a_new_node()

    (answer,) = node.handle(Command(Ticket(7), StatusWanted()), 0)

    assert isinstance(answer, Answer)
    assert (answer.ticket, answer.reply) == (7, node.snapshot())
    assert isinstance(answer.reply, NodeStatus)


def test_a_drained_outbox_has_room_again() -> None:
    """docs/protocol.md, section 1.4."""
    north = a_node()
    alice = north.attached(ALICE)
    north.happens(Drained(alice.link, 8_000_000))
    alice.says(Find(request=1, name="alice"))
    assert alice.is_refused() == "busy"

    north.happens(Drained(alice.link, 0))
    alice.says(Find(request=2, name="alice"))

    assert alice.is_open
    assert len(alice.hears()) == 1


def test_the_rest_of_a_frame_after_a_goodbye_is_nothing() -> None:
    """docs/protocol.md, section 10.3."""
    north: NodeUnderTest = a_node(neighbours=[SOUTH])
    south = north.linked(SOUTH)

    south.says(Goodbye(()), Heartbeat(wants_echo=True))

    assert south.hears() == []
    assert south.close_code == "stopping"


def test_accepting_a_key_dials_at_once() -> None:
    """docs/protocol.md, section 4.2."""
    north = a_node(neighbours=[at(SOUTH.address)])
    north.misses(SOUTH.address)

    assert isinstance(north.commands(AcceptKey(SOUTH.address)), Carried)

    assert north.dialled == [SOUTH.address]
