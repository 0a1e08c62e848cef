"""Opening, keeping and losing links: dials, heartbeats, silence, acks."""

from dataclasses import replace

import pytest

from overlay import limits
from overlay.core.settings import Neighbour
from overlay.core.state.deadlines import AckDue, HeartbeatDue, RedialDue, SilenceDue
from overlay.messages.ids import Address
from overlay.messages.links import Ack, Heartbeat
from overlay.peering.effects import Dial, Send
from overlay.wire.codec import decode_frame
from tests.support.people import address_of
from tests.unit.core.stages.parts import NORTH, SOUTH, WEST, a_link, assembled, knows

SOUTHS = Neighbour(address=SOUTH.address, id=SOUTH.id)
WESTS = Neighbour(address=WEST.address, id=None)


def test_every_neighbour_with_an_address_is_dialled_once() -> None:
    """docs/protocol.md, section 10.2."""
    blocked = Neighbour(address=address_of("rogue"), id=None, is_blocked=True)
    parts = assembled(SOUTHS, WESTS, blocked, NORTH)

    assert parts.keeping.dial_neighbours() == [Dial(SOUTH.address), Dial(WEST.address)]
    assert parts.keeping.dial_neighbours() == []
    assert parts.keeping.is_finding_out(WEST.address)


def test_a_node_does_not_dial_itself_nor_whom_it_is_linked_with() -> None:
    """docs/protocol.md, section 10.2."""
    parts = assembled(SOUTHS, Neighbour(address=NORTH.address, id=NORTH.id))
    a_link(parts, SOUTH, 1)

    assert parts.keeping.dial_neighbours() == []


def test_a_node_that_stops_dials_nobody() -> None:
    """docs/protocol.md, section 10.3."""
    parts = assembled(SOUTHS)
    parts.ourselves.is_stopping = True

    assert parts.keeping.dial(SOUTH.address) == []


def test_a_dial_that_came_to_nothing_is_planned_again_while_the_file_names_it() -> None:
    """docs/protocol.md, section 10.2."""
    parts = assembled(SOUTHS)
    parts.keeping.dial(SOUTH.address)
    parts.keeping.dial(address_of("elsewhere"))

    parts.keeping.on_dial_over(SOUTH.address, 0, "no answer")
    parts.keeping.on_dial_over(address_of("elsewhere"), 0, "no answer")

    assert RedialDue(SOUTH.address) in parts.timers
    assert RedialDue(address_of("elsewhere")) not in parts.timers
    assert parts.keeping.trouble_at(SOUTH.address) == "no answer"
    assert parts.keeping.redial(address_of("elsewhere")) == []


def test_a_lost_neighbour_is_dialled_again_whoever_had_dialled() -> None:
    """docs/protocol.md, section 10.2."""
    parts = assembled(SOUTHS, WESTS)
    parts.keeping.dial(WEST.address)

    parts.keeping.on_link_lost(SOUTH.id, 0)
    due_ms = parts.timers.next_ms()
    parts.keeping.on_link_lost(SOUTH.id, 0)
    parts.keeping.on_link_lost(WEST.id, 0)

    assert RedialDue(SOUTH.address) in parts.timers
    assert parts.timers.next_ms() == due_ms
    assert RedialDue(WEST.address) not in parts.timers


@pytest.mark.parametrize(
    ("neighbour", "dialled"),
    [(SOUTHS, [SOUTH.address]), (SOUTH, [address_of("south in its record")]), (WESTS, [])],
)
def test_a_probe_goes_where_the_file_says_or_else_the_record(
    neighbour: Neighbour, dialled: list[Address]
) -> None:
    """docs/protocol.md, section 10.1."""
    parts = assembled(neighbour)
    if dialled:
        where = (address_of("south-in-its-record"), address_of("another"))
        knows(parts, SOUTH.record(neighbours=(NORTH.id,), addresses=where))

    probes = parts.keeping.probe(SOUTH.id)

    expected = [address.replace(" ", "-") for address in dialled]
    assert [probe.address for probe in probes if isinstance(probe, Dial)] == expected


def test_a_heartbeat_is_said_only_when_nothing_else_was() -> None:
    """docs/protocol.md, section 1.3."""
    parts = assembled(SOUTH)
    link = a_link(parts, SOUTH, 1)
    parts.keeping.on_opened(link, 0)
    assert HeartbeatDue(link.id) in parts.timers

    link.said_ms = 500
    parts.keeping.on_heartbeat_due(link, 1_000, None)
    assert parts.keeping.flush(1_000) == []
    parts.keeping.on_heartbeat_due(link, 1_300, None)
    (send,) = parts.keeping.flush(1_300)

    assert isinstance(send, Send)
    assert decode_frame(send.data) == [Heartbeat()]


def test_silence_is_judged_by_when_something_was_last_heard() -> None:
    """docs/protocol.md, section 10.1."""
    parts = assembled(SOUTH)
    link = a_link(parts, SOUTH, 1)
    parts.keeping.on_opened(link, 0)
    parts.keeping.on_heard(link, 2_000)

    judged = [
        (parts.keeping.is_silent(link, now_ms), link.is_suspected) for now_ms in (3_000, 5_000)
    ]
    parts.keeping.on_heard(link, 6_000)
    judged += [
        (parts.keeping.is_silent(link, now_ms), link.is_suspected)
        for now_ms in (8_999, 9_000, 9_000 + limits.SUSPECT_MS)
    ]

    assert judged == [(False, False), (False, True), (False, False), (False, True), (True, True)]


def test_acks_ride_along_or_leave_by_themselves() -> None:
    """docs/protocol.md, section 1.4."""
    parts = assembled(SOUTH)
    link = a_link(parts, SOUTH, 1)
    parts.keeping.on_ack_due(link)
    assert parts.keeping.flush(0) == []
    for number in (1, 2):
        link.received.take(number)
        parts.keeping.owe_ack(link, 0)
    assert parts.timers.next_ms() == limits.ACK_DELAY_MS

    parts.keeping.on_ack_due(link)
    (send,) = parts.keeping.flush(25)

    assert isinstance(send, Send)
    assert decode_frame(send.data) == [Ack(2)]
    assert link.queued_bytes == len(send.data)
    assert AckDue(link.id) not in parts.timers


def test_nothing_is_due_on_a_link_that_is_gone() -> None:
    """docs/protocol.md, section 10.1."""
    parts = assembled(SOUTH)
    link = a_link(parts, SOUTH, 1)
    parts.keeping.on_opened(link, 0)

    parts.keeping.forget(link)

    assert SilenceDue(link.id) not in parts.timers
    assert parts.timers.next_ms() is None


def test_a_sign_of_life_ends_the_back_off() -> None:
    """docs/protocol.md, section 10.2."""
    parts = assembled(SOUTHS, replace(WESTS, id=WEST.id))
    for address in (SOUTH.address, WEST.address):
        parts.keeping.dial(address)
        parts.keeping.on_dial_over(address, 0, "no answer")

    parts.keeping.on_sign_of_life(SOUTH.id)

    assert RedialDue(SOUTH.address) not in parts.timers
    assert parts.keeping.trouble_at(SOUTH.address) == ""
    assert parts.keeping.trouble_at(WEST.address) == "no answer"
