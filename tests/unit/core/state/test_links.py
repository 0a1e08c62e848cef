"""Every open link: whose it is, how far it has come, what it has yet to say."""

from random import Random

import pytest

from overlay import limits
from overlay.core.state.links import Link, Links, Phase
from overlay.messages.links import Heartbeat
from overlay.peering.events import LinkId
from tests.support.farend import a_handshake
from tests.support.people import a_client, a_node_called

ALICE, BOB = a_client("alice"), a_client("bob")
SOUTH = a_node_called("south")


def a_link(number: int, *, is_node: bool) -> Link:
    handshake = a_handshake(SOUTH.key, "node", SOUTH.incarnation, dials=True)
    return Link(
        id=LinkId(number),
        handshake=handshake,
        dialled=None,
        remote_address="127.0.0.1",
        remote_block="127.0.0.1",
        opened_ms=0,
        heard_ms=0,
        said_ms=0,
        peer=SOUTH.id if is_node else ALICE.id,
        is_node=is_node,
    )


@pytest.mark.parametrize("is_node", [True, False])
def test_a_link_is_found_by_whom_it_leads_to_while_it_is_open(is_node: bool) -> None:
    """docs/protocol.md, section 2.6."""
    links, link = Links(), a_link(1, is_node=is_node)
    links.add(link)
    assert (links.half_open(), links.nodes(), links.clients()) == ([link], [], [])

    links.open(link)
    assert link.phase is Phase.OPEN
    assert links.half_open() == []
    assert (links.nodes(), links.clients()) == (([link], []) if is_node else ([], [link]))
    assert links.to_node(SOUTH.id) is (link if is_node else None)
    assert links.to_client(ALICE.id) is (None if is_node else link)
    links.remove(link)

    assert (len(links), list(links), links.get(link.id)) == (0, [], None)
    assert (links.nodes(), links.clients()) == ([], [])


def test_a_link_that_was_replaced_does_not_take_the_other_one_along() -> None:
    """docs/protocol.md, section 2.6."""
    links, first, second = Links(), a_link(1, is_node=True), a_link(2, is_node=True)
    for link in (first, second):
        links.add(link)
        links.open(link)

    links.remove(first)

    assert links.to_node(SOUTH.id) is second


def test_links_speak_in_the_order_in_which_they_began_to() -> None:
    """docs/protocol.md, section 1.2."""
    links = Links()
    every = [a_link(number, is_node=True) for number in range(4)]
    Random(1).shuffle(every)
    for link in every:
        links.add(link)
        links.say(link, Heartbeat())
    links.say(every[0], Heartbeat())
    links.remove(every[2])

    assert links.take_speaking() == [every[0], every[1], every[3]]
    assert links.take_speaking() == []


def test_a_crowded_outbox_takes_no_more_envelopes() -> None:
    """docs/protocol.md, section 1.4: the rest of it is for acks and the like."""
    link = a_link(1, is_node=True)
    room = limits.OUTBOX_BYTES_MAX - limits.OUTBOX_CONTROL_BYTES

    link.queued_bytes = room - 100

    assert (link.has_room(100), link.has_room(101)) == (True, False)
    link.queued_bytes = 0
    link.unanswered.resize(0, 0)
    assert link.has_room(100)


def test_what_came_is_counted_beyond_the_life_of_its_link() -> None:
    links, gone, here = Links(), a_link(1, is_node=True), a_link(2, is_node=False)
    for link in (gone, here):
        links.add(link)
        links.open(link)
        link.received.take(1)
    gone.received.take(2)

    links.remove(gone)
    links.remove(gone)

    assert links.taken == 3
