"""Chapter 2, its end: which incarnation counts, and which of two links."""

from dataclasses import replace

import pytest

from overlay import limits
from overlay.core.facts import IncarnationRaised, NeighbourUnreachable
from overlay.core.settings import Neighbour
from overlay.messages.gossip import Push
from overlay.messages.ids import Incarnation
from overlay.messages.links import Heartbeat, Hello, Proof, Welcome
from overlay.peering.events import LinkClosed, Stored
from tests.protocol.harness import NodeUnderTest, a_node, at, told
from tests.support.farend import WELCOME, FarEnd
from tests.support.people import NodeKeys, a_client, a_node_called

ALICE = a_client("alice")
SOUTH, WEST = a_node_called("south"), a_node_called("west")


@pytest.fixture
def north() -> NodeUnderTest:
    return a_node(neighbours=[SOUTH])


# 2.5 Incarnations


def test_nothing_is_said_before_the_incarnation_is_durable() -> None:
    """docs/protocol.md, section 2.5."""
    north = NodeUnderTest(neighbours=[at(SOUTH.address)])
    north.stores_at_once = False
    north.settles()

    early = north.accepts(FarEnd(ALICE, dials=True))
    assert early.hears() == []
    assert early.close_code == "starting"
    assert north.dialled == []
    (ticket,) = north.unanswered
    north.happens(Stored(ticket))

    assert north.dialled == [SOUTH.address]
    assert north.client(ALICE).hears_all(Hello) != []


def test_an_incarnation_that_cannot_be_stored_is_offered_again_after_a_while() -> None:
    """docs/protocol.md, section 2.5: without keeping the disk busy."""
    north = NodeUnderTest()
    north.stores_at_once = False
    north.settles()

    north.disk_refuses()
    assert north.unanswered == []
    north.passes(limits.STORE_RETRY_MS)
    assert len(north.unanswered) == 1
    north.happens(Stored(north.unanswered[0]))

    assert north.client(ALICE).hears_all(Hello) != []


def test_a_restart_takes_the_next_incarnation(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 2.5."""
    again = a_node(rows=north.disk.values())

    assert (north.incarnation, again.incarnation) == (1, 2)


def test_who_is_told_of_a_record_above_its_own_begins_anew_above_it(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 2.5: our disk was lost, or is another one."""
    alice = north.attached(ALICE)
    lost = a_node_called("north").record(incarnation=7, version=3)

    south = north.accepts(FarEnd(SOUTH, dials=True, welcome=told(lost)))

    assert north.incarnation == 8
    assert (south.close_code, alice.close_code) == ("old_incarnation", "old_incarnation")
    raised = IncarnationRaised(told_by=SOUTH.id, incarnation=Incarnation(8))
    assert north.facts_of(IncarnationRaised) == [raised]
    assert a_node(rows=north.disk.values()).incarnation == 9
    assert north.client(ALICE).is_open


def test_a_dial_that_ends_while_the_node_begins_anew_is_made_again() -> None:
    """docs/protocol.md, sections 2.5 and 10.2."""
    north = a_node(neighbours=[SOUTH, at(WEST.address)])
    assert north.dialled == [WEST.address]
    north.stores_at_once = False
    lost = a_node_called("north").record(incarnation=7)
    north.accepts(FarEnd(SOUTH, dials=True, welcome=told(lost)))

    early = north.reaches(WEST.address, FarEnd(WEST, dials=False))
    assert early.close_code == "starting"
    north.happens(*(Stored(ticket) for ticket in north.unanswered))
    north.passes(500)

    assert north.dialled == [WEST.address]


def test_a_record_of_an_earlier_start_changes_nothing(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 2.5."""
    old = a_node_called("north").record(incarnation=0, version=9)

    south = north.accepts(FarEnd(SOUTH, dials=True, welcome=told(old)))

    assert south.is_open
    assert north.incarnation == 1


@pytest.mark.parametrize("version", [0, 1, 900])
def test_a_record_of_its_incarnation_that_a_node_has_not_signed_has_it_begin_anew(
    north: NodeUnderTest, version: int
) -> None:
    """docs/protocol.md, section 2.5: its disk went back, and it may have counted further since."""
    other_run = a_node_called("north").record(incarnation=1, version=version)

    south = north.accepts(FarEnd(SOUTH, dials=True, welcome=told(other_run)))

    assert south.close_code == "old_incarnation"
    assert north.incarnation == 2


def test_a_record_that_a_node_has_signed_in_this_run_changes_nothing() -> None:
    """docs/protocol.md, section 2.5."""
    north = a_node(neighbours=[SOUTH, WEST])
    west = north.linked(WEST)
    north.linked(SOUTH)
    heard = [signed for push in west.hears_all(Push) for signed in push.records]
    record = next(signed for signed in heard if signed.signer == north.keys.id)

    south = north.accepts(FarEnd(SOUTH, dials=True, welcome=replace(WELCOME, record=record)))

    assert south.is_open
    assert north.incarnation == 1


def test_a_welcome_with_a_forged_record_of_ours_is_refused(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 2.5."""
    true = a_node_called("north").record(incarnation=7)
    forged = replace(true, signed=replace(true.signed, signature="A" * 86))
    slot = a_node_called("north").slot(0, None, incarnation=7)

    first = north.accepts(FarEnd(SOUTH, dials=True, welcome=told(forged)))
    second = north.accepts(FarEnd(SOUTH, dials=True, welcome=told(slot)))

    assert first.is_refused() == first.close_code == "bad_signature"
    assert second.is_refused() == second.close_code == "unexpected"
    assert north.incarnation == 1


def test_a_welcome_with_somebody_elses_record_changes_nothing(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 2.5."""
    other = WEST.record(incarnation=2**53 - 1)

    south = north.accepts(FarEnd(SOUTH, dials=True, welcome=told(other)))

    assert south.is_open
    assert north.incarnation == 1


# 2.6 Two links between two nodes


def named(smaller: bool) -> tuple[NodeUnderTest, FarEnd, FarEnd]:
    """A node with a neighbour of greater, or smaller, id; and two far ends of that."""
    ours = a_node_called("north").id
    other = next(
        node
        for number in range(50)
        if ((node := a_node_called(f"other {number}")).id < ours) is not smaller
    )
    north = a_node(neighbours=[Neighbour(address=other.address, id=other.id)])
    return north, FarEnd(other, dials=False), FarEnd(other, dials=True)


@pytest.mark.parametrize("we_are_smaller", [True, False])
@pytest.mark.parametrize("our_dial_is_first", [True, False])
def test_of_two_links_dialled_at_once_the_smaller_ids_stays(
    we_are_smaller: bool, our_dial_is_first: bool
) -> None:
    """docs/protocol.md, section 2.6."""
    north, dialled_end, accepted_end = named(we_are_smaller)
    address = north.dialled[0]

    if our_dial_is_first:
        dialled = north.reaches(address, dialled_end)
        north.passes(900)
        accepted = north.accepts(accepted_end)
    else:
        accepted = north.accepts(accepted_end)
        dialled = north.reaches(address, dialled_end)

    stays, goes = (dialled, accepted) if we_are_smaller else (accepted, dialled)
    assert stays.is_open
    assert goes.close_code == "duplicate_link"
    assert len(north.node.snapshot().links) == 1


def test_a_neighbour_whose_other_link_stays_is_in_reach() -> None:
    """docs/protocol.md, sections 2.6 and 10.2: both dial where both name each other."""
    other = min((a_node_called(f"other {number}") for number in range(50)), key=lambda it: it.id)
    north = a_node(neighbours=[Neighbour(address=other.address, id=other.id)])
    north.accepts(FarEnd(other, dials=True))

    dialled = north.reaches(other.address, FarEnd(other, dials=False))

    assert dialled.close_code == "duplicate_link"
    assert north.facts_of(NeighbourUnreachable) == []


@pytest.mark.parametrize("we_are_smaller", [True, False])
def test_a_newer_link_that_we_accept_stays_where_the_older_may_be_lost(
    we_are_smaller: bool,
) -> None:
    """docs/protocol.md, section 2.6."""
    north, dialled_end, accepted_end = named(we_are_smaller)
    dialled = north.reaches(north.dialled[0], dialled_end)
    north.passes(1_000)

    accepted = north.accepts(accepted_end)

    assert (dialled.close_code, accepted.close_code) == ("duplicate_link", None)


@pytest.mark.parametrize("has_served", [True, False])
@pytest.mark.parametrize("older_ms", [0, 999, 1_000, 4_000])
def test_a_link_that_the_greater_id_dialled_goes_without_its_welcome(
    older_ms: int, has_served: bool
) -> None:
    """docs/protocol.md, section 2.6: its other end never has two links to choose from."""
    north, dialled_end, accepted_end = named(smaller=False)
    accepted_end.welcome = WELCOME if has_served else None
    accepted = north.accepts(accepted_end)
    north.passes(older_ms)

    dialled = north.reaches(north.dialled[0], dialled_end)

    assert (dialled.close_code, accepted.close_code) == ("duplicate_link", None)
    assert [type(message) for message in dialled.hears()] == [Hello, Proof]


@pytest.mark.parametrize("has_served", [True, False])
def test_a_link_of_an_earlier_incarnation_holds_up_no_other(has_served: bool) -> None:
    """docs/protocol.md, section 2.6."""
    north, _, accepted_end = named(smaller=False)
    accepted_end.welcome = WELCOME if has_served else None
    north.accepts(accepted_end)
    assert isinstance(accepted_end.who, NodeKeys)
    again = a_node_called(accepted_end.who.name, incarnation=2)

    dialled = north.reaches(north.dialled[0], FarEnd(again, dials=False))

    assert dialled.is_open


@pytest.mark.parametrize("older_ms", [0, 999, 1_000, 4_000])
def test_a_newer_link_that_the_smaller_id_dialled_stays(older_ms: int) -> None:
    """docs/protocol.md, section 2.6."""
    north, dialled_end, accepted_end = named(smaller=True)
    accepted = north.accepts(accepted_end)
    north.passes(older_ms)

    dialled = north.reaches(north.dialled[0], dialled_end)

    assert (dialled.close_code, accepted.close_code) == (None, "duplicate_link")
    assert [type(message) for message in dialled.hears()][:3] == [Hello, Proof, Welcome]


@pytest.mark.parametrize(("served_ms", "is_kept"), [(999, True), (1_000, False)])
def test_the_age_of_a_link_counts_from_the_end_of_its_handshake(
    served_ms: int, is_kept: bool
) -> None:
    """docs/protocol.md, section 2.6: how long that took says nothing of it."""
    north, _, accepted_end = named(smaller=True)
    slow = FarEnd(accepted_end.who, dials=False, welcome=None)
    dialled = north.reaches(north.dialled[0], slow)
    north.passes(3_000)
    dialled.says(WELCOME)
    north.passes(served_ms)

    accepted = north.accepts(accepted_end)

    assert (dialled.is_open, accepted.is_open) == (is_kept, not is_kept)


def test_of_two_links_that_one_end_dialled_the_newer_stays(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 2.6."""
    first, second = north.linked(SOUTH), north.linked(SOUTH)

    assert (first.close_code, second.close_code) == ("duplicate_link", None)


@pytest.mark.parametrize("newer_comes_first", [True, False])
def test_of_two_links_the_one_of_the_newest_incarnation_stays(
    north: NodeUnderTest, newer_comes_first: bool
) -> None:
    """docs/protocol.md, section 2.6."""
    old, new = a_node_called("south"), a_node_called("south", incarnation=2)

    first = north.accepts(FarEnd(new if newer_comes_first else old, dials=True))
    second = north.accepts(FarEnd(old if newer_comes_first else new, dials=True))

    stays, goes = (first, second) if newer_comes_first else (second, first)
    assert (stays.close_code, goes.close_code) == (None, "duplicate_link")


def test_a_replaced_link_does_not_make_its_node_look_dead(north: NodeUnderTest) -> None:
    """docs/protocol.md, sections 2.6 and 10.1."""
    north.linked(SOUTH)
    north.passes(2_000)

    again = north.linked(SOUTH)

    assert again.is_open
    assert [fact.is_alive for fact in north.facts if hasattr(fact, "is_alive")] == [True]


def test_a_frame_on_a_link_that_is_gone_is_nothing(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 2.6: normal, since both ends may close at once."""
    alice = north.attached(ALICE)
    alice.ends()

    alice.says(Heartbeat(wants_echo=True))
    north.happens(LinkClosed(alice.link, "reset"))

    assert alice.hears() == []
