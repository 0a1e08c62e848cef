"""Links beyond the file: those that we choose, and those that can be spared."""

from dataclasses import replace

import pytest

from overlay import limits
from overlay.core.assembly import Assembly
from overlay.core.effects import Report
from overlay.core.facts import ExtraLinkChosen, SpareClosed
from overlay.core.settings import Neighbour
from overlay.core.state.deadlines import ExtraDue, SpareDue
from overlay.messages.links import Spare
from tests.support.people import NodeKeys
from tests.unit.core.stages.parts import (
    EAST,
    NORTH,
    SOUTH,
    WEST,
    a_link,
    assembled,
    knows,
    said,
    vouch_for_all,
)

RING = ((NORTH, SOUTH), (SOUTH, WEST), (WEST, EAST), (EAST, NORTH))


def wanting(extra_links: int, *edges: tuple[NodeKeys, NodeKeys]) -> Assembly:
    """North, whose file names south, in an overlay with these links."""
    parts = assembled(SOUTH)
    parts.ourselves.settings = replace(parts.ourselves.settings, extra_links=extra_links)
    vouch_for_all(parts, *(edges or ((NORTH, SOUTH), (SOUTH, WEST), (WEST, EAST))))
    return parts


def test_who_wants_no_further_links_chooses_none() -> None:
    """docs/protocol.md, section 10.6."""
    parts = wanting(0)

    parts.extras.follow(0)

    assert ExtraDue() not in parts.timers
    assert parts.extras.choose() is None


def test_members_that_are_alive_and_not_in_the_file_are_chosen_until_there_are_enough() -> None:
    """docs/protocol.md, section 10.6."""
    parts = wanting(2)
    parts.extras.follow(0)
    assert ExtraDue() in parts.timers

    chosen = []
    while (target := parts.extras.choose()) is not None:
        node, address = target
        chosen.append(target)
        parts.extras.began(node, address)
    parts.timers.cancel(ExtraDue())
    parts.extras.follow(0)

    assert sorted(chosen) == sorted([(WEST.id, WEST.address), (EAST.id, EAST.address)])
    assert ExtraDue() not in parts.timers


def test_where_nobody_further_is_alive_nobody_is_looked_for() -> None:
    """docs/protocol.md, section 10.6."""
    parts = wanting(2, (NORTH, SOUTH))

    parts.extras.follow(0)

    assert ExtraDue() not in parts.timers
    assert parts.extras.choose() is None


def test_a_link_that_exists_is_chosen_without_a_dial() -> None:
    """docs/protocol.md, section 10.6."""
    parts = wanting(1, (NORTH, SOUTH), (NORTH, WEST))
    a_link(parts, WEST, 1)

    assert parts.extras.choose() == (WEST.id, None)
    fact = Report(ExtraLinkChosen(node=WEST.id, name="west"))
    assert parts.extras.began(WEST.id, None) == [fact]
    assert parts.extras.choose() is None


def test_who_cannot_be_dialled_is_not_chosen() -> None:
    """docs/protocol.md, section 10.6: no address, or one that our file names."""
    parts = wanting(2)
    everybody = (NORTH.id, SOUTH.id, WEST.id, EAST.id)
    links = (SOUTH.id, EAST.id)
    knows(parts, WEST.record(neighbours=everybody, links=links, addresses=()))
    elsewhere = Neighbour(address=EAST.address, id=None)
    parts.members.neighbours = (*parts.members.neighbours, elsewhere)

    assert parts.extras.choose() is None


def test_a_dial_that_came_to_nothing_is_followed_by_another_after_a_longer_wait() -> None:
    """docs/protocol.md, section 10.6."""
    parts = wanting(1)
    waits = []
    for _ in range(8):
        parts.extras.follow(0)
        due_ms = parts.timers.next_ms()
        assert due_ms is not None
        waits.append(due_ms)
        parts.timers.cancel(ExtraDue())
        target = parts.extras.choose()
        assert target is not None
        parts.extras.began(*target)
        assert target[1] is not None
        parts.extras.on_dial_over(target[1], 0)
        parts.timers.cancel(ExtraDue())

    assert waits[0] <= limits.EXTRA_FIRST_MS
    assert limits.EXTRA_MAX_MS // 2 <= waits[-1] <= limits.EXTRA_MAX_MS


def test_a_lost_link_and_one_that_the_file_has_come_to_name_are_replaced() -> None:
    """docs/protocol.md, section 10.6."""
    parts = wanting(1)
    link = a_link(parts, WEST, 1)
    parts.extras.began(WEST.id, None)
    assert parts.extras.choose() is None

    parts.links.remove(link)
    assert parts.extras.choose() is not None
    a_link(parts, WEST, 2)
    parts.extras.began(WEST.id, None)
    parts.members.neighbours = (
        *parts.members.neighbours,
        Neighbour(address=None, id=WEST.id),
    )

    assert parts.extras.choose() == (EAST.id, EAST.address)


@pytest.mark.parametrize("what", ["it has not begun", "it stops"])
def test_who_does_not_serve_chooses_nobody(what: str) -> None:
    """docs/protocol.md, sections 2.5 and 10.3."""
    parts = wanting(2)
    parts.ourselves.is_started = what != "it has not begun"
    parts.ourselves.is_stopping = what == "it stops"

    assert parts.extras.choose() is None


# Spare links


def smaller_and_larger() -> tuple[NodeKeys, NodeKeys]:
    """Two of the others, one with a smaller id than north and one with a larger."""
    others = (WEST, EAST)
    smaller = next(node for node in others if node.id < NORTH.id)
    larger = next(node for node in others if node.id > NORTH.id)
    return smaller, larger


def test_only_the_smaller_id_asks() -> None:
    """docs/protocol.md, section 10.6: 60,000 ± 50 % after the link opened."""
    smaller, larger = smaller_and_larger()
    parts = wanting(0, *RING)

    parts.extras.on_established(a_link(parts, smaller, 1), 0)
    assert parts.timers.next_ms() is None
    link = a_link(parts, larger, 2)
    parts.extras.on_established(link, 0)

    due_ms = parts.timers.next_ms()
    assert SpareDue(link.id) in parts.timers
    assert due_ms is not None
    assert 30_000 <= due_ms <= 90_000


def ringed() -> Assembly:
    """North, linked with south and east, which are linked over west, too."""
    return wanting(0, *RING)


def test_what_holds_without_a_link_is_proposed_one_at_a_time() -> None:
    """docs/protocol.md, section 10.6."""
    parts = ringed()
    link = a_link(parts, EAST, 1)

    parts.extras.propose(link, 0)
    assert said(link) == [Spare()]
    assert parts.extras.is_spared(link, limits.SPARE_ANSWER_MS - 1)
    parts.extras.propose(link, limits.SPARE_ANSWER_MS - 1)
    assert said(link) == []
    assert not parts.extras.is_spared(link, limits.SPARE_ANSWER_MS)
    parts.extras.propose(link, limits.SPARE_ANSWER_MS)

    assert said(link) == [Spare()]
    assert SpareDue(link.id) in parts.timers
    assert parts.extras.spared(EAST.id) == Report(SpareClosed(node=EAST.id, name="east"))


def test_what_is_chosen_named_needed_or_not_exchanged_is_not_proposed() -> None:
    """docs/protocol.md, section 10.6."""
    chosen, named, needed, new = ringed(), ringed(), wanting(0, *RING[1:]), ringed()
    chosen.extras.began(EAST.id, None)
    links = [a_link(parts, EAST, 1) for parts in (chosen, needed)]
    links += [a_link(named, SOUTH, 1), a_link(new, EAST, 1, is_exchanged=False)]

    for parts, link in zip((chosen, needed, named, new), links, strict=True):
        parts.extras.propose(link, 0)
        assert not parts.extras.agrees(link, limits.SPARE_SOONEST_MS)

    assert [said(link) for link in links] == [[]] * 4


def test_a_proposal_is_looked_at_only_now_and_then() -> None:
    """docs/protocol.md, section 10.6."""
    parts = ringed()
    link = a_link(parts, EAST, 1)

    soon = limits.SPARE_SOONEST_MS - 1
    assert [parts.extras.agrees(link, at_ms) for at_ms in (soon, 2 * soon, 3 * soon + 1)] == [
        False,
        False,
        True,
    ]


def test_no_link_is_chosen_to_whom_the_operator_keeps_apart() -> None:
    parts = wanting(2)
    parts.members.keep_apart(WEST.id)

    chosen = parts.extras.choose()

    assert chosen == (EAST.id, EAST.address)
    parts.extras.began(*chosen)
    assert parts.extras.choose() is None
