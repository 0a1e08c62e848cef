"""Numbers, acks and credit of one direction of a link."""

from overlay import limits
from overlay.peering.credits import Received, RoundTrip, Unanswered


def sent(link: Unanswered[str], *items: str, size_bytes: int = 10) -> list[int]:
    return [link.take_number(item, size_bytes) for item in items]


def test_numbers_count_from_one() -> None:
    """docs/protocol.md, section 1.4."""
    link: Unanswered[str] = Unanswered(8, 100)

    assert sent(link, "a", "b", "c") == [1, 2, 3]
    assert list(link.items()) == ["a", "b", "c"]
    assert len(link) == 3


def test_an_ack_covers_everything_up_to_its_number() -> None:
    """docs/protocol.md, section 1.4."""
    link: Unanswered[str] = Unanswered(8, 100)
    sent(link, "a", "b", "c")

    assert link.acked(2) == ["a", "b"]
    assert link.acked(2) == []
    assert link.acked(2**53 - 1) == ["c"]
    assert sent(link, "d") == [4]


def test_an_ack_leaves_out_what_was_returned_or_refused() -> None:
    """docs/protocol.md, section 1.4."""
    link: Unanswered[str] = Unanswered(8, 100)
    sent(link, "a", "b", "c")

    assert link.answered(2) == "b"
    assert link.answered(2) is None
    assert link.answered(99) is None
    assert link.acked(3) == ["a", "c"]


def test_credit_is_used_up_by_envelopes_and_given_back_by_answers() -> None:
    """docs/protocol.md, section 1.4."""
    link: Unanswered[str] = Unanswered(2, 100)
    sent(link, "a", "b")
    assert not link.has_credit(1)

    link.acked(1)

    assert link.has_credit(1)


def test_credit_is_used_up_by_bytes_and_given_back_by_answers() -> None:
    """docs/protocol.md, section 1.4."""
    link: Unanswered[str] = Unanswered(8, 100)
    sent(link, "a", size_bytes=60)
    assert link.has_credit(40)
    assert not link.has_credit(41)

    sent(link, "b", size_bytes=40)
    link.answered(1)

    assert link.has_credit(60)


def test_an_empty_link_takes_any_single_envelope() -> None:
    """docs/protocol.md, section 1.4: else a long one would never leave."""
    link: Unanswered[str] = Unanswered(8, 100)

    assert link.has_credit(1_000)
    sent(link, "a", size_bytes=1_000)
    assert not link.has_credit(0)


def test_the_credit_of_a_welcome_replaces_the_first() -> None:
    """docs/protocol.md, section 1.4."""
    link: Unanswered[str] = Unanswered(1, 10)
    sent(link, "a")
    assert not link.has_credit(0)

    link.resize(2, 1_000)

    assert link.has_credit(500)


def test_numbers_must_come_in_turn() -> None:
    """docs/protocol.md, section 1.4."""
    received = Received()

    assert [received.take(number) for number in (1, 2, 2, 4, 3)] == [True, True, False, False, True]
    assert received.outstanding == 3


def test_what_has_arrived_since_the_last_ack_may_exceed_the_credit() -> None:
    """docs/protocol.md, section 1.4."""
    received = Received()
    received.take(1, 90)
    received.take(2, 10)
    assert not received.exceeds(2, 100)
    assert received.exceeds(1, 100)
    assert received.exceeds(2, 99)

    assert received.ack() == 2

    assert received.outstanding == 0
    received.take(3, 1_000)
    assert not received.exceeds(2, 100)


def measured(*round_trips_ms: int) -> RoundTrip:
    trip = RoundTrip()
    for number, round_trip_ms in enumerate(round_trips_ms):
        trip.measured(round_trip_ms, number)
    return trip


def test_a_round_trip_moves_by_an_eighth_of_each_measurement() -> None:
    """docs/protocol.md, section 1.4."""
    assert RoundTrip().smoothed_ms is None
    assert measured(80).smoothed_ms == 80
    assert measured(80, 160).smoothed_ms == 90


def test_a_guess_serves_until_the_first_measurement() -> None:
    """docs/protocol.md, section 1.4."""
    trip = RoundTrip()
    trip.suppose(400)
    assert (trip.smoothed_ms, trip.patience_ms, trip.rank_at(0)) == (400, 1_200, 0)

    trip.measured(40, 10)
    trip.suppose(400)

    assert trip.smoothed_ms == 40


def test_an_answer_is_late_after_three_round_trips_within_bounds() -> None:
    """docs/protocol.md, section 1.4."""
    assert RoundTrip().patience_ms == limits.ANSWER_MS_MIN
    assert measured(10).patience_ms == limits.ANSWER_MS_MIN
    assert measured(100).patience_ms == 300
    assert measured(60_000).patience_ms == limits.ANSWER_MS_MAX


def test_the_rank_is_too_coarse_for_noise() -> None:
    """docs/protocol.md, section 6.2: steps of doubling from 50 on, left a quarter beyond."""
    ranks = [measured(each).rank for each in (0, 49, 62, 63, 120, 250, 1_000)]
    assert ranks == [0, 0, 0, 1, 1, 3, 5]

    trip = measured(50)
    for number, round_trip_ms in enumerate([52, 61, 40, 60, 45] * 20):
        trip.measured(round_trip_ms, number)
    assert trip.rank == 0
    trip = measured(80, *[45] * 100)
    assert trip.rank == 1
    assert measured(80, *[20] * 100).rank == 0


def test_an_old_measurement_means_nothing() -> None:
    """docs/protocol.md, section 6.2: who is never chosen is never measured anew."""
    trip = measured(1_000)

    assert trip.rank_at(limits.ROUND_TRIP_STALE_MS - 1) == trip.rank > 0
    assert trip.rank_at(limits.ROUND_TRIP_STALE_MS) == 0
    trip.measured(20, limits.ROUND_TRIP_STALE_MS)

    assert (trip.smoothed_ms, trip.rank) == (20, 0)


def test_an_ack_measures_the_last_number_that_it_covers() -> None:
    """docs/protocol.md, section 1.4: that has waited least for the ack's own delay."""
    link: Unanswered[str] = Unanswered(8, 100)
    link.take_number("a", 1, 0, is_awaited=True)
    link.take_number("b", 1, 20, is_awaited=True)

    link.acked(2, 60)

    assert link.round_trip.smoothed_ms == 40


def test_a_refusal_measures_its_own_number() -> None:
    """docs/protocol.md, section 1.4."""
    link: Unanswered[str] = Unanswered(8, 100)
    link.take_number("a", 1, 0, is_awaited=True)
    link.take_number("b", 1, 20, is_awaited=True)

    assert link.answered(1, 60) == "a"

    assert link.round_trip.smoothed_ms == 60


def test_what_was_sent_without_saying_when_is_neither_measured_nor_late() -> None:
    """docs/protocol.md, section 1.4."""
    link: Unanswered[str] = Unanswered(8, 100)
    sent(link, "a", "b")

    assert (link.late_at_ms(), link.take_late(10**9)) == (None, [])
    assert link.answered(1, 60) == "a"
    assert link.acked(2, 60) == ["b"]
    assert link.round_trip.smoothed_ms is None


def test_what_nobody_waits_for_is_measured_and_never_late() -> None:
    """docs/protocol.md, section 1.4: what a client was given waits for its person."""
    link: Unanswered[str] = Unanswered(8, 100)
    link.take_number("a", 1, 0)

    assert (link.late_at_ms(), link.take_late(10**9)) == (None, [])
    link.acked(1, 60)

    assert link.round_trip.smoothed_ms == 60


# The window.

KIBIBYTE = 1_024


def paced(credit_bytes: int = limits.LINK_CREDIT_BYTES) -> Unanswered[str]:
    link: Unanswered[str] = Unanswered(limits.LINK_CREDIT_ENVELOPES, credit_bytes)
    link.pace()
    return link


def round_trips(link: Unanswered[str], took_ms: int, count: int = 1) -> list[int]:
    """As much as the link takes, answered by one ack, again and again. How many KiB that was."""
    taken: list[int] = []
    for _ in range(count):
        numbers: list[int] = []
        while link.has_credit(KIBIBYTE):
            numbers.append(link.take_number("text", KIBIBYTE, 0))
        link.acked(numbers[-1], took_ms)
        taken.append(len(numbers))
    return taken


def test_a_link_gets_more_as_long_as_its_answers_come_soon() -> None:
    """docs/protocol.md, section 1.4."""
    assert round_trips(paced(), limits.WINDOW_ANSWER_MS, 4) == [256, 512, 1_024, 2_048]


def test_a_link_whose_answers_come_late_gets_half_down_to_a_least() -> None:
    """docs/protocol.md, section 1.4."""
    assert round_trips(paced(), limits.WINDOW_ANSWER_MS + 1, 4) == [256, 128, 64, 64]


def test_no_link_gets_more_than_its_credit() -> None:
    """docs/protocol.md, section 1.4."""
    assert round_trips(paced(100 * KIBIBYTE), 1, 3) == [100, 100, 100]


def test_a_link_that_is_not_used_up_gets_no_more() -> None:
    """docs/protocol.md, section 1.4: its answers say nothing of what it carries."""
    link = paced()
    for _ in range(10_000):
        link.acked(link.take_number("text", KIBIBYTE, 0), 1)

    assert round_trips(link, 1) == [256]


def test_an_empty_link_takes_an_envelope_of_any_size() -> None:
    """docs/protocol.md, section 1.4."""
    link = paced()
    round_trips(link, limits.WINDOW_ANSWER_MS + 1, 4)

    assert link.has_credit(limits.FRAME_BYTES_MAX)


def test_what_is_late_is_told_once_and_is_unanswered_still() -> None:
    """docs/protocol.md, section 1.4."""
    link: Unanswered[str] = Unanswered(3, 100)
    link.take_number("a", 1, 0, is_awaited=True)
    link.take_number("never late", 1)
    link.take_number("b", 1, 100, is_awaited=True)
    assert link.late_at_ms() == limits.ANSWER_MS_MIN
    assert link.take_late(limits.ANSWER_MS_MIN - 1) == []

    assert link.take_late(limits.ANSWER_MS_MIN) == ["a"]

    assert (link.take_late(limits.ANSWER_MS_MIN), len(link)) == ([], 3)
    assert not link.has_credit(1)
    assert link.late_at_ms() == 100 + limits.ANSWER_MS_MIN
    assert list(link.items()) == ["a", "never late", "b"]
    assert link.answered(1) == "a"
    assert link.acked(3) == ["never late", "b"]
    assert link.has_credit(100)
