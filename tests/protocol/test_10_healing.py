"""Chapter 10: dials towards members that are not alive in our eyes."""

from overlay import limits
from overlay.core.events import NeighboursChanged
from overlay.core.facts import Healed, HealingDialled, NeighbourKeyChanged, NeighbourPinned
from overlay.core.settings import Neighbour
from overlay.messages.gossip import Push
from overlay.messages.links import Refusal
from tests.protocol.chain import (
    EAST,
    EVERYBODY,
    NORTH,
    SOUTH,
    WEST,
    alive,
    chained,
    our_links,
    passes,
    record_of,
    vouching,
)
from tests.protocol.harness import NodeUnderTest, Peer, a_node
from tests.support.farend import FarEnd, exchange
from tests.support.people import a_node_called

# 10.5 Healing


def bereft() -> tuple[NodeUnderTest, Peer]:
    """South said goodbye: nobody else is alive any more in the eyes of north."""
    north, south = chained()
    north.passes(limits.LOSSES_GATHER_MS)
    south.ends("orderly")
    north.dialled.clear()
    assert alive(north) == ["north"]
    return north, south


def test_members_that_died_are_dialled_in_turn_twice_a_second_by_one_who_is_alone() -> None:
    """docs/protocol.md, section 10.5: and sooner, until each was dialled once."""
    north, _ = bereft()
    dialled, waits = [], []
    for _ in range(30):
        since_ms = north.now_ms
        while not north.dialled:
            north.passes(10)
        dialled.append(north.dialled[0])
        waits.append(north.now_ms - since_ms)
        north.misses(north.dialled[0])

    assert all(dialled.count(node.address) == 10 for node in (SOUTH, WEST, EAST))
    assert 250 <= waits[0] <= 760
    assert max(waits[1:3]) <= limits.HEALING_DIAL_MS // limits.HEALING_HASTE + 10
    assert all(240 <= wait <= 760 for wait in waits[3:])
    assert 400 <= sum(waits) / len(waits) <= 600
    assert len(north.facts_of(HealingDialled)) == 30


def test_the_more_are_alive_the_less_often_each_of_them_dials() -> None:
    """docs/protocol.md, section 10.5: two alive, so about once a second."""
    north, south = chained()
    south.says(Push((record_of(SOUTH, NORTH.id).signed,)))
    assert alive(north) == ["north", "south"]

    waits = []
    for _ in range(20):
        since_ms = north.now_ms
        while not north.dialled:
            passes(north, 500, south)
        north.misses(north.dialled[0])
        waits.append(north.now_ms - since_ms)

    assert 800 <= sum(waits) / len(waits) <= 1_500


def test_a_dial_that_reaches_a_member_makes_a_link_like_any_other() -> None:
    """docs/protocol.md, section 10.5: nothing is pinned."""
    north, _ = bereft()
    while WEST.address not in north.dialled:
        north.passes(10)

    west = north.reaches(WEST.address, FarEnd(WEST, dials=False))
    west.says(*vouching(WEST, NORTH.id, EAST.id))
    east = record_of(EAST, WEST.id)
    west.says(Push((east.signed,)))

    assert [fact.node for fact in north.facts_of(Healed)] == [WEST.id]
    assert alive(north) == ["east", "north", "west"]
    assert north.facts_of(NeighbourPinned) == []


def test_who_seems_dead_for_its_claims_is_not_named_because_we_dialled_it() -> None:
    """docs/protocol.md, sections 5.6 and 10.5: nor for the while after a reset, in which others
    are dialled at once and named until that is known to be in vain."""
    north, _ = bereft()
    while WEST.address not in north.dialled:
        north.passes(10)
    west = north.reaches(WEST.address, FarEnd(WEST, dials=False))
    strangers = [a_node_called(f"stranger-{number}").id for number in range(4)]
    west.says(*vouching(WEST, NORTH.id, EAST.id, *strangers))
    passes(north, 1_000, west)
    assert [fact.node for fact in north.facts_of(Healed)] == [WEST.id]
    assert alive(north) == ["north"]

    north.dialled.clear()
    west.ends("reset")

    assert north.dialled == []
    east = north.accepts(FarEnd(EAST, dials=True))
    east.says(*vouching(EAST, NORTH.id, WEST.id))
    named = our_links(west) + our_links(east)
    assert named[-1] == (EAST.id,)
    assert all(WEST.id not in links for links in named)


def test_who_resets_a_healing_link_before_its_exchange_is_over_is_not_dialled_at_once() -> None:
    """docs/protocol.md, section 10.1: such a link is not named, so there is nothing to find out,
    and a link that nothing of healing dialled would be named (5.6)."""
    north, _ = bereft()
    while WEST.address not in north.dialled:
        north.passes(10)
    west = north.reaches(WEST.address, FarEnd(WEST, dials=False))
    passes(north, 1_000, west)
    north.dialled.clear()

    west.ends("reset")

    assert north.dialled == []


def test_who_reaches_us_is_looked_for_no_more() -> None:
    """docs/protocol.md, sections 10.2 and 10.5: any sign of life ends the search, and begins it
    anew when it is lost again."""
    north, _ = bereft()
    while north.dialled != [WEST.address]:
        for address in list(north.dialled):
            north.misses(address)
        north.passes(10)
    north.misses(WEST.address, "timed_out")

    west = north.accepts(FarEnd(WEST, dials=True))
    west.says(*vouching(WEST, NORTH.id))
    for _ in range(40):
        passes(north, 500, west)
        assert WEST.address not in north.dialled
        for address in list(north.dialled):
            north.misses(address)
    west.ends("orderly")
    north.passes(2_500)

    assert WEST.address in north.dialled


def test_somebody_else_at_the_address_of_a_member_is_refused_and_nothing_is_pinned() -> None:
    """docs/protocol.md, section 10.5."""
    north, _ = bereft()
    while WEST.address not in north.dialled:
        north.passes(10)

    taken = north.reaches(WEST.address, FarEnd(EAST, dials=False))

    assert taken.hears_all(Refusal)[-1].code == "changed_key"
    assert not taken.is_open
    assert north.facts_of(NeighbourKeyChanged) == []
    assert north.facts_of(Healed) == []


def test_at_most_four_such_dials_are_under_way() -> None:
    """docs/protocol.md, section 10.5."""
    others = [a_node_called(f"other-{number}") for number in range(8)]
    everybody = (NORTH.id, *(other.id for other in others))
    north = a_node(neighbours=[others[0]])
    records = [record_of(other, neighbours=everybody) for other in others]
    first = record_of(others[0], NORTH.id, neighbours=everybody)
    peer = north.accepts(FarEnd(others[0], dials=True))
    peer.says(*exchange(first.signed, *(record.signed for record in records[1:])))
    peer.ends("orderly")

    north.passes(20_000)

    assert len(north.dialled) == limits.HEALING_DIALS_MAX
    north.misses(north.dialled[0], "timed_out")
    north.passes(1_000)
    assert len(north.dialled) == limits.HEALING_DIALS_MAX


def test_members_that_were_never_alive_are_given_time_to_be_linked() -> None:
    """docs/protocol.md, section 10.5."""
    north = a_node(neighbours=[SOUTH])
    south = north.accepts(FarEnd(SOUTH, dials=True))
    south.says(*vouching(SOUTH, NORTH.id, WEST.id), Push((record_of(WEST).signed,)))

    passes(north, 3_000, south)
    assert north.dialled == []
    passes(north, 2_000, south)

    assert north.dialled == [WEST.address]


def test_who_is_blocked_is_not_dialled() -> None:
    """docs/protocol.md, section 10.5."""
    north, _ = chained()
    entries = (
        Neighbour(address=None, id=SOUTH.id),
        *(Neighbour(address=None, id=node.id, is_blocked=True) for node in (WEST, EAST)),
    )
    north.happens(NeighboursChanged(entries))
    next(iter(north.peers.values())).ends("orderly")
    north.dialled.clear()

    for _ in range(40):
        north.passes(250)
        for address in list(north.dialled):
            north.misses(address)

    dialled = {fact.node for fact in north.facts_of(HealingDialled)}
    assert dialled == {SOUTH.id}


def test_an_address_that_our_file_expects_of_somebody_else_is_not_dialled() -> None:
    """docs/protocol.md, section 10.5."""
    north, south = chained()
    south.says(Push((SOUTH.record(neighbours=EVERYBODY).signed,)))
    claimed = WEST.record(neighbours=EVERYBODY, addresses=(SOUTH.address,))
    south.says(Push((claimed.signed,)))
    north.happens(NeighboursChanged((Neighbour(address=SOUTH.address, id=SOUTH.id),)))

    passes(north, 20_000, south)

    assert WEST.id not in {fact.node for fact in north.facts_of(HealingDialled)}
