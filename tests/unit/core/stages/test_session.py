"""Who is there? The handshake of every link, and whether its peer is welcome."""

from dataclasses import replace

import pytest

from overlay import limits
from overlay.core.assembly import Assembly
from overlay.core.settings import Neighbour
from overlay.core.state.links import Link
from overlay.errors import TooManyLinks, Unexpected
from overlay.messages.links import Heartbeat, Hello
from overlay.peering.events import LinkId, LinkOpened
from tests.support.farend import LIMITS, WELCOME
from tests.support.people import a_client, a_node_called
from tests.unit.core.stages.parts import (
    EAST,
    NORTH,
    SOUTH,
    WEST,
    a_link,
    assembled,
    said,
    vouch_for_all,
)

ALICE = a_client("alice")


@pytest.fixture
def parts() -> Assembly:
    return assembled(Neighbour(address=SOUTH.address, id=None), WEST)


def opened(parts: Assembly, number: int, *, dials: bool = False, host: str = "a") -> Link:
    event = LinkOpened(
        link=LinkId(number), dialled=SOUTH.address if dials else None, remote_address=host
    )
    return parts.sessions.open(event, 0)


def test_only_the_listener_speaks_first(parts: Assembly) -> None:
    """docs/protocol.md, section 2.1."""
    assert [type(message) for message in said(opened(parts, 1))] == [Hello]
    assert said(opened(parts, 2, dials=True)) == []


def test_nothing_but_the_handshake_is_taken_before_it_is_over(parts: Assembly) -> None:
    """docs/protocol.md, section 2.4."""
    with pytest.raises(Unexpected):
        parts.sessions.on_handshake(opened(parts, 1), Heartbeat())


def test_links_of_one_address_and_all_together_are_bounded_but_not_our_own(
    parts: Assembly,
) -> None:
    """docs/protocol.md, section 2.4."""
    for number in range(limits.HALF_OPEN_PER_ADDRESS_MAX):
        assert parts.sessions.make_room(opened(parts, number)) is None
    with pytest.raises(TooManyLinks):
        parts.sessions.make_room(opened(parts, 100))
    parts.sessions.make_room(opened(parts, 101, dials=True))
    for number in range(1_000, 1_000 + limits.HALF_OPEN_MAX):
        opened(parts, number, host=f"{number}")

    oldest = parts.sessions.make_room(opened(parts, 5_000, host="another"))
    assert oldest is parts.links.half_open()[0]
    assert parts.sessions.make_room(opened(parts, 5_001, dials=True)) is None


def test_one_customer_of_ipv6_has_no_more_links_than_one_address(parts: Assembly) -> None:
    """docs/protocol.md, section 2.4."""
    for number in range(limits.HALF_OPEN_PER_ADDRESS_MAX):
        opened(parts, number, host=f"2001:db8::{number:x}")

    with pytest.raises(TooManyLinks):
        parts.sessions.make_room(opened(parts, 100, host="2001:db8::ffff"))
    assert parts.sessions.make_room(opened(parts, 101, host="2001:db8:0:1::1")) is None


def test_all_links_of_a_node_are_bounded(parts: Assembly) -> None:
    """docs/protocol.md, section 12."""
    for number in range(limits.LINKS_MAX):
        a_link(parts, ALICE, number)

    with pytest.raises(TooManyLinks):
        parts.sessions.make_room(opened(parts, limits.LINKS_MAX))


def test_an_address_is_pinned_by_the_first_that_proves_itself_there(parts: Assembly) -> None:
    """docs/protocol.md, section 4.2."""
    accepted, dialled = a_link(parts, SOUTH, 1), a_link(parts, SOUTH, 2, dialled=SOUTH.address)
    again = a_link(parts, WEST, 3, dialled=SOUTH.address)

    pins = [len(parts.sessions.pin(link)) for link in (accepted, dialled, again)]

    assert pins == [0, 2, 0]
    assert parts.members.expected_at(SOUTH.address) == SOUTH.id


@pytest.mark.parametrize(("granted", "taken"), [(3, 3), (2**53 - 1, limits.LINK_CREDIT_ENVELOPES)])
def test_a_granted_credit_is_taken_as_far_as_we_have_room(
    parts: Assembly, granted: int, taken: int
) -> None:
    """docs/protocol.md, section 1.4."""
    link = a_link(parts, SOUTH, 1)
    their = replace(LIMITS, credit_envelopes=granted, heartbeat_ms=700)

    parts.sessions.on_welcomed(link, replace(WELCOME, limits=their))
    while link.unanswered.has_credit(1):
        link.unanswered.take_number("an envelope", 1)

    assert len(link.unanswered) == taken
    assert link.their_heartbeat_ms == 700


def test_of_two_links_of_a_client_the_first_has_to_go(parts: Assembly) -> None:
    """docs/protocol.md, section 8.1."""
    first = a_link(parts, ALICE, 1)
    second = opened(parts, 2)
    second.peer, second.is_node = ALICE.id, False

    assert parts.sessions.loser(second, 0) is first
    assert parts.sessions.loser(a_link(parts, SOUTH, 3), 0) is None


def test_homes_are_ranked_by_distance_and_mixed_for_each_client(parts: Assembly) -> None:
    """docs/protocol.md, section 2.4: so that not everybody resumes at the same node."""
    vouch_for_all(parts, (NORTH, SOUTH), (NORTH, WEST), (SOUTH, EAST))

    lists = [
        [home.name for home in parts.sessions.homes_for(a_client(f"{number}").id)]
        for number in range(20)
    ]

    assert {tuple(names) for names in lists} == {
        ("south", "west", "east"),
        ("west", "south", "east"),
    }


def test_everybody_is_welcome_as_a_client_and_nodes_by_name(parts: Assembly) -> None:
    """docs/protocol.md, section 4.1."""
    links = [
        a_link(parts, ALICE, 1),
        a_link(parts, WEST, 2),
        a_link(parts, a_node_called("a stranger"), 3),
    ]

    assert [parts.sessions.is_welcome(link) for link in links] == [True, True, False]
