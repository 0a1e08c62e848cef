"""Which next hop is best: what answers a later attempt goes back the way that it came."""

from collections.abc import Callable

import pytest

from overlay import limits
from overlay.core.assembly import Assembly
from overlay.core.state.links import Link
from overlay.messages.ids import LeafHash, NodeId
from overlay.messages.routing import ATTEMPTS_COUNTED, Relay, UnitKey
from tests.support.people import a_client, a_node_called, hash_of
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

ALICE, BOB = a_client("alice"), a_client("bob")
ENVELOPE = ALICE.message_to(BOB).signed
FAR = a_node_called("far").id
"""A home of which north knows nothing."""

SERIES = 7 * ATTEMPTS_COUNTED


class Crossing:
    """North, linked with south and west, that both lead to east, and with a third node."""

    def __init__(self) -> None:
        self.parts: Assembly = assembled(SOUTH, WEST)
        edges = ((NORTH, SOUTH), (NORTH, WEST), (SOUTH, EAST), (WEST, EAST))
        vouch_for_all(self.parts, *edges)
        self.south, self.west = a_link(self.parts, SOUTH, 1), a_link(self.parts, WEST, 2)
        self.third = a_link(self.parts, a_node_called("third"), 3)
        self.numbers = 0

    def passes(
        self,
        link: Link,
        *,
        keeper: NodeId,
        home: NodeId,
        attempt: int,
        now_ms: int = 0,
        text: str = "",
    ) -> Link | None:
        """A unit comes on a link, of a text of its own or this one; the link that it goes on by."""
        self.numbers += 1
        leaf = LeafHash(hash_of(text or f"{self.numbers}"))
        relay = Relay(
            number=1, envelope=ENVELOPE, keeper=keeper, home=home, attempt=attempt, budget=9
        )
        self.parts.routing.on_relay(link, relay, leaf, now_ms)
        took = [each for each in (self.south, self.west, self.third) if _relays(each)]
        return took[0] if took else None

    def comes(self, link: Link, *, attempt: int = SERIES + 2, now_ms: int = 0) -> None:
        """Something that east keeps, for somebody at a home far away."""
        self.passes(link, keeper=EAST.id, home=FAR, attempt=attempt, now_ms=now_ms)

    def answers(self, *, attempt: int = SERIES, now_ms: int = 0, text: str = "") -> Link | None:
        """What comes from there for east."""
        return self.passes(
            self.third, keeper=FAR, home=EAST.id, attempt=attempt, now_ms=now_ms, text=text
        )


def _relays(link: Link) -> list[Relay]:
    return [message for message in said(link) if isinstance(message, Relay)]


@pytest.fixture
def crossing() -> Crossing:
    return Crossing()


def test_what_answers_a_later_attempt_goes_back_where_that_came_from(crossing: Crossing) -> None:
    """docs/protocol.md, section 6.4: whoever passed it on drops nothing."""
    for link in (crossing.south, crossing.west, crossing.south):
        crossing.comes(link)

        assert {crossing.answers() for _ in range(10)} == {link}


def test_what_answers_a_first_attempt_goes_the_usual_way(crossing: Crossing) -> None:
    """docs/protocol.md, section 6.4: by either link, as they lead there alike."""
    crossing.comes(crossing.south, attempt=SERIES + 1)

    assert {crossing.answers() for _ in range(20)} == {crossing.south, crossing.west}


def test_first_attempts_go_the_usual_way(crossing: Crossing) -> None:
    """docs/protocol.md, section 6.4: a way back may be a long one."""
    crossing.comes(crossing.south)

    went = {crossing.answers(attempt=SERIES + 1) for _ in range(20)}

    assert went == {crossing.south, crossing.west}


def test_later_attempts_go_where_those_of_the_other_side_came_from(crossing: Crossing) -> None:
    """docs/protocol.md, section 6.4: whoever passed those on drops nothing."""
    for link in (crossing.south, crossing.west):
        crossing.comes(link)

        assert {crossing.answers(attempt=SERIES + 2) for _ in range(10)} == {link}


def test_a_later_attempt_goes_there_unless_an_earlier_one_has(crossing: Crossing) -> None:
    """docs/protocol.md, section 6.4: what comes from there may be passed on, and no more."""
    crossing.comes(crossing.south)

    went = [crossing.answers(attempt=SERIES + count, text="one") for count in (2, 3)]

    assert went == [crossing.south, crossing.west]


def test_what_is_passed_on_goes_to_its_home_where_that_is_a_neighbour(crossing: Crossing) -> None:
    """docs/protocol.md, section 6.4: what earlier ones of the same text went by is taken again."""
    went = [
        crossing.passes(
            crossing.third, keeper=FAR, home=SOUTH.id, attempt=SERIES + count, text="one"
        )
        for count in (1, 2, 3)
    ]

    assert went == [crossing.south] * 3


def test_who_keeps_it_goes_around_a_neighbour_that_is_its_home(crossing: Crossing) -> None:
    """docs/protocol.md, section 6.4: the link with it may be slow."""
    went = []
    for count in (1, 2):
        key = UnitKey(LeafHash(hash_of("one")), SOUTH.id, SERIES + count)
        crossing.parts.routing.send(key, ENVELOPE, NORTH.id, 0)
        went += [link for link in (crossing.south, crossing.west, crossing.third) if _relays(link)]

    assert went == [crossing.south, crossing.west]


def test_a_receipt_of_the_home_itself_goes_back_too(crossing: Crossing) -> None:
    """docs/protocol.md, section 6.4."""
    for link in (crossing.west, crossing.south):
        crossing.passes(link, keeper=EAST.id, home=NORTH.id, attempt=SERIES + 2)
        leaf = LeafHash(hash_of(f"receipt over {link.id}"))

        crossing.parts.routing.send_note(ENVELOPE, leaf, EAST.id, 0)

        assert len(_relays(link)) == 1


def _leaves(crossing: Crossing) -> None:
    crossing.parts.links.remove(crossing.south)


def _is_silent(crossing: Crossing) -> None:
    crossing.south.is_quiet = True


def _is_suspected(crossing: Crossing) -> None:
    crossing.south.is_suspected = True


def _is_full(crossing: Crossing) -> None:
    crossing.south.queued_bytes = limits.OUTBOX_BYTES_MAX


@pytest.mark.parametrize("befalls", [_leaves, _is_silent, _is_suspected, _is_full])
def test_a_way_back_that_does_not_serve_is_not_taken(
    crossing: Crossing, befalls: Callable[[Crossing], None]
) -> None:
    """docs/protocol.md, section 6.4."""
    crossing.comes(crossing.south)
    befalls(crossing)

    assert {crossing.answers() for _ in range(10)} == {crossing.west}


def test_what_comes_by_the_way_back_is_not_sent_there(crossing: Crossing) -> None:
    """docs/protocol.md, section 6.2: nobody gets a unit that it has had."""
    crossing.comes(crossing.third)

    assert crossing.answers() in (crossing.south, crossing.west)


def test_a_way_back_is_forgotten_after_a_while(crossing: Crossing) -> None:
    """docs/protocol.md, section 6.4: 10 s."""
    crossing.comes(crossing.south)
    later_ms = limits.WAY_BACK_MS

    assert {crossing.answers(now_ms=later_ms - 1) for _ in range(10)} == {crossing.south}
    went = {crossing.answers(now_ms=later_ms) for _ in range(20)}
    assert went == {crossing.south, crossing.west}


def test_ways_back_are_bounded(crossing: Crossing) -> None:
    """docs/protocol.md, section 12."""
    crossing.comes(crossing.south)
    for number in range(limits.WAYS_BACK_MAX):
        keeper = NodeId(hash_of(f"keeper {number}"))
        crossing.passes(crossing.south, keeper=keeper, home=NORTH.id, attempt=SERIES + 2)

    assert {crossing.answers() for _ in range(20)} == {crossing.south, crossing.west}
