"""What happens in a world happens in order."""

from collections.abc import Callable

from simulations.calendar import Calendar


def play(calendar: Calendar) -> None:
    calendar.run(1_000)


def test_what_is_planned_comes_by_time_and_then_in_the_order_of_planning() -> None:
    calendar, seen = Calendar(), list[tuple[int, str]]()

    def note(name: str) -> Callable[[], None]:
        return lambda: seen.append((calendar.now_ms, name))

    calendar.plan(20, note("north"))
    calendar.plan(10, note("south"))
    calendar.plan(20, note("east"))
    play(calendar)

    assert seen == [(10, "south"), (20, "north"), (20, "east")]


def test_the_end_of_a_round_comes_after_all_that_comes_up_in_its_millisecond() -> None:
    calendar, seen = Calendar(), list[str]()

    calendar.plan_round(10, lambda: seen.append("round"))
    calendar.plan(10, lambda: calendar.plan(10, lambda: seen.append("late")))
    calendar.plan(10, lambda: seen.append("early"))
    play(calendar)

    assert seen == ["early", "late", "round"]


def test_a_decision_comes_before_all_else_of_its_millisecond() -> None:
    calendar, seen = Calendar(), list[tuple[str, bool]]()

    def note(name: str) -> Callable[[], None]:
        return lambda: seen.append((name, calendar.is_busy))

    calendar.plan_round(10, note("round"))
    calendar.plan(10, note("ordinary"))
    calendar.plan_first(10, note("decision"))
    play(calendar)

    assert seen == [("decision", False), ("ordinary", True), ("round", True)]
    assert not calendar.is_running


def test_what_is_planned_for_now_still_happens_now() -> None:
    calendar, seen = Calendar(), list[int]()

    calendar.plan(10, lambda: calendar.plan(10, lambda: seen.append(calendar.now_ms)))
    play(calendar)

    assert seen == [10]
    assert calendar.next_ms() is None


def test_time_in_which_nothing_is_planned_passes_and_never_runs_back() -> None:
    calendar = Calendar()

    calendar.pass_to(30)
    calendar.pass_to(20)

    assert calendar.now_ms == 30
