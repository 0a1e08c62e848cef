"""Chapter 6, its end: channel envelopes, from link to link."""

from dataclasses import replace

import pytest

from overlay import limits
from overlay.core.facts import SpreadShed
from overlay.messages.clients import Deliver, Join
from overlay.messages.gossip import Announce, Request
from overlay.messages.ids import Incarnation
from overlay.messages.links import Ack
from overlay.messages.routing import Spread
from tests.protocol.square import (
    ALICE,
    BOB,
    CAROL,
    WEST,
    Square,
)
from tests.support.farend import LIMITS, WELCOME, FarEnd, exchange


@pytest.fixture
def square() -> Square:
    return Square()


# 6.5 Channels


def test_a_channel_envelope_goes_to_every_other_link_once(square: Square) -> None:
    """docs/protocol.md, section 6.5."""
    said = BOB.says_on("garden", "hello").signed

    square.south.says(Spread(number=square.south.next_number(), envelope=said))
    square.west.says(Spread(number=square.west.next_number(), envelope=said))

    assert [spread.envelope for spread in square.west.hears_all(Spread)] == [said]
    assert square.south.hears_all(Spread) == []


def test_a_channel_envelope_is_verified_by_each_node(square: Square) -> None:
    """docs/protocol.md, section 6.5."""
    forged = replace(BOB.says_on("garden", "hello").signed, signature="A" * 86)

    square.south.says(Spread(number=square.south.next_number(), envelope=forged))

    assert square.south.is_refused() == "bad_signature"
    assert square.west.hears_all(Spread) == []


def test_one_counter_on_a_channel_is_taken_once(square: Square) -> None:
    """docs/protocol.md, section 6.5."""
    first, second = BOB.says_on("garden", "a", counter=50), BOB.says_on("garden", "b", counter=50)

    square.south.says(Spread(number=square.south.next_number(), envelope=first.signed))
    square.south.says(Spread(number=square.south.next_number(), envelope=second.signed))

    assert square.south.is_refused() == "replayed"
    assert len(square.west.hears_all(Spread)) == 1


@pytest.mark.parametrize("counter", [1, 2**53 - 1])
def test_a_channel_envelope_of_nobody_present_is_refused(square: Square, counter: int) -> None:
    """docs/protocol.md, section 6.5: or of another incarnation, or for another account."""
    absent = CAROL.says_on("garden", "hello", counter=counter)
    before = replace(BOB, incarnation=Incarnation(7)).says_on("garden", "hello", counter=counter)
    false = replace(BOB, account=ALICE.account).says_on("garden", "hello", counter=counter)

    for said, code in [
        (absent, "old_incarnation"),
        (before, "old_incarnation"),
        (false, "not_yours"),
        (ALICE.message_to(BOB), "mismatch"),
    ]:
        square.south.says(Spread(number=square.south.next_number(), envelope=said.signed))
        assert square.south.is_refused() == code
    assert square.west.hears_all(Spread) == []


def test_a_link_without_credit_does_not_hold_a_channel_up(square: Square) -> None:
    """docs/protocol.md, section 6.5: it is announced there, and given to whom has credit again."""
    square.west.ends("orderly")
    welcome = replace(WELCOME, limits=replace(LIMITS, credit_envelopes=1))
    west = square.north.accepts(FarEnd(WEST, dials=True, welcome=welcome))
    square.alice.says(Join(request=2, channel="garden"))

    for text in ("one", "two"):
        said = BOB.says_on("garden", text).signed
        square.south.says(Spread(number=square.south.next_number(), envelope=said))

    square.north.passes(2 * limits.ANNOUNCE_MS)
    heard = west.hears()
    assert len([message for message in heard if isinstance(message, Spread)]) == 1
    (announce,) = (message for message in heard if isinstance(message, Announce))
    west.says(Request(announce.leaves, grafts=True))
    assert [fact.node for fact in square.north.facts_of(SpreadShed)] == [WEST.id]
    west.says(Ack(1), Request(announce.leaves, grafts=True))
    assert len(west.hears_all(Spread)) == 1
    assert len(square.alice.hears_all(Deliver)) == 2


def test_what_was_said_of_late_is_announced_on_a_new_link_with_its_age(square: Square) -> None:
    """docs/protocol.md, section 6.5."""
    square.west.ends("orderly")
    said = [BOB.says_on("garden", text).signed for text in ("old", "late", "new")]
    for envelope, age_ms in zip(said, (limits.SPREADS_TOLD_MS, 5_000, None), strict=True):
        square.south.says(
            Spread(number=square.south.next_number(), envelope=envelope, age_ms=age_ms)
        )
        square.north.passes(1)

    west = square.north.accepts(FarEnd(WEST, dials=True))
    west.says(*exchange())

    (announce,) = west.hears_all(Announce)
    assert len(announce.leaves) == 2
    west.says(Request(announce.leaves, grafts=True))
    assert [(each.envelope, each.age_ms) for each in west.hears_all(Spread)] == [
        (said[1], 5_002),
        (said[2], None),
    ]


def test_what_comes_late_is_handed_out_and_goes_on_with_its_age(square: Square) -> None:
    """docs/protocol.md, section 6.5: also to whoever has come since, perhaps from elsewhere."""
    square.alice.says(Join(request=2, channel="garden"))
    late = BOB.says_on("garden", "late").signed

    square.south.says(Spread(number=square.south.next_number(), envelope=late, age_ms=60_000))

    (deliver,) = square.alice.hears_all(Deliver)
    assert deliver.envelope == late
    assert [spread.age_ms for spread in square.west.hears_all(Spread)] == [60_000]
