"""Kept by its origin's home until it has been receipted."""

import pytest

from overlay import limits
from overlay.core.assembly import Assembly
from overlay.core.effects import Report
from overlay.core.facts import EnvelopeSettled, UnitDropped
from overlay.core.state.deadlines import AttemptDue
from overlay.core.state.units import Ended
from overlay.errors import Quota, UnknownRecipient
from overlay.messages.clients import Stalled
from overlay.messages.ids import LeafHash, NodeId
from overlay.messages.routing import ATTEMPTS_COUNTED, ReturnReason, UnitKey
from tests.support.people import a_client, hash_of, two_devices
from tests.unit.core.stages.parts import (
    EAST,
    NORTH,
    SOUTH,
    WEST,
    a_link,
    assembled,
    knows,
    said,
    vouch_for_all,
)

ALICE, BOB = a_client("alice"), a_client("bob")


@pytest.fixture
def parts() -> Assembly:
    """North, where alice is, and south, where bob is."""
    parts = assembled(SOUTH, WEST)
    vouch_for_all(parts, (NORTH, SOUTH), (NORTH, WEST), (SOUTH, EAST), (WEST, EAST))
    knows(parts, *NORTH.serving(ALICE), *SOUTH.serving(BOB))
    return parts


def departures(parts: Assembly) -> list[tuple[LeafHash, NodeId, int]]:
    """What is to be routed now, by how many attempts were counted."""
    keys = [departure.key for departure in parts.delivery.take_departures()]
    return [(key.leaf, key.home, key.attempt % ATTEMPTS_COUNTED) for key in keys]


def ended(
    parts: Assembly, leaf: LeafHash, home: NodeId, reason: ReturnReason, *, has_left: bool = True
) -> Ended:
    """The present attempt at a home comes back."""
    kept = parts.delivery.mailbox.get(leaf)
    attempts = kept.attempts.get(home) if kept is not None else None
    key = UnitKey(leaf, home, attempts.number if attempts is not None else 1)
    return Ended(key=key, reason=reason, retry_after_ms=None, has_left=has_left)


def test_a_copy_departs_for_each_home_of_the_recipients(parts: Assembly) -> None:
    """docs/protocol.md, section 6.4."""
    laptop, phone = two_devices("carol")
    knows(parts, *SOUTH.serving(laptop, 7), *EAST.serving(phone, 7))
    message = ALICE.message_to(laptop, BOB)

    parts.delivery.keep(message, 0)

    assert departures(parts) == [
        (message.leaf, SOUTH.id, 1),
        (message.leaf, EAST.id, 1),
    ]
    assert departures(parts) == []
    assert parts.delivery.keep(message, 0) == []
    assert not parts.delivery.has_departures


def test_an_unknown_recipient_keeps_nothing(parts: Assembly) -> None:
    """docs/protocol.md, section 7.3."""
    with pytest.raises(UnknownRecipient):
        parts.delivery.keep(ALICE.message_to(BOB, a_client("nobody")), 0)

    assert len(parts.delivery.mailbox) == 0


def test_of_a_mailbox_an_origin_takes_no_more_than_it_leaves(parts: Assembly) -> None:
    """docs/protocol.md, section 7.3."""
    share = limits.MAILBOX_ENVELOPES_MAX // 2
    for index in range(1, share + 1):
        parts.delivery.keep(ALICE.message_to(BOB, index=index), 0)

    with pytest.raises(Quota):
        parts.delivery.keep(ALICE.message_to(BOB, index=9_999), 0)

    assert len(parts.delivery.mailbox) == share


def test_nothing_is_kept_for_a_client_that_no_account_lists(parts: Assembly) -> None:
    """docs/protocol.md, section 7.3: nobody would ever fetch it."""
    with pytest.raises(UnknownRecipient):
        parts.delivery.keep(ALICE.chain_start_for(a_client("nobody")), 0)

    assert len(parts.delivery.mailbox) == 0


def test_a_message_to_nobody_else_is_accepted_and_not_kept(parts: Assembly) -> None:
    """docs/protocol.md, section 7.3."""
    assert parts.delivery.keep(ALICE.message_to(), 0) == []
    assert len(parts.delivery.mailbox) == 0


def test_an_attempt_number_is_never_used_twice_for_one_home(parts: Assembly) -> None:
    """docs/protocol.md, section 6.4: a newer presence begins anew, with a number of its own."""
    message = ALICE.message_to(BOB)
    parts.delivery.keep(message, 0)
    parts.timers.due(10**9)
    parts.delivery.on_attempt_due(message.leaf, SOUTH.id, 1_000)
    knows(parts, *SOUTH.serving(BOB))
    parts.delivery.on_presence(BOB.id, 1_500)

    numbers = [departure.key.attempt for departure in parts.delivery.take_departures()]
    assert [number % ATTEMPTS_COUNTED for number in numbers] == [1, 2, 1]
    assert len({number // ATTEMPTS_COUNTED for number in numbers}) == 2


def test_an_attempt_that_is_due_at_one_home_leaves_the_other_alone(parts: Assembly) -> None:
    """docs/protocol.md, section 6.4: each home has its own time."""
    laptop, phone = two_devices("carol")
    knows(parts, *SOUTH.serving(laptop, 7), *EAST.serving(phone, 7))
    message = ALICE.message_to(laptop)
    parts.delivery.keep(message, 0)
    departures(parts)
    parts.timers.cancel(AttemptDue(message.leaf, SOUTH.id))

    parts.delivery.on_attempt_due(message.leaf, SOUTH.id, 1_000)

    assert departures(parts) == [(message.leaf, SOUTH.id, 2)]


def test_what_ends_or_is_due_after_its_envelope_was_settled_is_nothing(parts: Assembly) -> None:
    """docs/protocol.md, section 6.4."""
    nothing = LeafHash(hash_of("nothing"))

    assert parts.delivery.on_attempt_due(nothing, SOUTH.id, 0) == []
    gone = parts.delivery.on_attempt_ended(ended(parts, nothing, SOUTH.id, "busy"), 0)
    assert gone == [Report(UnitDropped(leaf=nothing, reason="busy"))]
    assert parts.delivery.expire(10**12) == []


def test_busy_for_a_home_that_is_not_tried_any_more_plans_nothing(parts: Assembly) -> None:
    """docs/protocol.md, section 6.4."""
    message = ALICE.message_to(BOB)
    parts.delivery.keep(message, 0)

    parts.delivery.on_attempt_ended(ended(parts, message.leaf, EAST.id, "busy"), 0)

    assert AttemptDue(message.leaf, EAST.id) not in parts.timers
    assert AttemptDue(message.leaf, SOUTH.id) in parts.timers


def test_the_origin_is_told_each_reason_once_until_something_moves(parts: Assembly) -> None:
    """docs/protocol.md, section 7.3."""
    alice, message = a_link(parts, ALICE, 1), ALICE.message_to(BOB)
    parts.delivery.keep(message, 0)
    reasons: tuple[ReturnReason, ...] = ("busy", "busy", "no_way", "not_here", "busy")

    for reason in reasons:
        parts.delivery.on_attempt_ended(ended(parts, message.leaf, SOUTH.id, reason), 0)

    told = [told.reason for told in said(alice) if isinstance(told, Stalled)]
    assert told == ["busy", "no_way", "away", "busy"]


def test_attempts_stop_with_the_last_receipt(parts: Assembly) -> None:
    """docs/protocol.md, section 7.5."""
    message = ALICE.message_to(BOB)
    parts.delivery.keep(message, 0)
    assert AttemptDue(message.leaf, SOUTH.id) in parts.timers

    effects = parts.delivery.on_receipt(BOB.receipt_for(ALICE, (1, 1)).value, 0)

    assert effects == [Report(EnvelopeSettled(leaf=message.leaf, reason="delivered"))]
    assert AttemptDue(message.leaf, SOUTH.id) not in parts.timers


def test_a_receipt_of_a_client_that_has_gone_since_settles_all_the_same(parts: Assembly) -> None:
    """docs/protocol.md, section 7.5: nothing is learned of the way to where it is no more."""
    message = ALICE.message_to(BOB)
    parts.delivery.keep(message, 0)
    departures(parts)
    knows(parts, SOUTH.slot(0, None))

    effects = parts.delivery.on_receipt(BOB.receipt_for(ALICE, (1, 1)).value, 0)

    assert effects == [Report(EnvelopeSettled(leaf=message.leaf, reason="delivered"))]
    assert parts.delivery.take_outcomes() == []


def test_a_local_attempt_that_finds_one_of_two_clients_busy_reaches_the_other(
    parts: Assembly,
) -> None:
    """docs/protocol.md, sections 6.4 and 7.4."""
    laptop, phone = two_devices("carol")
    knows(parts, *NORTH.serving(laptop, 7), *NORTH.serving(phone, 8))
    first, second = a_link(parts, laptop, 1), a_link(parts, phone, 2)
    first.queued_bytes = limits.OUTBOX_BYTES_MAX
    message = ALICE.message_to(laptop)

    parts.delivery.keep(message, 0)

    assert (said(first), len(said(second))) == ([], 1)
    least_ms = limits.BUSY_RETRY_MS
    assert least_ms <= (parts.timers.next_ms() or 0) <= least_ms + least_ms // 2


def test_receipts_that_come_ever_later_put_off_what_would_be_sent_again(
    parts: Assembly,
) -> None:
    """docs/protocol.md, section 6.4: what is queued is not lost."""
    first, second = ALICE.message_to(BOB, index=1), ALICE.message_to(BOB, index=2)
    parts.delivery.keep(first, 0)
    parts.delivery.keep(second, 0)
    departures(parts)
    parts.delivery.on_receipt(BOB.receipt_for(ALICE, (1, 1)).value, 900)

    assert parts.delivery.on_attempt_due(second.leaf, SOUTH.id, 1_000) == []
    assert departures(parts) == []
    parts.timers.due(3 * 900)
    parts.delivery.on_attempt_due(second.leaf, SOUTH.id, 3 * 900)

    assert departures(parts) == [(second.leaf, SOUTH.id, 2)]


def test_a_home_that_has_receipted_nothing_yet_is_waited_for_as_long_as_the_others(
    parts: Assembly,
) -> None:
    """docs/protocol.md, section 6.4."""
    carol = a_client("carol")
    knows(parts, *EAST.serving(carol, 7))
    message = ALICE.message_to(BOB)
    parts.delivery.keep(message, 0)
    parts.delivery.on_receipt(BOB.receipt_for(ALICE, (1, 1)).value, 900)

    parts.delivery.keep(ALICE.message_to(carol, index=2), 1_000)

    assert parts.timers.next_ms() == 1_000 + 3 * 900
