"""How late a node was run, and how much longer it waits for that before it blames others."""

from collections.abc import Callable

from overlay import limits
from overlay.core.state.lateness import Lateness


def at(due_ms: int | None) -> Callable[[], int | None]:
    """When the node wanted to be run."""
    return lambda: due_ms


def late(times: int, *, lag_ms: int = 1_000) -> tuple[Lateness, int]:
    """A node that was kept waiting so often, one time right after the other; and the time."""
    lateness, now_ms = Lateness(is_minded=True), 0
    lateness.note(now_ms, at(None))
    for _ in range(times):
        due_ms = now_ms + 10
        now_ms = due_ms + lag_ms
        assert lateness.note(now_ms, at(due_ms)) == lag_ms
    return lateness, now_ms


def test_a_deadline_that_is_kept_is_no_lag() -> None:
    """docs/protocol.md, section 10.4."""
    lateness = Lateness(is_minded=True)

    assert lateness.note(50_000, at(0)) == 0
    assert lateness.note(51_000, at(51_000)) == 0
    assert lateness.note(52_000, at(52_000 - limits.LAG_MS + 1)) == 0
    assert lateness.note(60_000, at(None)) == 0
    assert lateness.note(70_000, at(90_000)) == 0
    assert lateness.factor(70_000) == 1


def test_only_the_time_since_it_was_last_run_counts() -> None:
    """docs/protocol.md, section 10.4: events of one round see the same deadline."""
    lateness = Lateness(is_minded=True)
    lateness.note(1_000, at(None))

    assert lateness.note(5_000, at(2_000)) == 3_000
    assert lateness.note(5_000, at(2_000)) == 0
    assert lateness.note(5_400, at(2_000)) == 400


def test_one_lag_is_only_made_up_for_and_more_multiply_up_to_a_bound() -> None:
    """docs/protocol.md, section 10.4."""
    factors = [late(times)[0].factor(late(times)[1]) for times in range(7)]

    assert factors == [1, 1, 2, 3, 4, 4, 4]


def test_the_factor_shrinks_with_every_while_in_time() -> None:
    """docs/protocol.md, section 10.4."""
    lateness, now_ms = late(4)

    factors = [lateness.factor(now_ms + step * limits.LAG_DECAY_MS) for step in range(6)]

    assert factors == [4, 3, 2, 1, 1, 1]


def test_what_was_made_good_before_a_lag_is_not_forgotten_by_it() -> None:
    """docs/protocol.md, section 10.4: nor is a long pause itself time in order."""
    lateness, now_ms = late(3)

    lateness.note(now_ms + 60_000, at(now_ms))
    assert lateness.factor(now_ms + 60_000) == 4

    lateness, now_ms = late(3)
    due_ms = now_ms + 2 * limits.LAG_DECAY_MS
    lateness.note(due_ms - 10, at(None))
    lateness.note(due_ms + 1_000, at(due_ms))
    assert lateness.factor(due_ms + 1_000) == 2


def test_it_is_told_now_and_then() -> None:
    lateness = Lateness(is_minded=True)

    told = [lateness.is_to_be_told(at_ms) for at_ms in (0, 9_999, 10_000, 10_001, 25_000)]

    assert told == [True, False, True, False, True]


def test_a_node_that_does_not_mind_sees_no_lag() -> None:
    lateness = Lateness(is_minded=False)
    lateness.note(0, at(None))

    assert lateness.note(60_000, at(1_000)) == 0
    assert lateness.factor(60_000) == 1
