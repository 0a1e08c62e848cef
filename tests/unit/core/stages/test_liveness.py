"""Who is alive, and our own word for it: which links our node record names."""

import pytest

from overlay import limits
from overlay.core.assembly import Assembly
from overlay.core.effects import Report
from overlay.core.facts import NodeAlive
from overlay.messages.ids import NodeId
from overlay.messages.records import NodeRecord
from overlay.peering.statements import Verified
from tests.support.people import NodeKeys, a_node_called
from tests.unit.core.stages.parts import (
    EAST,
    NORTH,
    SOUTH,
    WEST,
    a_link,
    assembled,
    knows,
    vouch_for_all,
)


@pytest.fixture
def parts() -> Assembly:
    return assembled(SOUTH, WEST)


def test_our_record_is_outdated_until_it_is_said_and_whenever_it_changes(parts: Assembly) -> None:
    """docs/protocol.md, section 5.2."""
    assert parts.liveness.is_outdated(0)
    first = parts.liveness.our_record(0)
    assert not parts.liveness.is_outdated(0)
    assert (first.links, first.neighbours) == ((), (SOUTH.id, WEST.id))

    a_link(parts, WEST, 1)
    assert parts.liveness.is_outdated(0)
    second = parts.liveness.our_record(0)

    assert (second.links, second.version) == ((WEST.id,), first.version + 1)
    parts.liveness.restart()
    assert parts.liveness.is_outdated(0)


def test_a_link_is_named_once_its_exchange_is_over(parts: Assembly) -> None:
    """docs/protocol.md, section 5.5."""
    link = a_link(parts, SOUTH, 1, is_exchanged=False)
    assert parts.liveness.our_record(0).links == ()

    link.exchange.has_all_theirs = link.exchange.has_all_ours = True

    assert parts.liveness.our_record(0).links == (SOUTH.id,)


def test_a_link_that_its_other_end_hides_is_named_no_longer(parts: Assembly) -> None:
    """docs/protocol.md, section 5.6: it would count against us."""
    vouch_for_all(parts, (NORTH, SOUTH), (NORTH, WEST))
    a_link(parts, SOUTH, 1)
    a_link(parts, WEST, 2)
    assert parts.liveness.is_outdated(0)
    assert set(parts.liveness.our_record(0).links) == {SOUTH.id, WEST.id}

    knows(parts, silent(SOUTH))
    assert parts.liveness.is_outdated(1_000)

    assert parts.liveness.our_record(0).links == (WEST.id,)


def test_a_new_link_that_nobody_names_back_is_looked_at_again(parts: Assembly) -> None:
    """docs/protocol.md, section 5.6."""
    a_link(parts, SOUTH, 1)
    assert parts.liveness.is_outdated(0)
    assert parts.liveness.our_record(0).links == (SOUTH.id,)
    assert not parts.liveness.is_outdated(limits.NAMED_BACK_MS - 1)

    assert parts.timers.next_ms() == limits.NAMED_BACK_MS
    assert parts.liveness.is_outdated(limits.NAMED_BACK_MS)

    assert parts.liveness.our_record(0).links == ()


def test_who_was_dialled_as_dead_gets_no_link_by_claiming_many(parts: Assembly) -> None:
    """docs/protocol.md, section 5.6: who has dialled us may do so for other reasons."""
    everybody = NORTH.id, SOUTH.id, WEST.id
    claims = (NORTH.id, *(a_node_called(f"east-{number}").id for number in range(3)))
    for number, node in enumerate((SOUTH, WEST), start=1):
        knows(parts, node.record(links=claims, neighbours=everybody))
        a_link(parts, node, number).is_healing = node is SOUTH
    assert parts.liveness.is_outdated(0)
    assert parts.liveness.our_record(0).links == (WEST.id,)

    knows(parts, SOUTH.record(links=(NORTH.id,), neighbours=everybody, version=9_000))
    assert parts.liveness.is_outdated(1)

    assert set(parts.liveness.our_record(0).links) == {SOUTH.id, WEST.id}


@pytest.mark.parametrize("names_us", [True, False])
def test_who_was_dialled_as_dead_is_named_once_others_make_its_claims_true(
    names_us: bool, parts: Assembly
) -> None:
    """docs/protocol.md, section 5.6: their records may come after its own."""
    everybody = NORTH.id, SOUTH.id, WEST.id
    ours = (NORTH.id,) if names_us else ()
    claims = (*ours, WEST.id, a_node_called("east").id)
    knows(parts, SOUTH.record(links=claims, neighbours=everybody))
    a_link(parts, SOUTH, 1).is_healing = True
    assert parts.liveness.is_outdated(0)
    assert parts.liveness.our_record(0).links == ()
    assert not parts.liveness.is_outdated(1)

    knows(parts, WEST.record(links=(SOUTH.id,), neighbours=everybody))
    assert parts.liveness.is_outdated(2)

    assert parts.liveness.our_record(0).links == (SOUTH.id,)


def test_who_was_dropped_is_told_from_who_is_named(parts: Assembly) -> None:
    """docs/protocol.md, section 10.1."""
    knows(parts, SOUTH.record(links=(WEST.id, EAST.id), neighbours=(NORTH.id,)))
    for number, node in enumerate((SOUTH, WEST), start=1):
        a_link(parts, node, number).is_healing = True
    parts.liveness.is_outdated(0)

    assert parts.liveness.is_dropped(SOUTH.id)
    assert not parts.liveness.is_dropped(WEST.id)


def test_a_lost_link_is_named_while_its_fate_is_open(parts: Assembly) -> None:
    """docs/protocol.md, section 10.1."""
    link = a_link(parts, SOUTH, 1)
    parts.liveness.linger(SOUTH.id, 2_500)
    assert parts.liveness.our_record(0).links == (SOUTH.id,)
    parts.links.remove(link)
    assert parts.liveness.our_record(0).links == (SOUTH.id,)
    assert parts.liveness.lingering() == [SOUTH.id]

    parts.liveness.let_go(SOUTH.id)
    parts.liveness.let_go(SOUTH.id)

    assert parts.liveness.our_record(0).links == ()


def test_links_that_are_lost_just_after_our_record_leave_it_together(parts: Assembly) -> None:
    """docs/protocol.md, section 10.1."""
    links = [a_link(parts, node, number) for number, node in enumerate((SOUTH, WEST, EAST))]
    assert len(parts.liveness.our_record(1_000).links) == 3
    until_ms = 1_000 + limits.LOSSES_GATHER_MS

    parts.links.remove(links[0])
    assert not parts.liveness.is_outdated(1_001)
    assert parts.timers.next_ms() == until_ms
    parts.links.remove(links[1])
    assert not parts.liveness.is_outdated(until_ms - 1)
    assert parts.liveness.is_outdated(until_ms)

    assert parts.liveness.our_record(until_ms).links == (EAST.id,)


def test_a_loss_is_said_at_once_with_a_new_link(parts: Assembly) -> None:
    """docs/protocol.md, section 10.1."""
    lost = a_link(parts, SOUTH, 1)
    parts.liveness.our_record(1_000)
    parts.links.remove(lost)
    assert not parts.liveness.is_outdated(1_001)

    a_link(parts, WEST, 2)

    assert parts.liveness.is_outdated(1_001)


def test_a_record_names_no_more_links_than_it_can_hold(parts: Assembly) -> None:
    """docs/protocol.md, section 5.2: 192, the same ones each time."""
    others = [a_node_called(f"other-{number}") for number in range(200)]
    for number, other in enumerate(others):
        a_link(parts, other, number)

    links = parts.liveness.our_record(0).links

    assert links == tuple(sorted(other.id for other in others)[: limits.NODE_LINKS_MAX])


def test_changed_lives_are_told_once(parts: Assembly) -> None:
    """docs/protocol.md, section 5.6."""
    vouch_for_all(parts, (NORTH, SOUTH))
    changed, facts = parts.liveness.changed_lives()
    assert changed == [SOUTH.id]
    assert facts == [Report(NodeAlive(node=SOUTH.id, name="south", is_alive=True))]
    assert parts.liveness.changed_lives() == ([], [])

    knows(parts, silent(SOUTH))
    changed, facts = parts.liveness.changed_lives()

    assert changed == [SOUTH.id]
    assert facts == [Report(NodeAlive(node=SOUTH.id, name="south", is_alive=False))]


def silent(node: NodeKeys) -> Verified[NodeRecord]:
    """A record that names no link."""
    everybody: tuple[NodeId, ...] = (NORTH.id, SOUTH.id, WEST.id)
    return node.record(neighbours=everybody)
