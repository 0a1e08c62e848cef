"""What each message of another node sets in motion: the cases that no chapter names."""

from overlay import limits
from overlay.core.events import NeighboursChanged
from overlay.core.facts import NodeAlive
from overlay.core.settings import Neighbour
from overlay.messages.links import Ack, Refusal
from overlay.messages.routing import Relay
from tests.protocol.harness import a_node
from tests.protocol.square import BOB, CAROL, EAST, Square, a_relay
from tests.support.farend import FarEnd, exchange
from tests.support.people import a_node_called

SOUTH, WEST = a_node_called("south"), a_node_called("west")


def test_a_neighbour_that_sends_beyond_its_credit_is_told_busy() -> None:
    """docs/protocol.md, section 1.4."""
    square = Square()
    envelope = CAROL.message_to(BOB, counter=1).signed

    for attempt in range(1, limits.LINK_CREDIT_ENVELOPES + 2):
        square.south.says(a_relay(square.south, EAST.id, attempt, envelope=envelope))
        square.west.says(Ack(2**53 - 1))

    refusal = square.south.hears_one(Refusal)
    assert (refusal.code, refusal.number) == ("busy", limits.LINK_CREDIT_ENVELOPES + 1)
    assert refusal.retry_after_ms == limits.BUSY_RETRY_MS
    assert len(square.west.hears_all(Relay)) == limits.LINK_CREDIT_ENVELOPES


def test_only_the_node_whose_dial_was_refused_is_dead() -> None:
    """docs/protocol.md, section 10.1."""
    entries = [Neighbour(address=each.address, id=each.id) for each in (SOUTH, WEST)]
    north = a_node(neighbours=entries)
    south, west = north.linked(SOUTH), north.linked(WEST)
    for each in (SOUTH, WEST):
        north.misses(each.address)
    north.passes(1_000)

    south.ends("reset")
    west.ends("reset")
    north.misses(SOUTH.address, "refused")

    dead = [fact.node for fact in north.facts_of(NodeAlive) if not fact.is_alive]
    assert dead == [SOUTH.id]


def test_a_neighbour_that_never_vouched_for_us_is_closed_when_it_leaves_the_file() -> None:
    """docs/protocol.md, section 4.1: it was no member, yet it had a link."""
    north = a_node(neighbours=[SOUTH, WEST])
    south = north.accepts(FarEnd(SOUTH, dials=True))
    south.says(*exchange(SOUTH.record().signed))
    west = north.linked(WEST)

    north.happens(NeighboursChanged((Neighbour(address=None, id=WEST.id),)))

    assert (south.close_code, west.close_code) == ("not_a_neighbour", None)
