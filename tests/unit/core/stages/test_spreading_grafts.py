"""A tree that was torn: whoever is grafted asks for what it lacks in turn."""

import pytest

from overlay.core.assembly import Assembly
from overlay.core.state.deadlines import MissingDue
from overlay.core.state.links import Link
from overlay.messages.gossip import Announce, Request
from overlay.messages.ids import LeafHash
from tests.support.people import hash_of
from tests.unit.core.stages.parts import said

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
