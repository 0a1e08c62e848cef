"""Who may be in the overlay: the neighbours file, the pins, and who vouches for whom."""

import itertools
from collections.abc import Iterable

import pytest

from overlay import limits
from overlay.core.settings import Neighbour, Settings
from overlay.core.state.members import Members
from overlay.messages.ids import Address, NodeId
from overlay.messages.links import Admission
from tests.support.people import a_node_called, address_of, hash_of

NORTH, SOUTH, WEST, EAST = (a_node_called(name).id for name in ("north", "south", "west", "east"))


def members(
    *entries: Neighbour,
    admission: Admission = "listed",
    pins: dict[Address, NodeId] | None = None,
) -> Members:
    settings = Settings(
        name="north",
        network="overlay",
        admission=admission,
        addresses=(),
        neighbours=entries,
        software="a test",
    )
    return Members(NORTH, settings, pins or {})


def named(node: NodeId, **how: bool) -> Neighbour:
    return Neighbour(address=None, id=node, **how)


def at(name: str, **how: bool) -> Neighbour:
    return Neighbour(address=address_of(name), id=None, **how)


class Records:
    """Whom each node's record names."""

    def __init__(self, **vouched: Iterable[NodeId]) -> None:
        self._vouched = {a_node_called(name).id: tuple(who) for name, who in vouched.items()}

    def __call__(self, node: NodeId) -> Iterable[NodeId]:
        return self._vouched.get(node, ())


def test_we_are_a_member_and_nobody_else_is_without_records() -> None:
    """docs/protocol.md, section 4.1."""
    ours = members(named(SOUTH))

    assert ours.recompute(Records()) == ([], [])
    assert (ours.all(), len(ours), NORTH in ours, SOUTH in ours) == ([NORTH], 1, True, False)
    assert ours.voucher_of(NORTH) is None


def test_members_are_found_over_vouching_both_ways() -> None:
    """docs/protocol.md, section 4.1."""
    ours = members(named(SOUTH))
    records = Records(south=(NORTH, WEST, EAST), west=(SOUTH,), east=(WEST,))

    assert ours.recompute(records) == ([SOUTH, WEST], [])
    assert (ours.voucher_of(SOUTH), ours.voucher_of(WEST)) == (NORTH, SOUTH)
    assert ours.recompute(Records(south=(NORTH,), west=(SOUTH,))) == ([], [WEST])


def test_what_one_names_who_may_not_admit_does_not_count() -> None:
    """docs/protocol.md, section 4.1: but another way in is as good."""
    ours = members(named(SOUTH, may_admit=False), named(WEST))
    records = Records(south=(NORTH, EAST), east=(SOUTH,), west=(NORTH,))
    assert ours.recompute(records) == ([SOUTH, WEST], [])

    joined, _ = ours.recompute(Records(south=(NORTH, EAST), east=(SOUTH, WEST), west=(NORTH, EAST)))

    assert joined == [EAST]


def test_there_are_no_more_members_than_the_bound() -> None:
    """docs/protocol.md, section 12: whatever a chain of liars names."""
    chain = [NORTH, SOUTH, *(NodeId(hash_of(f"sybil {number}")) for number in range(20_000))]
    before = {node: chain[max(0, place - 1)] for place, node in enumerate(chain)}
    after = dict(itertools.pairwise(chain))
    ours = members(named(SOUTH))

    ours.recompute(lambda node: [before[node], after.get(node, NORTH)])

    assert len(ours) == limits.MEMBERS_MAX


def test_a_pin_is_made_once_for_an_address_of_the_file() -> None:
    """docs/protocol.md, section 4.2."""
    ours = members(at("south"), named(WEST))
    assert ours.unpinned() == [address_of("south")]

    assert ours.pin(address_of("south"), SOUTH)
    assert not ours.pin(address_of("south"), WEST)
    assert not ours.pin(address_of("nowhere"), EAST)

    assert ours.expected_at(address_of("south")) == SOUTH
    assert ours.expected_at(address_of("nowhere")) is None
    assert ours.addresses_of(SOUTH) == [address_of("south")]
    assert ours.addresses_of(WEST) == []
    assert ours.unpinned() == []
    assert list(ours.vouched()) == [SOUTH, WEST]


def test_an_id_in_the_file_needs_no_pin_and_takes_none() -> None:
    """docs/protocol.md, section 4.2."""
    ours = members(Neighbour(address=address_of("south"), id=SOUTH))

    assert not ours.pin(address_of("south"), WEST)
    assert ours.expected_at(address_of("south")) == SOUTH


def test_a_pin_can_be_forgotten() -> None:
    """docs/protocol.md, section 4.2."""
    ours = members(at("south"), pins={address_of("south"): SOUTH})
    assert ours.is_welcome(SOUTH)

    assert ours.unpin(address_of("south"))
    assert not ours.unpin(address_of("south"))

    assert not ours.is_welcome(SOUTH)
    assert ours.unpinned() == [address_of("south")]


@pytest.mark.parametrize("admission", ["listed", "open"])
def test_who_is_blocked_is_never_welcome(admission: Admission) -> None:
    """docs/protocol.md, section 4.1."""
    ours = members(named(SOUTH, is_blocked=True), named(WEST), admission=admission)

    assert (ours.is_blocked(SOUTH), ours.is_blocked(WEST)) == (True, False)
    assert (ours.is_welcome(SOUTH), ours.is_welcome(WEST)) == (False, True)
    assert list(ours.vouched()) == [WEST]
    assert ours.is_welcome(EAST) is (admission == "open")


def test_a_member_of_a_member_is_welcome() -> None:
    """docs/protocol.md, section 4.2."""
    ours = members(named(SOUTH))
    assert not ours.is_welcome(WEST)

    ours.recompute(Records(south=(NORTH, WEST), west=(SOUTH,)))

    assert ours.is_welcome(WEST)


def test_an_open_overlay_vouches_once_for_whoever_comes() -> None:
    """docs/protocol.md, section 4.1."""
    ours = members(named(SOUTH, may_admit=False), admission="open")

    assert [ours.vouch_openly(node) for node in (SOUTH, WEST, WEST)] == [False, True, False]
    assert ours.vouched() == {SOUTH: False, WEST: True}
    assert not members(admission="listed").vouch_openly(WEST)


def test_an_open_overlay_vouches_for_no_more_than_a_record_names() -> None:
    """docs/protocol.md, sections 4.1 and 5.2."""
    ours = members(admission="open")

    vouched = [ours.vouch_openly(NodeId(hash_of(f"{number}"))) for number in range(70)]

    assert vouched == [True] * limits.NEIGHBOURS_MAX + [False] * 6


def test_the_vouching_has_to_be_followed_anew_when_our_own_file_or_a_pin_has_changed() -> None:
    """docs/protocol.md, section 4.1."""
    ours = members(at("south"))
    found = [ours.is_outdated]

    ours.recompute(Records())
    found.append(ours.is_outdated)
    ours.pin(address_of("south"), SOUTH)
    found.append(ours.is_outdated)
    ours.recompute(Records())
    ours.neighbours = (named(WEST),)
    found.append(ours.is_outdated)

    assert found == [True, False, True, True]


def test_whoever_is_kept_apart_gets_no_link_and_stays_a_member() -> None:
    ours = members(Neighbour(address=None, id=SOUTH))
    ours.recompute(lambda node: [NORTH] if node == SOUTH else [])

    assert ours.keep_apart(SOUTH)

    assert ours.is_blocked(SOUTH)
    assert not ours.is_welcome(SOUTH)
    assert SOUTH in ours
    assert list(ours.vouched()) == [SOUTH]

    ours.let_together(SOUTH)

    assert ours.is_welcome(SOUTH)


def test_a_node_keeps_apart_from_so_many_and_no_more() -> None:
    ours = members()
    others = [a_node_called(f"other {number}").id for number in range(limits.APART_MAX)]

    assert all(ours.keep_apart(other) for other in others)
    assert not ours.keep_apart(SOUTH)
    assert ours.keep_apart(others[0])
    assert ours.kept_apart == tuple(others)
