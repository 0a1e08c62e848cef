"""The operator's word, and what a node says of itself when asked."""

from dataclasses import replace

from overlay.core.effects import Answer
from overlay.core.requests import (
    BridgeStatus,
    Carried,
    Declined,
    LinkStatus,
    NeighbourStatus,
)
from overlay.core.settings import Neighbour
from overlay.peering.effects import Forget
from overlay.peering.events import Ticket
from tests.support.people import a_client, a_node_called, address_of
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

ALICE = a_client("alice")
OTHER = a_node_called("other")
SOUTHS = Neighbour(address=SOUTH.address, id=None)


def test_forgetting_a_pin_forgets_it_on_the_disk_too() -> None:
    """docs/protocol.md, section 4.2."""
    parts = assembled(SOUTHS)
    parts.members.pin(SOUTH.address, WEST.id)

    forget, answer = parts.commands.accept_key(Ticket(7), SOUTH.address)

    assert isinstance(forget, Forget)
    assert [key.key for key in forget.keys] == [SOUTH.address]
    assert isinstance(answer, Answer)
    assert (answer.ticket, type(answer.reply)) == (7, Carried)
    assert parts.members.expected_at(SOUTH.address) is None


def test_there_is_nothing_to_forget_where_the_file_decides() -> None:
    """docs/protocol.md, section 4.2."""
    parts = assembled(replace(SOUTHS, id=SOUTH.id))

    for address in (SOUTH.address, address_of("elsewhere")):
        (answer,) = parts.commands.accept_key(Ticket(7), address)
        assert isinstance(answer, Answer)
        assert isinstance(answer.reply, Declined)
        assert address in answer.reply.detail


def test_the_status_says_what_is_the_case() -> None:
    parts = assembled(SOUTHS, WEST)
    parts.members.pin(SOUTH.address, SOUTH.id)
    vouch_for_all(parts, (NORTH, SOUTH))
    knows(parts, *SOUTH.serving(ALICE))
    link = a_link(parts, SOUTH, 1, dialled=SOUTH.address)
    link.unanswered.round_trip.suppose(7)
    a_link(parts, a_client("bob"), 2)

    status = parts.commands.status({SOUTH.address: "an old trouble"}, units=3)

    assert (status.name, status.incarnation, status.units) == ("north", 1, 3)
    assert status.links == (
        LinkStatus(
            id=SOUTH.id,
            name="south",
            address=SOUTH.address,
            is_dialled=True,
            is_suspected=False,
            is_exchanged=True,
            round_trip_ms=7,
        ),
    )
    assert status.neighbours == (
        NeighbourStatus(address=SOUTH.address, id=SOUTH.id, state="linked"),
        NeighbourStatus(address=None, id=WEST.id, state="awaited"),
    )
    alive = {member.name: (member.is_alive, member.clients) for member in status.members}
    assert alive["south"] == (True, 1)
    assert alive["west"] == (False, 0)
    assert (status.clients_here, status.clients_reachable, status.accounts) == (1, 1, 1)


def test_a_neighbour_that_cannot_be_reached_is_shown_with_its_reason() -> None:
    parts = assembled(SOUTHS, replace(SOUTHS, address=WEST.address, is_blocked=True))

    status = parts.commands.status({SOUTH.address: "no answer", WEST.address: ""}, units=0)

    assert [(entry.state, entry.detail) for entry in status.neighbours] == [
        ("unreachable", "no answer"),
        ("blocked", ""),
    ]


def test_the_status_names_whose_loss_would_split_what_the_files_configure() -> None:
    """By who names whom, whatever the links are now; worst first."""
    parts = assembled(SOUTH)
    assert parts.commands.status({}, units=0).bridges == ()
    knows(parts, SOUTH.record(neighbours=(NORTH.id, WEST.id, a_node_called("nobody").id)))
    knows(parts, WEST.record(neighbours=(SOUTH.id, EAST.id, OTHER.id)))
    for leaf in (EAST, OTHER):
        knows(parts, leaf.record(neighbours=(WEST.id, NORTH.id)))

    assert parts.commands.status({}, units=0).bridges == (
        BridgeStatus(id=WEST.id, name="west", cut_off=2),
        BridgeStatus(id=SOUTH.id, name="south", cut_off=1),
    )
    parts.members.neighbours = (
        *parts.members.neighbours,
        Neighbour(address=None, id=EAST.id),
    )
    parts.gossip.revouch()

    assert parts.commands.status({}, units=0).bridges == (
        BridgeStatus(id=WEST.id, name="west", cut_off=1),
    )


def test_a_neighbour_that_is_kept_apart_is_shown_as_such() -> None:
    parts = assembled(SOUTHS)
    parts.members.pin(SOUTH.address, SOUTH.id)
    parts.members.keep_apart(SOUTH.id)

    status = parts.commands.status({SOUTH.address: "an old trouble"}, units=0)

    assert [(entry.state, entry.detail) for entry in status.neighbours] == [("kept_apart", "")]
    assert status.kept_apart == (SOUTH.id,)
