"""A tree that was torn: who is at the tear asks at once, and who is grafted asks in turn."""

import pytest

from overlay import limits
from overlay.core.assembly import Assembly
from overlay.core.effects import Effect, Report
from overlay.core.facts import Grafted
from overlay.core.state.deadlines import MissingDue
from overlay.core.state.links import Link
from overlay.messages.gossip import Announce, Prune, Request
from overlay.messages.ids import LeafHash
from tests.support.people import a_client, hash_of
from tests.unit.core.stages.parts import SOUTH, WEST, a_link, said

KNOWN = a_client("alice").says_on("garden", "hello")
LEAF, THEIRS = LeafHash(hash_of("a leaf")), LeafHash(hash_of("what they lack"))


@pytest.fixture
def south(parts: Assembly, south: Link) -> Link:
    parts.spreading.on_prune(south)
    return south


def asked_at(parts: Assembly, link: Link, now_ms: int) -> bool:
    """Whether what was announced on a link is asked for now."""
    parts.spreading.on_missing_due(now_ms)
    return Request((LEAF,), grafts=True) in said(link)


def test_who_grafts_is_asked_at_once_for_what_it_has_announced(
    parts: Assembly, south: Link, west: Link
) -> None:
    """docs/protocol.md, section 5.5: though another announced it first."""
    for link in (west, south):
        parts.spreading.on_announce(link, Announce((LEAF,)), 0)

    parts.spreading.on_request(south, Request((THEIRS,), grafts=True), 20)

    assert parts.timers.due(20) == [MissingDue()]
    parts.spreading.on_missing_due(20)
    assert said(south) == [Request((LEAF,), grafts=True)]
    assert said(west) == []


def test_who_grafts_is_asked_at_once_for_what_it_had_gathered_before(
    parts: Assembly, south: Link, west: Link
) -> None:
    """docs/protocol.md, section 5.5: it pushes what is newer; until the link is pruned again."""
    parts.spreading.on_request(south, Request((THEIRS,), grafts=True), 0)

    parts.spreading.on_announce(south, Announce((LEAF,)), limits.TORN_MS - 1)
    assert asked_at(parts, south, limits.TORN_MS - 1)
    parts.spreading.on_prune(south)
    parts.spreading.on_announce(south, Announce((THEIRS,)), limits.TORN_MS - 1)

    assert list(parts.timers.due(limits.TORN_MS - 1)) == []


def test_what_is_announced_long_after_a_graft_is_waited_for(
    parts: Assembly, south: Link, west: Link
) -> None:
    """docs/protocol.md, section 5.5."""
    parts.spreading.on_request(south, Request((THEIRS,), grafts=True), 0)

    parts.spreading.on_announce(south, Announce((LEAF,)), limits.TORN_MS)

    assert parts.timers.next_ms() == limits.TORN_MS + limits.GRAFT_MIN_MS


def test_who_grafts_is_not_asked_for_what_others_announced(
    parts: Assembly, south: Link, west: Link
) -> None:
    """docs/protocol.md, section 5.5."""
    parts.spreading.on_announce(west, Announce((LEAF,)), 0)

    parts.spreading.on_request(south, Request((THEIRS,), grafts=True), 20)

    assert list(parts.timers.due(20)) == []


def test_a_graft_and_a_prune_that_cross_leave_no_link_that_is_pushed_on_in_vain(
    parts: Assembly, south: Link, west: Link
) -> None:
    """docs/protocol.md, section 5.5: the prune left before the graft was read, and came after."""
    parts.spreading.spread_envelope(KNOWN.signed, KNOWN.leaf, west, 0)
    parts.spreading.on_request(south, Request((THEIRS,), grafts=True), 0)
    parts.spreading.on_prune(south)
    said(south)

    for _ in range(2):
        parts.spreading.on_pushed(south, (KNOWN.signed,), 0, has_news=False)

    assert said(south) == [Prune()]


def lost(parts: Assembly, link: Link) -> list[Effect]:
    """A link is gone, at time 0."""
    parts.links.remove(link)
    return parts.spreading.on_lost(link, 0)


def test_who_has_lost_a_link_of_the_tree_asks_at_once(
    parts: Assembly, south: Link, west: Link
) -> None:
    """docs/protocol.md, section 5.5: it was to come along that link; for a second."""
    lost(parts, west)

    parts.spreading.on_announce(south, Announce((LEAF,)), limits.TORN_MS - 1)
    assert asked_at(parts, south, limits.TORN_MS - 1)
    parts.spreading.on_announce(south, Announce((THEIRS,)), limits.TORN_MS)

    assert parts.timers.next_ms() == limits.TORN_MS - 1 + limits.GRAFT_MIN_MS


def test_what_was_announced_before_a_link_of_the_tree_is_lost_is_asked_for_as_it_is(
    parts: Assembly, south: Link, west: Link
) -> None:
    """docs/protocol.md, section 5.5: of who has announced it and was not asked yet."""
    parts.spreading.on_announce(south, Announce((LEAF,)), -1)

    assert lost(parts, west) == [Report(Grafted(node=SOUTH.id, missing=1))]
    assert said(south) == [Request((LEAF,), grafts=True)]
    assert lost(parts, a_link(parts, WEST, 3)) == []

    assert parts.timers.next_ms() == limits.GRAFT_MIN_MS


def test_who_has_lost_another_link_waits_as_ever(parts: Assembly, south: Link, west: Link) -> None:
    """docs/protocol.md, section 5.5: the tree is whole."""
    lost(parts, south)

    parts.spreading.on_announce(west, Announce((LEAF,)), 0)

    assert parts.timers.next_ms() == limits.GRAFT_MIN_MS


def test_who_has_another_link_with_the_same_node_waits_as_ever(
    parts: Assembly, south: Link, west: Link
) -> None:
    """docs/protocol.md, section 5.5: a link that takes the place of the lost one is of the tree."""
    a_link(parts, WEST, 3)

    lost(parts, west)

    parts.spreading.on_announce(south, Announce((LEAF,)), 0)
    assert parts.timers.next_ms() == limits.GRAFT_MIN_MS
