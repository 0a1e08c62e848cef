"""Chapter 4: whom a node counts as a member, pins, and what it does with strangers."""

from dataclasses import replace

import pytest

from overlay import limits
from overlay.core.events import NeighboursChanged
from overlay.core.facts import NeighbourKeyChanged, NeighbourPinned, PeerRefused
from overlay.core.requests import AcceptKey, Carried, Declined, StatusWanted
from overlay.core.settings import Neighbour
from overlay.messages.gossip import Push
from overlay.messages.ids import NodeId
from overlay.messages.links import Refusal, Welcome
from tests.protocol.harness import NodeUnderTest, Peer, a_node, at
from tests.support.farend import FarEnd
from tests.support.people import NodeKeys, a_client, a_node_called

ALICE = a_client("alice")
SOUTH, WEST, EAST = a_node_called("south"), a_node_called("west"), a_node_called("east")


def members(north: NodeUnderTest) -> list[str | None]:
    """The names of all members but ourselves, in the order in which they are vouched for."""
    return [member.name for member in north.node.snapshot().members[1:]]


def tells(peer: Peer, *records: object) -> None:
    """Records arrive in one push."""
    peer.says(Push(tuple(record.signed for record in records)))  # type: ignore[attr-defined]


def vouching(who: NodeKeys, *others: NodeId) -> object:
    """A record that names these neighbours and links."""
    return who.record(links=others, neighbours=others)


# 4.1 Who is a member


def test_a_neighbour_is_a_member_once_it_names_us() -> None:
    """docs/protocol.md, section 4.1."""
    north = a_node(neighbours=[SOUTH])
    south = north.accepts(FarEnd(SOUTH, dials=True))

    tells(south, vouching(SOUTH))
    assert members(north) == []
    tells(south, vouching(SOUTH, north.keys.id))

    assert members(north) == ["south"]


def test_a_member_of_a_member_is_one_if_each_names_the_other() -> None:
    """docs/protocol.md, section 4.1."""
    north = a_node(neighbours=[SOUTH])
    south = north.linked(SOUTH)

    tells(south, vouching(SOUTH, north.keys.id, WEST.id, EAST.id))
    tells(south, vouching(WEST, SOUTH.id), vouching(EAST))

    assert members(north) == ["south", "west"]
    assert north.node.snapshot().members[2].vouched_by == SOUTH.id


def test_what_a_neighbour_names_that_may_not_admit_does_not_count() -> None:
    """docs/protocol.md, section 4.1."""
    entry = Neighbour(address=None, id=SOUTH.id, may_admit=False)
    north = a_node(neighbours=[entry])
    south = north.linked(SOUTH)

    tells(south, vouching(SOUTH, north.keys.id, WEST.id), vouching(WEST, SOUTH.id))

    assert members(north) == ["south"]


def test_a_node_leaves_when_nobody_names_it_any_more() -> None:
    """docs/protocol.md, section 4.1: and a link that only membership admitted ends."""
    north = a_node(neighbours=[SOUTH])
    south = north.linked(SOUTH)
    tells(south, vouching(SOUTH, north.keys.id, WEST.id), vouching(WEST, SOUTH.id))
    west = north.accepts(FarEnd(WEST, dials=True))
    assert members(north) == ["south", "west"]

    tells(south, vouching(SOUTH, north.keys.id))

    assert members(north) == ["south"]
    assert west.close_code == "not_a_neighbour"
    assert south.is_open


def test_in_an_open_overlay_who_dials_is_vouched_for() -> None:
    """docs/protocol.md, section 4.1."""
    north = a_node(admission="open")

    south = north.accepts(FarEnd(SOUTH, dials=True, admission="open"))
    tells(south, vouching(SOUTH, north.keys.id))

    assert members(north) == ["south"]


def test_in_an_open_overlay_whom_we_dial_is_vouched_for() -> None:
    """docs/protocol.md, section 4.1."""
    north = a_node(neighbours=[at(SOUTH.address)], admission="open")

    south = north.reaches(SOUTH.address, FarEnd(SOUTH, dials=False, admission="open"))
    tells(south, vouching(SOUTH, north.keys.id))

    assert members(north) == ["south"]


def test_an_open_overlay_vouches_for_no_more_than_a_record_can_name() -> None:
    """docs/protocol.md, section 4.1: a flood of strangers fills no table."""
    north = a_node(admission="open")

    for number in range(limits.NEIGHBOURS_MAX + 5):
        stranger = a_node_called(f"stranger-{number}")
        peer = north.accepts(FarEnd(stranger, dials=True, admission="open"))
        tells(peer, vouching(stranger, north.keys.id))
        peer.ends("orderly")

    assert len(members(north)) == limits.NEIGHBOURS_MAX


def test_a_blocked_node_keeps_no_link() -> None:
    """docs/protocol.md, section 4.1: whoever else names it."""
    blocked = Neighbour(address=WEST.address, id=WEST.id, is_blocked=True)
    north = a_node(neighbours=[SOUTH, blocked])
    south = north.linked(SOUTH)
    tells(south, vouching(SOUTH, north.keys.id, WEST.id), vouching(WEST, SOUTH.id))

    west = north.accepts(FarEnd(WEST, dials=True))

    assert west.is_refused() == west.close_code == "not_a_neighbour"
    assert north.dialled == []


# 4.2 Pins


def test_a_neighbour_without_an_address_is_admitted_by_its_id() -> None:
    """docs/protocol.md, section 4.2."""
    north = a_node(neighbours=[SOUTH])

    assert north.accepts(FarEnd(SOUTH, dials=True)).is_open
    assert north.dialled == []


def test_a_stranger_is_refused_and_told_when_to_come_again() -> None:
    """docs/protocol.md, section 4.2."""
    north = a_node(neighbours=[SOUTH])

    west = north.accepts(FarEnd(WEST, dials=True))

    refusal = west.hears_one(Refusal)
    assert (refusal.code, refusal.retry_after_ms) == ("not_a_neighbour", 5_000)
    assert west.close_code == "not_a_neighbour"
    assert [fact.code for fact in north.facts_of(PeerRefused)] == ["not_a_neighbour"]


def test_before_a_stranger_is_refused_the_unpinned_addresses_are_dialled() -> None:
    """docs/protocol.md, section 4.2: it may be the one that we expect there."""
    north = a_node(neighbours=[at(SOUTH.address)])
    north.misses(SOUTH.address)

    south = north.accepts(FarEnd(SOUTH, dials=True))
    assert south.hears_all(Welcome) == []
    north.reaches(SOUTH.address, FarEnd(SOUTH, dials=False))

    assert south.hears_all(Welcome) != []
    assert len(north.node.snapshot().links) == 1


@pytest.mark.parametrize("answers", [True, False])
def test_a_stranger_whom_no_dial_finds_is_refused(answers: bool) -> None:
    """docs/protocol.md, section 4.2."""
    north = a_node(neighbours=[at(SOUTH.address)])
    north.misses(SOUTH.address)
    west = north.accepts(FarEnd(WEST, dials=True))
    assert west.is_open

    if answers:
        north.reaches(SOUTH.address, FarEnd(SOUTH, dials=False))
    else:
        north.misses(SOUTH.address)

    assert west.is_refused() == west.close_code == "not_a_neighbour"


def test_a_stranger_waits_no_longer_than_a_handshake_may_last() -> None:
    """docs/protocol.md, section 4.2: when the address that we dial does not answer."""
    north = a_node(neighbours=[at(SOUTH.address)])
    west = north.accepts(FarEnd(WEST, dials=True))

    north.passes(4_999)
    assert west.is_open
    north.passes(1)

    assert west.is_refused() == west.close_code == "not_a_neighbour"


def test_a_key_that_dials_us_is_never_pinned() -> None:
    """docs/protocol.md, section 4.2."""
    north = a_node(neighbours=[at(SOUTH.address)])
    north.accepts(FarEnd(WEST, dials=True))
    north.misses(SOUTH.address)
    north.passes(60_000)

    assert north.reaches(SOUTH.address, FarEnd(SOUTH, dials=False)).is_open


def test_a_changed_key_is_refused_with_the_command_that_accepts_it() -> None:
    """docs/protocol.md, section 4.2."""
    north = a_node(neighbours=[at(SOUTH.address)])
    north.reaches(SOUTH.address, FarEnd(SOUTH, dials=False)).ends()
    north.passes(500)

    west = north.reaches(SOUTH.address, FarEnd(WEST, dials=False))

    assert west.is_refused() == "changed_key"
    (fact,) = north.facts_of(NeighbourKeyChanged)
    assert fact.command == f"overlay node accept-key DIR {SOUTH.address}"
    (status,) = north.node.snapshot().neighbours
    assert status.state == "unreachable"
    assert fact.command in status.detail


def test_a_node_that_its_own_file_names_says_to_take_the_entry_out() -> None:
    """docs/protocol.md, section 4.2: there is no key to accept."""
    north = a_node(neighbours=[at(SOUTH.address)])

    itself = north.reaches(SOUTH.address, FarEnd(north.keys, dials=False))

    assert itself.is_refused() == "changed_key"
    assert north.facts_of(NeighbourKeyChanged) == []
    (status,) = north.node.snapshot().neighbours
    assert status.detail == (
        "changed_key: our own key answers at the other end;"
        " a node is not its own neighbour: take this address out of the file"
    )


def test_the_operator_accepts_a_changed_key() -> None:
    """docs/protocol.md, section 4.2."""
    north = a_node(neighbours=[at(SOUTH.address)])
    north.reaches(SOUTH.address, FarEnd(SOUTH, dials=False)).ends()
    north.passes(500)
    north.reaches(SOUTH.address, FarEnd(WEST, dials=False))

    reply = north.commands(AcceptKey(SOUTH.address))

    assert isinstance(reply, Carried)
    assert north.reaches(SOUTH.address, FarEnd(WEST, dials=False)).is_open


def test_the_operator_can_accept_a_key_only_where_the_file_names_none() -> None:
    """docs/protocol.md, section 4.2."""
    fixed = Neighbour(address=SOUTH.address, id=SOUTH.id)
    north = a_node(neighbours=[fixed])
    north.misses(SOUTH.address)

    named, unknown = (
        north.commands(AcceptKey(SOUTH.address)),
        north.commands(AcceptKey(WEST.address)),
    )

    assert isinstance(named, Declined)
    assert isinstance(unknown, Declined)
    assert WEST.address not in north.dialled


def test_the_operators_file_is_read_again() -> None:
    """docs/protocol.md, sections 4.1 and 10.2."""
    north = a_node(neighbours=[SOUTH])
    south = north.linked(SOUTH)

    north.happens(NeighboursChanged((at(WEST.address),)))

    assert south.close_code == "not_a_neighbour"
    assert members(north) == []
    assert north.dialled == [WEST.address]


def test_an_address_that_left_the_file_is_dialled_no_more() -> None:
    """docs/protocol.md, section 10.2."""
    north = a_node(neighbours=[at(SOUTH.address), at(WEST.address)])
    north.misses(SOUTH.address)
    north.misses(WEST.address)

    blocked = replace(at(WEST.address), is_blocked=True)
    north.happens(NeighboursChanged((blocked,)))
    north.passes(120_000)

    assert north.dialled == []


def test_a_dial_that_the_file_no_longer_admits_opens_nothing() -> None:
    """docs/protocol.md, section 4.2."""
    north = a_node(neighbours=[at(SOUTH.address)])
    north.happens(NeighboursChanged(()))

    south = north.reaches(SOUTH.address, FarEnd(SOUTH, dials=False))

    assert south.close_code == "not_a_neighbour"
    assert north.node.snapshot().links == ()


def test_whoever_answers_at_the_address_of_a_member_that_is_gone_is_a_stranger() -> None:
    """docs/protocol.md, sections 4.2 and 10.5: a redial of a lost link is no invitation."""
    north = a_node(neighbours=[SOUTH])
    south = north.linked(SOUTH)
    north.passes(1_000)
    south.ends("reset")

    taken = north.reaches(SOUTH.address, FarEnd(WEST, dials=False))

    assert taken.close_code == "changed_key"
    assert (north.facts_of(NeighbourPinned), north.facts_of(NeighbourKeyChanged)) == ([], [])


# 4.3 Records of others


def test_a_record_of_no_member_is_held_back_and_passed_on_when_it_counts() -> None:
    """docs/protocol.md, section 4.3."""
    north = a_node(neighbours=[SOUTH, EAST])
    south, east = north.linked(SOUTH), north.linked(EAST)
    east.hears()

    tells(south, vouching(WEST, SOUTH.id))
    assert east.hears() == []
    assert north.node.snapshot().parked_records == 1
    tells(south, vouching(SOUTH, north.keys.id, WEST.id))

    passed = {record.signer for push in east.hears_all(Push) for record in push.records}
    assert passed == {SOUTH.id, WEST.id}
    assert north.node.snapshot().parked_records == 0


def test_at_most_256_records_are_held_back_the_oldest_goes() -> None:
    """docs/protocol.md, section 4.3."""
    north = a_node(neighbours=[SOUTH])
    south = north.linked(SOUTH)
    tells(south, vouching(WEST, SOUTH.id))

    for number in range(limits.PARKED_MAX):
        tells(south, a_client(f"nobody {number}").presence(WEST.id))
    assert north.node.snapshot().parked_records == limits.PARKED_MAX
    tells(south, vouching(SOUTH, north.keys.id, WEST.id))

    assert members(north) == ["south"]


def test_a_complete_exchange_holds_nothing_that_does_not_count() -> None:
    """docs/protocol.md, section 4.3."""
    north = a_node(neighbours=[SOUTH, EAST])
    south = north.linked(SOUTH)
    tells(south, vouching(WEST, SOUTH.id), *SOUTH.serving(ALICE)[:2])

    east = north.accepts(FarEnd(EAST, dials=True))

    told = east.is_told_everything()
    assert [record.signer for record in told] == [north.keys.id, SOUTH.id]


def test_the_operator_sees_the_neighbours_and_what_became_of_them() -> None:
    """docs/protocol.md, section 4.2."""
    entries = [
        Neighbour(address=None, id=SOUTH.id),
        Neighbour(address=None, id=EAST.id),
        at(WEST.address),
        Neighbour(address=None, id=a_node_called("rogue").id, is_blocked=True),
    ]
    north = a_node(neighbours=entries)
    north.linked(SOUTH)

    status = north.commands(StatusWanted())

    assert status == north.node.snapshot()
    assert [entry.state for entry in north.node.snapshot().neighbours] == [
        "linked",
        "awaited",
        "dialling",
        "blocked",
    ]
