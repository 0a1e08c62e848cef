"""Chapter 10: a node's own lag, dials towards the dead, links beyond the file."""

from dataclasses import replace

import pytest

from overlay import limits
from overlay.core.events import NeighboursChanged
from overlay.core.facts import (
    ExtraLinkChosen,
    Healed,
    HealingDialled,
    LagNoticed,
    LinkLost,
    NeighbourKeyChanged,
    NeighbourPinned,
    SpareClosed,
)
from overlay.core.settings import Neighbour
from overlay.messages.gossip import Delta, Push
from overlay.messages.ids import NodeId
from overlay.messages.links import Heartbeat, Refusal, Spare
from overlay.messages.records import NodeRecord
from overlay.peering.statements import Verified
from tests.protocol.harness import NodeUnderTest, Peer, a_node
from tests.support.farend import FarEnd
from tests.support.people import NodeKeys, a_client, a_node_called

SOUTH, WEST, EAST = a_node_called("south"), a_node_called("west"), a_node_called("east")
NORTH = a_node_called("north")
EVERYBODY = (NORTH.id, SOUTH.id, WEST.id, EAST.id)
ALICE = a_client("alice")


def vouching(who: NodeKeys, *links: NodeId, neighbours: tuple[NodeId, ...] = EVERYBODY) -> Delta:
    """All that somebody has to say at first: a record with these links, that vouches for all."""
    return Delta((record_of(who, *links, neighbours=neighbours).signed,), is_last=True)


def record_of(
    who: NodeKeys, *links: NodeId, neighbours: tuple[NodeId, ...] = EVERYBODY
) -> Verified[NodeRecord]:
    return who.record(links=links, neighbours=neighbours)


def square(*, extra_links: int = 0) -> tuple[NodeUnderTest, Peer]:
    """North is linked with south, south with west, west with east; all are members."""
    north = NodeUnderTest(neighbours=[Neighbour(address=None, id=SOUTH.id)])
    north.settings = replace(north.settings, extra_links=extra_links)
    north.node = north._made()
    north.settles()
    south = north.accepts(FarEnd(SOUTH, dials=True))
    records = (
        record_of(SOUTH, NORTH.id, WEST.id),
        record_of(WEST, SOUTH.id, EAST.id),
        record_of(EAST, WEST.id),
    )
    south.says(Delta(tuple(record.signed for record in records), is_last=True))
    south.hears()
    return north, south


def passes(north: NodeUnderTest, for_ms: int, *alive: Peer) -> None:
    """Time passes, and these peers stay alive."""
    for _ in range(for_ms // 500):
        north.passes(500)
        for peer in alive:
            if peer.is_open:
                peer.says(Heartbeat())


def is_paused(north: NodeUnderTest, for_ms: int) -> None:
    """Nobody runs the node for a while; then its deadlines come first."""
    north.now_ms += for_ms
    north.settles()


# 10.4 Own lag


def test_who_was_paused_blames_nobody_for_what_it_did_not_hear() -> None:
    """docs/protocol.md, section 10.4."""
    north, south = square()

    for _ in range(5):
        is_paused(north, 20_000)

    assert [link.is_suspected for link in north.node.snapshot().links] == [False]
    assert south.is_open
    assert [fact.factor for fact in north.facts_of(LagNoticed)] == [1, 2, 3, 4, 4]


def test_who_was_paused_still_finds_out_who_is_silent() -> None:
    """docs/protocol.md, section 10.4: later by what it missed."""
    north, south = square()

    north.passes(2_000)
    is_paused(north, 10_000)
    north.passes(2_000)
    assert south.is_open
    north.passes(1_700)

    assert south.close_code == "silent"


def test_a_suspicion_waits_as_long_as_we_were_paused() -> None:
    """docs/protocol.md, section 10.4."""
    north, south = square()
    north.passes(5_000)
    assert [link.is_suspected for link in north.node.snapshot().links] == [True]

    is_paused(north, 10_000)
    assert south.is_open
    south.says(Heartbeat())

    assert [link.is_suspected for link in north.node.snapshot().links] == [False]


def test_a_node_that_does_not_mind_its_lag_blames_others() -> None:
    """docs/protocol.md, section 10.4: what minding it is worth."""
    north, _ = square()
    north.settings = replace(north.settings, minds_own_lag=False)
    north.node = north._made()
    north.settles()
    south = north.linked(SOUTH)

    is_paused(north, 20_000)
    is_paused(north, 20_000)

    assert south.close_code == "silent"
    assert north.facts_of(LagNoticed) == []


def test_a_handshake_may_take_longer_by_what_we_missed_of_it() -> None:
    """docs/protocol.md, sections 2.4 and 10.4."""
    north, _ = square()
    slow = north.accepts(FarEnd(ALICE, dials=True, is_mute=True))

    is_paused(north, 6_000)
    assert slow.is_open
    north.passes(limits.HANDSHAKE_MS)

    assert slow.close_code == "handshake_timeout"


def test_a_lost_link_is_named_longer_by_what_we_missed() -> None:
    """docs/protocol.md, sections 10.1 and 10.4: its redial may have been answered meanwhile."""
    north, south = square()
    north.passes(1_000)
    south.ends("reset")

    is_paused(north, 5_000)

    assert alive(north) == ["east", "north", "south", "west"]
    north.passes(limits.LAG_MS)
    assert alive(north) == ["north"]


def alive(north: NodeUnderTest) -> list[str]:
    members = north.node.snapshot().members
    return sorted(member.name or "" for member in members if member.is_alive)


# 10.5 Healing


def bereft() -> tuple[NodeUnderTest, Peer]:
    """South said goodbye: nobody else is alive any more in the eyes of north."""
    north, south = square()
    south.ends("orderly")
    north.dialled.clear()
    assert alive(north) == ["north"]
    return north, south


def test_members_that_died_are_dialled_in_turn_twice_a_second_by_one_who_is_alone() -> None:
    """docs/protocol.md, section 10.5."""
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
    assert all(240 <= wait <= 760 for wait in waits[1:])
    assert 400 <= sum(waits) / len(waits) <= 600
    assert len(north.facts_of(HealingDialled)) == 30


def test_the_more_are_alive_the_less_often_each_of_them_dials() -> None:
    """docs/protocol.md, section 10.5: two alive, so about once a second."""
    north, south = square()
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
    """docs/protocol.md, section 10.5: and any sign of life ends the search."""
    north, _ = bereft()
    while WEST.address not in north.dialled:
        north.passes(10)

    west = north.reaches(WEST.address, FarEnd(WEST, dials=False))
    west.says(vouching(WEST, NORTH.id, EAST.id))
    east = record_of(EAST, WEST.id)
    west.says(Push((east.signed,)))

    assert [fact.node for fact in north.facts_of(Healed)] == [WEST.id]
    assert alive(north) == ["east", "north", "west"]
    assert north.facts_of(NeighbourPinned) == []


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
    peer.says(Delta((first.signed, *(record.signed for record in records[1:])), is_last=True))
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
    south.says(vouching(SOUTH, NORTH.id, WEST.id), Push((record_of(WEST).signed,)))

    passes(north, 3_000, south)
    assert north.dialled == []
    passes(north, 2_000, south)

    assert north.dialled == [WEST.address]


def test_who_is_blocked_is_not_dialled() -> None:
    """docs/protocol.md, section 10.5."""
    north, _ = square()
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
    north, south = square()
    south.says(Push((SOUTH.record(neighbours=EVERYBODY).signed,)))
    claimed = WEST.record(neighbours=EVERYBODY, addresses=(SOUTH.address,))
    south.says(Push((claimed.signed,)))
    north.happens(NeighboursChanged((Neighbour(address=SOUTH.address, id=SOUTH.id),)))

    passes(north, 20_000, south)

    assert WEST.id not in {fact.node for fact in north.facts_of(HealingDialled)}


# 10.6 Further links


def test_a_node_links_as_many_further_members_as_it_is_told_to() -> None:
    """docs/protocol.md, section 10.6."""
    north, south = square(extra_links=2)
    passes(north, 10_000, south)

    assert sorted(north.dialled) == sorted([WEST.address, EAST.address])
    chosen = {fact.node for fact in north.facts_of(ExtraLinkChosen)}
    assert chosen == {WEST.id, EAST.id}


def test_a_further_member_that_cannot_be_reached_is_tried_again_later() -> None:
    """docs/protocol.md, section 10.6."""
    north, south = square(extra_links=1)
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
    north, south = square(extra_links=2)
    west, east = north.accepts(FarEnd(WEST, dials=True)), north.accepts(FarEnd(EAST, dials=True))
    west.says(vouching(WEST, NORTH.id, SOUTH.id, EAST.id))
    east.says(vouching(EAST, NORTH.id, WEST.id))

    passes(north, 10_000, south, west, east)

    assert north.dialled == []
    assert {fact.node for fact in north.facts_of(ExtraLinkChosen)} == {WEST.id, EAST.id}
    for peer in (west, east):
        peer.says(Spare())
        assert peer.is_open


def surplus() -> tuple[NodeUnderTest, Peer, Peer]:
    """North and west keep a link that nobody chose; both would be alive without it."""
    north, south = square()
    west = north.accepts(FarEnd(WEST, dials=True))
    west.says(vouching(WEST, NORTH.id, SOUTH.id, EAST.id))
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
        waits = [b - a for a, b in zip(at_ms[peer.link], at_ms[peer.link][1:], strict=False)]
        assert all(wait >= 29_500 for wait in waits)
    moments = sorted(at for times in at_ms.values() for at in times)
    assert all(b - a >= 4_500 for a, b in zip(moments, moments[1:], strict=False))


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
    south.says(vouching(SOUTH, NORTH.id, *ids, neighbours=everybody))
    records = [record_of(other, NORTH.id, SOUTH.id, neighbours=everybody) for other in others]
    south.says(Push(tuple(record.signed for record in records)))
    peers = []
    for other, record in zip(others, records, strict=True):
        peer = north.accepts(FarEnd(other, dials=True))
        peer.says(Delta((record.signed,), is_last=True))
        peer.hears()
        peers.append(peer)
    return north, south, peers
