"""A tree that was torn: whoever is grafted asks for what it lacks in turn."""

import pytest

from overlay.core.assembly import Assembly
from overlay.core.state.deadlines import MissingDue
from overlay.core.state.links import Link
from overlay.messages.gossip import Announce, Prune, Request
from overlay.messages.ids import LeafHash
from tests.support.people import a_client, hash_of
from tests.unit.core.stages.parts import said

KNOWN = a_client("alice").says_on("garden", "hello")
LEAF, THEIRS = LeafHash(hash_of("a leaf")), LeafHash(hash_of("what they lack"))


@pytest.fixture
def south(parts: Assembly, south: Link) -> Link:
    parts.spreading.on_prune(south)
    return south


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
