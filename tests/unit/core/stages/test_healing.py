"""Whom to dial when members are not alive in our eyes, and when."""

from overlay import limits
from overlay.core.assembly import Assembly
from overlay.core.effects import Report
from overlay.core.facts import Healed, HealingDialled
from overlay.core.settings import Neighbour
from overlay.core.state.deadlines import HealDue
from overlay.messages.ids import NodeId
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

SOUTHS = Neighbour(address=SOUTH.address, id=SOUTH.id)


def bereft(*neighbours: Neighbour) -> Assembly:
    """North, who is linked with nobody, and knows three members."""
    parts = assembled(*(neighbours or (Neighbour(address=None, id=SOUTH.id),)))
    vouch_for_all(parts)
    return parts


def first_wait_ms(parts: Assembly, *changed: NodeId) -> int:
    """From now until somebody is dialled."""
    parts.healing.follow(changed, 10_000)
    due_ms = parts.timers.next_ms()
    assert due_ms is not None
    return due_ms - 10_000


def test_nobody_is_looked_for_while_all_are_alive() -> None:
    """docs/protocol.md, section 10.5."""
    parts = bereft()
    parts.healing.follow([SOUTH.id], 0)
    assert HealDue() in parts.timers

    vouch_for_all(parts, (NORTH, SOUTH), (SOUTH, WEST), (WEST, EAST))
    parts.healing.follow([SOUTH.id, WEST.id, EAST.id], 0)

    assert HealDue() not in parts.timers
    assert parts.healing.choose(0) is None


def test_who_died_is_looked_for_soon_and_who_is_new_later() -> None:
    """docs/protocol.md, section 10.5."""
    soon = [first_wait_ms(bereft(), SOUTH.id) for _ in range(3)]
    later = first_wait_ms(bereft())

    assert all(limits.REDIAL_FIRST_MS <= wait <= limits.REDIAL_FIRST_MS + 500 for wait in soon)
    assert limits.HEALING_PATIENCE_MS <= later <= limits.HEALING_PATIENCE_MS + 500


def test_a_death_brings_the_next_dial_forward_and_never_puts_it_off() -> None:
    """docs/protocol.md, section 10.5."""
    parts = bereft()
    later = first_wait_ms(parts)

    sooner = first_wait_ms(parts, SOUTH.id)
    again = first_wait_ms(parts)

    assert sooner < later
    assert again == sooner


def test_the_least_often_dialled_come_first_whom_our_file_dials_later() -> None:
    """docs/protocol.md, section 10.5."""
    parts = bereft(SOUTHS)
    parts.healing.follow([SOUTH.id], 0)

    chosen = []
    for _ in range(6):
        target = parts.healing.choose(0)
        assert target is not None
        chosen.append(target[0])

    assert sorted(chosen[:2]) == sorted([WEST.id, EAST.id])
    assert sorted(chosen[2:5]) == sorted([SOUTH.id, WEST.id, EAST.id])


def test_who_has_several_addresses_is_dialled_at_each_in_turn() -> None:
    """docs/protocol.md, section 10.5."""
    parts = assembled(Neighbour(address=None, id=SOUTH.id))
    here, there = WEST.address, EAST.address
    knows(parts, SOUTH.record(neighbours=(NORTH.id,), addresses=(here, there)))
    parts.liveness.our_record(0)
    parts.healing.follow([SOUTH.id], 0)

    targets = [parts.healing.choose(0) for _ in range(3)]

    assert targets == [(SOUTH.id, here), (SOUTH.id, there), (SOUTH.id, here)]


def test_a_dial_under_way_is_not_made_twice_and_makes_room_when_it_is_over() -> None:
    """docs/protocol.md, section 10.5."""
    parts = bereft()
    parts.healing.follow([SOUTH.id], 0)

    (fact,) = parts.healing.began(SOUTH.id, SOUTH.address)
    chosen = {target[0] for _ in range(20) if (target := parts.healing.choose(0)) is not None}
    parts.healing.on_dial_over(SOUTH.address)
    target = parts.healing.choose(0)

    assert fact == Report(HealingDialled(node=SOUTH.id, name="south", address=SOUTH.address))
    assert chosen == {WEST.id, EAST.id}
    assert target == (SOUTH.id, SOUTH.address)


def test_a_link_that_came_of_such_a_dial_is_told() -> None:
    """docs/protocol.md, section 10.5."""
    parts = bereft()
    parts.healing.began(SOUTH.id, SOUTH.address)
    link = a_link(parts, SOUTH, 1, dialled=SOUTH.address)

    assert parts.healing.on_established(link) == [Report(Healed(node=SOUTH.id, name="south"))]
    assert link.is_healing
    assert parts.healing.on_established(link) == []
    other = a_link(parts, WEST, 2)
    assert parts.healing.on_established(other) == []
    assert not other.is_healing


def test_nobody_is_dialled_by_who_has_not_begun_or_stops() -> None:
    """docs/protocol.md, sections 2.5 and 10.3."""
    parts = bereft()
    parts.healing.follow([SOUTH.id], 0)

    parts.ourselves.is_started = False
    assert parts.healing.choose(0) is None
    parts.ourselves.is_started, parts.ourselves.is_stopping = True, True
    assert parts.healing.choose(0) is None

    assert HealDue() in parts.timers


def test_who_has_a_link_or_no_address_or_is_blocked_is_left_out() -> None:
    """docs/protocol.md, section 10.5."""
    blocked = Neighbour(address=None, id=WEST.id, is_blocked=True)
    parts = bereft(Neighbour(address=None, id=SOUTH.id), blocked)
    everybody = (NORTH.id, SOUTH.id, WEST.id, EAST.id)
    knows(parts, EAST.record(neighbours=everybody, addresses=()))
    a_link(parts, SOUTH, 1)
    parts.healing.follow([SOUTH.id], 0)

    assert parts.healing.choose(0) is None
    assert HealDue() in parts.timers


def test_an_address_that_our_file_has_for_somebody_else_is_not_a_members() -> None:
    """docs/protocol.md, section 10.5: nor one whose key our own dial has yet to pin."""
    unpinned = Neighbour(address=WEST.address, id=None)
    parts = bereft(Neighbour(address=None, id=SOUTH.id), unpinned)
    parts.healing.follow([SOUTH.id], 0)

    chosen = {target[0] for _ in range(12) if (target := parts.healing.choose(0)) is not None}

    assert chosen == {SOUTH.id, EAST.id}


def test_a_refused_dial_lets_the_next_follow_soon_until_each_was_dialled() -> None:
    """docs/protocol.md, section 10.5: while most are gone."""
    parts = bereft()
    parts.healing.follow([WEST.id], 0)
    now_ms, waits = 10_000, []

    for _ in range(3):
        chosen = parts.healing.choose(now_ms)
        assert chosen is not None
        parts.healing.began(*chosen)
        parts.healing.on_refused(chosen[1], now_ms)
        due_ms = parts.timers.next_ms()
        assert due_ms is not None
        waits.append(due_ms - now_ms)
        now_ms = due_ms

    soon_ms = limits.HEALING_DIAL_MS // limits.HEALING_HASTE
    assert waits[:2] == [soon_ms, soon_ms]
    assert waits[2] >= limits.HEALING_DIAL_MS // 2


def test_refused_dials_follow_each_other_as_usual_while_most_are_there() -> None:
    """docs/protocol.md, section 10.5: nor does one that was not made to heal change anything."""
    parts = bereft()
    vouch_for_all(parts, (NORTH, SOUTH), (SOUTH, WEST))
    parts.healing.follow([EAST.id], 0)
    chosen = parts.healing.choose(10_000)
    assert chosen is not None
    usual_ms = parts.timers.next_ms()

    parts.healing.on_refused(SOUTH.address, 10_000)
    parts.healing.began(*chosen)
    parts.healing.on_refused(chosen[1], 10_000)

    assert parts.timers.next_ms() == usual_ms
