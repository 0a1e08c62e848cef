"""Which counters of one origin were used, and for what."""

import pytest

from overlay.structures.window import CounterWindow, ReplayWindow, Verdict

FIRST = b"first text's hash"
SECOND = b"second text's hash"


def a_window(span: int, *accepted: int) -> ReplayWindow:
    window = ReplayWindow(span)
    for counter in accepted:
        window.accept(counter, FIRST)
    return window


def test_a_counter_never_seen_is_fresh() -> None:
    window = a_window(4, 10)

    assert [window.judge(counter, FIRST) for counter in (7, 8, 9, 11, 2**53 - 1)] == [
        Verdict.FRESH
    ] * 5


def test_a_used_counter_with_the_same_mark_is_a_duplicate() -> None:
    window = a_window(4, 10)

    assert window.judge(10, FIRST) is Verdict.DUPLICATE


def test_a_used_counter_with_another_mark_is_replayed() -> None:
    window = a_window(4, 10)

    assert window.judge(10, SECOND) is Verdict.REPLAYED


def test_only_the_first_eight_bytes_of_a_mark_count() -> None:
    window = a_window(4, 10)

    assert window.judge(10, FIRST[:8]) is Verdict.DUPLICATE
    assert window.judge(10, FIRST[:8] + b"others") is Verdict.DUPLICATE


def test_what_is_too_old_to_be_told_from_a_replay_is_replayed() -> None:
    window = a_window(4, 10)

    assert window.judge(6, FIRST) is Verdict.REPLAYED


def test_a_used_counter_that_left_the_window_is_replayed_even_with_its_mark() -> None:
    window = a_window(4, 10, 14)

    assert window.judge(10, FIRST) is Verdict.REPLAYED


@pytest.mark.parametrize("counter", [0, -1])
def test_a_counter_below_one_is_replayed(counter: int) -> None:
    assert a_window(4).judge(counter, FIRST) is Verdict.REPLAYED


def test_judging_takes_nothing() -> None:
    window = a_window(4)

    window.judge(1, FIRST)

    assert window.judge(1, SECOND) is Verdict.FRESH


def test_counters_are_accepted_in_any_order_once_each() -> None:
    window = a_window(4, 3, 1, 4, 2)

    assert [window.judge(counter, FIRST) for counter in (1, 2, 3, 4)] == [Verdict.DUPLICATE] * 4


def test_counters_passed_over_by_a_jump_are_still_fresh() -> None:
    window = a_window(4, 1, 2, 5)

    assert window.judge(2, FIRST) is Verdict.DUPLICATE
    assert window.judge(3, FIRST) is Verdict.FRESH
    assert window.judge(4, FIRST) is Verdict.FRESH


def test_a_jump_past_the_whole_window_forgets_it_and_costs_no_memory() -> None:
    window = a_window(4, 1, 2, 2**53 - 1)

    assert window.judge(2, FIRST) is Verdict.REPLAYED
    assert window.judge(2**53 - 2, FIRST) is Verdict.FRESH
    assert window.used.bit_length() <= 4


def test_memory_is_bounded_by_the_span() -> None:
    window = a_window(16, *range(1, 1_000))

    assert len(window._marks) == 16 * 8
    assert window.used.bit_length() == 16


def test_a_window_goes_on_from_what_was_kept_of_it() -> None:
    before = CounterWindow(8)
    for counter in (3, 12, 9):
        before.take(counter)

    window = CounterWindow(8, before.highest, before.used)

    fresh = [counter for counter in range(3, 15) if window.is_fresh(counter)]
    assert fresh == [5, 6, 7, 8, 10, 11, 13, 14]


@pytest.mark.parametrize(("highest", "used"), [(-1, 0), (3, -1), (3, 0b1111), (9, 1 << 8)])
def test_what_is_no_window_is_not_taken_for_one(highest: int, used: int) -> None:
    with pytest.raises(ValueError, match="no window of 8"):
        CounterWindow(8, highest, used)
