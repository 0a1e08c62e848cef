"""Envelopes that a node keeps as their origin's home until they have been receipted."""

from random import Random

import pytest

from overlay.core.state.mailbox import Attempts, Kept, Mailbox
from overlay.messages.ids import ChainId, ClientId
from overlay.messages.routing import ATTEMPTS_COUNTED
from tests.support.people import CHAIN, a_client, hash_of

ALICE, BOB, CAROL = a_client("alice"), a_client("bob"), a_client("carol")


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox(3, 10_000)


def kept(*waiting: ClientId, index: int = 1, chain: ChainId = CHAIN, body: str = "Body") -> Kept:
    message = ALICE.message_to(BOB, index=index, body=body)
    return Kept(
        envelope=message.signed,
        leaf=message.leaf,
        origin=ALICE.id,
        counter=message.value.counter,
        chain=chain,
        index=index,
        kept_ms=0,
        waiting=dict.fromkeys(waiting),
    )


def test_an_envelope_is_kept_for_each_client_that_waits(mailbox: Mailbox) -> None:
    """docs/protocol.md, section 7.3."""
    one, two = kept(BOB.id, CAROL.id), kept(BOB.id, index=2)

    mailbox.keep(one)
    mailbox.keep(two)

    assert mailbox.of_recipient(BOB.id) == [one, two]
    assert mailbox.of_recipient(CAROL.id) == [one]
    assert mailbox.of_recipient(ALICE.id) == []
    assert (len(mailbox), list(mailbox)) == (2, [one, two])
    assert one.leaf in mailbox
    assert mailbox.get(one.leaf) is one
    assert mailbox.size_bytes == one.size_bytes + two.size_bytes


def test_an_envelope_goes_with_the_last_client_that_waits(mailbox: Mailbox) -> None:
    """docs/protocol.md, section 7.5."""
    one = kept(BOB.id, CAROL.id)
    mailbox.keep(one)

    mailbox.strike(one, BOB.id)
    assert one.leaf in mailbox
    mailbox.strike(one, CAROL.id)

    assert (one.leaf in mailbox, len(mailbox), mailbox.size_bytes) == (False, 0, 0)
    assert mailbox.get(one.leaf) is None


def test_a_receipt_strikes_the_indices_that_it_lists(mailbox: Mailbox) -> None:
    """docs/protocol.md, section 7.5."""
    messages = [kept(BOB.id, index=index) for index in (1, 2, 3, 7)]
    for message in messages:
        mailbox.keep(message)

    assert mailbox.receipted(BOB.id, ALICE.id, CHAIN, 2, 3) == messages[1:3]
    assert mailbox.receipted(BOB.id, ALICE.id, CHAIN, 0, 2**32) == [messages[0], messages[3]]
    assert mailbox.receipted(BOB.id, ALICE.id, CHAIN, 0, 2**32) == []
    assert len(mailbox) == 0


@pytest.mark.parametrize(
    ("client", "origin", "chain", "first", "last"),
    [
        (CAROL.id, ALICE.id, CHAIN, 1, 1),
        (BOB.id, CAROL.id, CHAIN, 1, 1),
        (BOB.id, ALICE.id, ChainId(hash_of("another")), 1, 1),
        (BOB.id, ALICE.id, CHAIN, 2, 9),
        (BOB.id, ALICE.id, CHAIN, 9, 1),
    ],
)
def test_a_receipt_about_something_else_strikes_nothing(
    mailbox: Mailbox, client: ClientId, origin: ClientId, chain: ChainId, first: int, last: int
) -> None:
    """docs/protocol.md, section 7.5."""
    mailbox.keep(kept(BOB.id))

    assert mailbox.receipted(client, origin, chain, first, last) == []
    assert len(mailbox) == 1


def test_two_envelopes_of_one_index_are_both_struck(mailbox: Mailbox) -> None:
    """docs/protocol.md, section 7.6: the same body may have been signed anew."""
    two = [kept(BOB.id), kept(BOB.id)]
    for each in two:
        mailbox.keep(each)

    mailbox.strike(two[0], BOB.id)
    assert len(mailbox) == 1
    mailbox.keep(two[0])
    two[0].waiting[BOB.id] = None

    assert len(mailbox.receipted(BOB.id, ALICE.id, CHAIN, 1, 1)) == 2


def test_there_is_room_up_to_both_bounds() -> None:
    """docs/protocol.md, section 7.3."""
    mailbox = Mailbox(2, 1_000)
    long = kept(BOB.id, body="A" * 300)
    mailbox.keep(long)
    left = 1_000 - long.size_bytes
    assert not mailbox.has_room(CAROL.id, [BOB.id], left + 1)

    mailbox.strike(long, BOB.id)
    for index in (1, 2):
        mailbox.keep(kept(BOB.id, index=index))

    assert not mailbox.has_room(CAROL.id, [CAROL.id, BOB.id], 1)
    assert mailbox.has_room(CAROL.id, [CAROL.id], 1)


def test_no_origin_takes_more_of_a_recipients_part_than_it_leaves_free() -> None:
    """docs/protocol.md, section 7.3."""
    mailbox = Mailbox(6, 100_000)
    for index in (1, 2, 3):
        assert mailbox.has_room(ALICE.id, [BOB.id], 1)
        mailbox.keep(kept(BOB.id, index=index))

    assert not mailbox.has_room(ALICE.id, [BOB.id], 1)
    assert mailbox.has_room(ALICE.id, [BOB.id], 1, own=[BOB.id])
    assert mailbox.has_room(ALICE.id, [CAROL.id], 1)
    assert mailbox.has_room(CAROL.id, [BOB.id], 1)


def test_no_origin_takes_more_of_the_whole_than_it_leaves_free() -> None:
    """docs/protocol.md, section 7.3: two leave a third."""
    mailbox = Mailbox(100, 9_000)
    one = kept(BOB.id, body="A" * 2_000)
    mailbox.keep(one)
    left = 9_000 - one.size_bytes
    fits = (left - one.size_bytes) // 2

    assert mailbox.has_room(ALICE.id, [CAROL.id], fits)
    assert not mailbox.has_room(ALICE.id, [CAROL.id], fits + 1)
    assert mailbox.has_room(CAROL.id, [BOB.id], left // 2)
    assert not mailbox.has_room(CAROL.id, [BOB.id], left // 2 + 1)
    mailbox.strike(one, BOB.id)

    assert mailbox.has_room(ALICE.id, [CAROL.id], 4_500)
    assert not mailbox.has_room(ALICE.id, [CAROL.id], 4_501)


def test_striking_a_client_that_does_not_wait_changes_nothing_else(mailbox: Mailbox) -> None:
    """docs/protocol.md, section 7.5."""
    one, two = kept(BOB.id), kept(CAROL.id, index=2)
    mailbox.keep(one)
    mailbox.keep(two)

    mailbox.strike(one, CAROL.id)

    assert mailbox.of_recipient(CAROL.id) == [two]
    assert mailbox.of_recipient(BOB.id) == [one]


def test_attempts_are_counted_in_a_drawn_series_and_none_is_used_twice() -> None:
    """docs/protocol.md, section 6.1: nor does the count come back to that of a first attempt."""
    attempts, random = Attempts(), Random(1)

    numbers = [attempts.begin(random, 0) for _ in range(3 * ATTEMPTS_COUNTED)]

    counts = [number % ATTEMPTS_COUNTED for number in numbers]
    assert counts[: ATTEMPTS_COUNTED - 1] == list(range(1, ATTEMPTS_COUNTED))
    assert set(counts[ATTEMPTS_COUNTED - 1 :]) == set(range(2, ATTEMPTS_COUNTED))
    assert len(set(numbers)) == len(numbers)
    assert max(numbers) < 2**53
    assert Attempts().begin(random, 0) not in numbers


def test_the_time_to_a_receipt_is_that_of_the_attempt_which_it_answers() -> None:
    """docs/protocol.md, section 6.4: one that comes too soon answers the attempt before."""
    attempts, random = Attempts(), Random(1)
    attempts.begin(random, 1_000)
    assert attempts.time_to_receipt_ms(None, 1_300) == 300
    attempts.begin(random, 2_000)

    assert attempts.time_to_receipt_ms(None, 2_100) == 1_100
    assert attempts.time_to_receipt_ms(400, 2_100) == 1_100
    assert attempts.time_to_receipt_ms(200, 2_100) == 100
