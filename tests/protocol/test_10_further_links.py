"""Chapter 10: links beyond the file, and how those that nobody needs go."""

from itertools import pairwise

import pytest

from overlay import limits
from overlay.core.events import NeighboursChanged
from overlay.core.facts import ExtraLinkChosen, LinkLost, SpareClosed
from overlay.core.settings import Neighbour
from overlay.messages.gossip import Push
from overlay.messages.links import Refusal, Spare
from tests.protocol.chain import (
    EAST,
    NORTH,
    SOUTH,
    WEST,
    alive,
    chained,
    passes,
    record_of,
    vouching,
)
from tests.protocol.harness import NodeUnderTest, Peer, a_node
from tests.support.farend import FarEnd, exchange
from tests.support.people import a_node_called

# 10.6 Further links


def test_a_node_links_as_many_further_members_as_it_is_told_to() -> None:
    """docs/protocol.md, section 10.6."""
    north, south = chained(extra_links=2)
    passes(north, 10_000, south)

    assert sorted(north.dialled) == sorted([WEST.address, EAST.address])
    chosen = {fact.node for fact in north.facts_of(ExtraLinkChosen)}
    assert chosen == {WEST.id, EAST.id}


def test_a_further_link_that_was_reached_and_lost_is_soon_replaced() -> None:
    """docs/protocol.md, section 10.6."""
    north, south = chained(extra_links=1)
    for _ in range(5):
        while not north.dialled:
            passes(north, 500, south)
        address = north.dialled[0]
        who = next(node for node in (WEST, EAST) if node.address == address)
        peer = north.reaches(address, FarEnd(who, dials=False))
        since_ms = north.now_ms
        peer.ends("orderly")
        while not north.dialled:
            passes(north, 500, south)
        assert north.now_ms - since_ms <= 2_500


def test_nobody_is_chosen_where_everybody_further_has_died_meanwhile() -> None:
    """docs/protocol.md, section 10.6."""
    north, south = chained(extra_links=1)

    south.says(Push((record_of(SOUTH, NORTH.id).signed,)))
    passes(north, 5_000, south)

    assert north.facts_of(ExtraLinkChosen) == []
    for address in list(north.dialled):
        north.misses(address)
    south.says(Push((record_of(SOUTH, NORTH.id, WEST.id).signed,)))
    passes(north, 5_000, south)
    assert len(north.facts_of(ExtraLinkChosen)) == 1


def test_a_further_member_that_cannot_be_reached_is_tried_again_later() -> None:
    """docs/protocol.md, section 10.6."""
    north, south = chained(extra_links=1)
    waits = []
    for _ in range(7):
        since_ms = north.now_ms
        while not north.dialled:
            passes(north, 500, south)
        waits.append(north.now_ms - since_ms)
        north.misses(north.dialled[0])

    assert waits[0] <= 1_500
    assert 16_000 <= waits[-1] <= 64_500


def test_a_link_that_is_there_already_counts_as_a_further_one() -> None:
    """docs/protocol.md, section 10.6: and is spared no more."""
    north, south = chained(extra_links=2)
    west, east = north.accepts(FarEnd(WEST, dials=True)), north.accepts(FarEnd(EAST, dials=True))
    west.says(*vouching(WEST, NORTH.id, SOUTH.id, EAST.id))
    east.says(*vouching(EAST, NORTH.id, WEST.id))

    passes(north, 10_000, south, west, east)

    assert north.dialled == []
    assert {fact.node for fact in north.facts_of(ExtraLinkChosen)} == {WEST.id, EAST.id}
    for peer in (west, east):
        peer.says(Spare())
        assert peer.is_open


def surplus() -> tuple[NodeUnderTest, Peer, Peer]:
    """North and west keep a link that nobody chose; both would be alive without it."""
    north, south = chained()
    west = north.accepts(FarEnd(WEST, dials=True))
    west.says(*vouching(WEST, NORTH.id, SOUTH.id, EAST.id))
    return north, south, west


def test_a_link_that_nobody_chose_is_closed_when_its_other_end_proposes_it() -> None:
    """docs/protocol.md, section 10.6: it is no loss."""
    north, south, west = surplus()
    passes(north, limits.SPARE_SOONEST_MS, south, west)

    west.says(Spare())

    assert west.close_code == "spare"
    assert [fact.node for fact in north.facts_of(SpareClosed)] == [WEST.id]
    assert north.facts_of(LinkLost) == []
    assert alive(north) == ["east", "north", "south", "west"]
    passes(north, 10_000, south)
    assert north.dialled == []


def test_a_proposal_that_comes_too_soon_is_not_looked_at() -> None:
    """docs/protocol.md, section 10.6."""
    north, south, west = surplus()

    for _ in range(3):
        west.says(Spare())
        passes(north, limits.SPARE_SOONEST_MS - 500, south, west)
    assert west.is_open
    passes(north, 500, south, west)
    west.says(Spare())

    assert west.close_code == "spare"


@pytest.mark.parametrize("why", ["it is in the file", "it is the only way"])
def test_a_link_that_is_needed_stays(why: str) -> None:
    """docs/protocol.md, section 10.6."""
    north, south, west = surplus()
    passes(north, limits.SPARE_SOONEST_MS, south, west)
    if why == "it is in the file":
        named = tuple(Neighbour(address=None, id=node.id) for node in (SOUTH, WEST))
        north.happens(NeighboursChanged(named))
    else:
        south.says(Push((record_of(SOUTH, NORTH.id).signed,)))

    west.says(Spare())

    assert west.is_open
    assert west.hears_all(Refusal) == []


def test_the_smaller_id_proposes_to_close_what_nobody_chose_again_and_again() -> None:
    """docs/protocol.md, section 10.6: 60,000 after it opened, ± 50 %."""
    north, south, others = with_many_surplus_links()
    larger = [peer for peer in others if NORTH.id < peer.far_end.who.key.id]
    smaller = [peer for peer in others if peer not in larger]
    assert larger != []
    assert smaller != []

    at_ms: dict[int, list[int]] = {peer.link: [] for peer in others}
    began_ms = north.now_ms
    while north.now_ms - began_ms < 200_000:
        passes(north, 500, south, *others)
        for peer in others:
            at_ms[peer.link] += [north.now_ms - began_ms] * len(peer.hears_all(Spare))

    assert [at_ms[peer.link] for peer in smaller] == [[]] * len(smaller)
    for peer in larger:
        assert at_ms[peer.link] != []
        assert at_ms[peer.link][0] >= 29_500
        waits = [b - a for a, b in pairwise(at_ms[peer.link])]
        assert all(wait >= 29_500 for wait in waits)
    moments = sorted(at for times in at_ms.values() for at in times)
    assert all(b - a >= 4_500 for a, b in pairwise(moments))


def test_a_link_that_we_proposed_to_close_and_that_closes_is_no_loss() -> None:
    """docs/protocol.md, section 10.6."""
    north, south, others = with_many_surplus_links()
    asked = None
    while asked is None:
        passes(north, 500, south, *others)
        asked = next((peer for peer in others if peer.hears_all(Spare)), None)

    asked.ends("orderly")

    assert [fact.node for fact in north.facts_of(SpareClosed)] == [asked.far_end.who.key.id]
    assert north.facts_of(LinkLost) == []
    assert north.dialled == []


def with_many_surplus_links() -> tuple[NodeUnderTest, Peer, list[Peer]]:
    """North has a neighbour, and links to six others that nobody chose; all are linked."""
    others = [a_node_called(f"other-{number}") for number in range(6)]
    ids = tuple(other.id for other in others)
    everybody = (NORTH.id, SOUTH.id, *ids)
    north = a_node(neighbours=[SOUTH])
    south = north.accepts(FarEnd(SOUTH, dials=True))
    south.says(*vouching(SOUTH, NORTH.id, *ids, neighbours=everybody))
    records = [record_of(other, NORTH.id, SOUTH.id, neighbours=everybody) for other in others]
    south.says(Push(tuple(record.signed for record in records)))
    peers = []
    for other, record in zip(others, records, strict=True):
        peer = north.accepts(FarEnd(other, dials=True))
        peer.says(*exchange(record.signed))
        peer.hears()
        peers.append(peer)
    return north, south, peers
