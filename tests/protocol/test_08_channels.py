"""Chapter 8, the node's side: channels, and where to resume."""

import pytest

from overlay import limits
from overlay.core.facts import ListenerSkipped
from overlay.messages.clients import (
    Deliver,
    Done,
    Join,
    Leave,
    Submit,
)
from overlay.messages.gossip import Push
from overlay.messages.links import Ack, Homes, Refusal, Welcome
from tests.protocol.harness import NodeUnderTest, a_node
from tests.support.people import (
    ClientKeys,
    a_client,
    a_node_called,
)

SOUTH, WEST = a_node_called("south"), a_node_called("west")


@pytest.fixture
def alice() -> ClientKeys:
    return a_client("alice")


@pytest.fixture
def bob() -> ClientKeys:
    return a_client("bob")


@pytest.fixture
def north() -> NodeUnderTest:
    return a_node(neighbours=[SOUTH])


# 8.4 Channels


def test_a_channel_envelope_reaches_who_listens_here(
    north: NodeUnderTest, alice: ClientKeys, bob: ClientKeys
) -> None:
    """docs/protocol.md, section 8.4: its origin left out; accepted, never kept."""
    home, other, third = (north.attached(each) for each in (alice, bob, a_client("carol")))
    for peer in (home, other):
        peer.says(Join(request=4, channel="garden"))
        assert peer.hears() == [Done(4)]
    third.says(Join(request=4, channel="kitchen"))
    third.hears()
    said = alice.says_on("garden", "hello").signed

    home.says(Submit(number=1, envelope=said), Submit(number=2, envelope=said))
    north.passes(25)

    assert home.hears() == [Ack(2)]
    deliver = other.hears_one(Deliver)
    assert (deliver.envelope, deliver.keeper) == (said, None)
    assert third.hears_all(Deliver) == []
    assert north.node.snapshot().mailbox_envelopes == 0


def test_who_has_left_a_channel_hears_it_no_more(
    north: NodeUnderTest, alice: ClientKeys, bob: ClientKeys
) -> None:
    """docs/protocol.md, section 8.4."""
    home, other = north.attached(alice), north.attached(bob)
    other.says(Join(request=1, channel="garden"), Join(request=2, channel="kitchen"))
    other.says(Leave(request=3, channel="garden"), Leave(request=4, channel="cellar"))
    assert [done.request for done in other.hears_all(Done)] == [1, 2, 3, 4]

    home.says(Submit(number=1, envelope=alice.says_on("garden", "hello").signed))

    assert other.hears_all(Deliver) == []


def test_a_client_that_comes_back_has_to_join_again(
    north: NodeUnderTest, alice: ClientKeys, bob: ClientKeys
) -> None:
    """docs/protocol.md, section 8.4."""
    home, other = north.attached(alice), north.attached(bob)
    other.says(Join(request=1, channel="garden"))
    other.ends()
    again = north.attached(bob)

    home.says(Submit(number=1, envelope=alice.says_on("garden", "hello").signed))

    assert again.hears_all(Deliver) == []


def test_a_client_listens_to_at_most_64_channels(north: NodeUnderTest, alice: ClientKeys) -> None:
    """docs/protocol.md, section 8.4."""
    home = north.attached(alice)
    home.says(*(Join(request=number, channel=f"c{number}") for number in range(64)))
    home.hears()

    home.says(Join(request=64, channel="c64"), Join(request=65, channel="c1"))

    refusal, done = home.hears()
    assert isinstance(refusal, Refusal)
    assert (refusal.code, refusal.request, done) == ("busy", 64, Done(65))


def test_only_an_attached_client_listens(north: NodeUnderTest, alice: ClientKeys) -> None:
    """docs/protocol.md, section 8.4."""
    home = north.client(alice)

    home.says(Join(request=1, channel="garden"))

    assert home.is_refused() == home.close_code == "unexpected"


@pytest.mark.parametrize("name", ["", "x" * 65, "two words", "#garden", "bell\x07", "tab\t"])
def test_a_channel_name_out_of_its_bounds_is_refused(
    north: NodeUnderTest, alice: ClientKeys, name: str
) -> None:
    """docs/protocol.md, section 8.4."""
    home = north.attached(alice)

    home.says(Join(request=1, channel=name))

    assert home.is_refused() == home.close_code == "malformed"


def test_a_listener_without_credit_is_left_out(
    north: NodeUnderTest, alice: ClientKeys, bob: ClientKeys
) -> None:
    """docs/protocol.md, sections 1.4 and 8.4."""
    home, other = north.attached(alice), north.attached(bob)
    other.says(Join(request=1, channel="garden"))
    for number in range(1, limits.CLIENT_CREDIT_ENVELOPES + 6):
        home.says(Submit(number=number, envelope=alice.says_on("garden", "hello").signed))
        north.passes(25 if number % 100 == 0 else 0)

    assert len(other.hears_all(Deliver)) == limits.CLIENT_CREDIT_ENVELOPES
    assert home.hears_all(Refusal) == []
    assert [fact.client for fact in north.facts_of(ListenerSkipped)] == [bob.id] * 5


# 8.5 Resuming


def test_clients_are_told_when_the_nodes_to_resume_at_change(
    north: NodeUnderTest, alice: ClientKeys
) -> None:
    """docs/protocol.md, section 8.5: soon, and at most every 5 s."""
    home = north.attached(alice)
    south = north.linked(SOUTH)
    north.passes(100)

    (told,) = home.hears_all(Homes)
    assert [node.name for node in told.homes] == ["south"]

    south.ends("orderly")
    north.passes(4_800)
    assert home.hears_all(Homes) == []
    north.passes(200)
    (told,) = home.hears_all(Homes)
    assert told.homes == ()


def test_the_nearest_homes_come_first_and_at_most_eight(
    north: NodeUnderTest, alice: ClientKeys
) -> None:
    """docs/protocol.md, sections 2.4 and 8.5: one without an address is no use."""
    far = [a_node_called(f"far-{number}") for number in range(10)]
    south = north.linked(SOUTH)
    everybody = (north.keys.id, SOUTH.id, *(node.id for node in far))
    south.says(Push((SOUTH.record(links=everybody, neighbours=everybody).signed,)))
    records = [
        node.record(
            links=(SOUTH.id,), neighbours=(SOUTH.id,), addresses=() if node is far[0] else None
        )
        for node in far
    ]
    south.says(Push(tuple(record.signed for record in records)))
    north.passes(10)

    home = north.client(alice)

    names = [node.name for node in home.hears_one(Welcome).homes]
    assert (names[0], len(names)) == ("south", 8)
    assert "far-0" not in names
