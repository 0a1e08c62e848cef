"""An operator has two nodes keep no link for a while, as if a cable were cut."""

from overlay import limits
from overlay.core.events import Command
from overlay.core.requests import Carried, Declined, KeepApart
from overlay.core.settings import Neighbour
from overlay.messages.ids import NodeId
from overlay.messages.links import Refusal
from overlay.peering.events import Ticket
from tests.protocol.harness import NodeUnderTest, a_node
from tests.support.farend import FarEnd
from tests.support.people import NodeKeys, a_node_called

SOUTH, WEST = a_node_called("south"), a_node_called("west")
WHILE_MS = 2_000


def north_with(*others: NodeKeys) -> NodeUnderTest:
    """North, whose dials to all of these came to nothing so far."""
    entries = [Neighbour(address=each.address, id=each.id) for each in others]
    north = a_node(neighbours=entries)
    for each in others:
        north.misses(each.address)
    return north


def keep_apart(north: NodeUnderTest, node: NodeId, for_ms: int = WHILE_MS) -> Carried | Declined:
    north.happens(Command(Ticket(7), KeepApart(node, for_ms)))
    reply = north.replies[-1]
    assert isinstance(reply, Carried | Declined)
    return reply


def test_the_link_closes_and_the_file_has_it_dialled_again_when_the_while_is_over() -> None:
    north = north_with(SOUTH, WEST)
    south, west = north.linked(SOUTH), north.linked(WEST)
    north.dialled.clear()

    reply = keep_apart(north, SOUTH.id)
    north.passes(WHILE_MS - 1)

    assert isinstance(reply, Carried)
    assert (south.close_code, west.close_code) == ("not_a_neighbour", None)
    assert SOUTH.address not in north.dialled
    status = north.node.snapshot()
    assert status.kept_apart == (SOUTH.id,)
    assert [entry.state for entry in status.neighbours] == ["kept_apart", "linked"]
    assert [member.id for member in status.members] == [north.id, SOUTH.id, WEST.id]

    north.passes(1)

    assert SOUTH.address in north.dialled
    assert north.node.snapshot().kept_apart == ()


def test_whoever_is_kept_apart_is_not_let_in_meanwhile() -> None:
    north = north_with(SOUTH)
    north.linked(SOUTH)
    keep_apart(north, SOUTH.id)

    south = north.accepts(FarEnd(SOUTH, dials=True))
    north.passes(limits.HANDSHAKE_MS)

    assert south.close_code == "not_a_neighbour"
    assert [refusal.code for refusal in south.hears_all(Refusal)] == ["not_a_neighbour"]


def test_the_operator_may_end_the_while() -> None:
    north = north_with(SOUTH)
    north.linked(SOUTH)
    keep_apart(north, SOUTH.id)
    north.passes(1_000)
    north.dialled.clear()

    reply = keep_apart(north, SOUTH.id, for_ms=0)

    assert isinstance(reply, Carried)
    assert north.dialled == [SOUTH.address]
    assert north.node.snapshot().kept_apart == ()


def test_a_while_has_its_bound() -> None:
    north = north_with(SOUTH)
    north.linked(SOUTH)

    keep_apart(north, SOUTH.id, for_ms=2**40)
    north.passes(limits.APART_MS_MAX)

    assert north.node.snapshot().kept_apart == ()


def test_nobody_is_kept_apart_from_itself_or_from_whom_nobody_knows() -> None:
    north = north_with(SOUTH)

    for node, words in ((NodeId(north.id), "itself"), (WEST.id, "no member")):
        reply = keep_apart(north, node)
        assert isinstance(reply, Declined)
        assert words in reply.detail


def test_with_too_many_kept_apart_already_the_link_stays() -> None:
    north = north_with(SOUTH)
    south = north.linked(SOUTH)
    members = north.node._parts.members
    for number in range(limits.APART_MAX):
        members.keep_apart(a_node_called(f"other {number}").id)

    reply = keep_apart(north, SOUTH.id)

    assert isinstance(reply, Declined)
    assert south.is_open
