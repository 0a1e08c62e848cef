"""How much somebody has had."""

from overlay.structures.meters import LATE_MS, Meter

APPLES, PEARS = 0, 1
A_SECOND_NS = 1_000_000_000


def a_meter() -> Meter:
    return Meter(0, "alice", 2)


def test_each_thing_has_an_allowance_in_nanoseconds() -> None:
    meter = a_meter()

    meter.spend(APPLES, 1, A_SECOND_NS, 5_000)
    meter.spend(APPLES, 1, A_SECOND_NS, 5_500)

    waits_ns = [each.wait(1, 6 * A_SECOND_NS) for each in meter.allowances]
    assert waits_ns == [A_SECOND_NS, 0]


def test_each_thing_is_counted_by_itself() -> None:
    meter = a_meter()

    meter.spend(APPLES, 50, 1, 1)
    meter.spend(PEARS, 20, 1, 1)

    assert (meter.a_second(APPLES, 1), meter.a_second(PEARS, 1)) == (5.0, 2.0)


def test_what_was_had_of_late_fades_and_is_forgotten() -> None:
    meter = a_meter()
    meter.spend(APPLES, 100, 1, 0)

    assert meter.a_second(APPLES, LATE_MS - 1) == 10.0
    assert meter.a_second(APPLES, LATE_MS + LATE_MS // 2) == 5.0
    assert meter.a_second(APPLES, 3 * LATE_MS) == 0.0


def test_who_goes_on_at_one_rate_is_shown_with_that_rate() -> None:
    meter = a_meter()

    for now_ms in range(0, 4 * LATE_MS, 100):
        meter.spend(APPLES, 3, 1, now_ms)

    assert round(meter.a_second(APPLES, 4 * LATE_MS)) == 30


def test_after_a_long_rest_counting_begins_anew() -> None:
    meter = a_meter()
    meter.spend(APPLES, 100, 1, 0)

    meter.spend(APPLES, 10, 1, 9 * LATE_MS)

    assert meter.a_second(APPLES, 9 * LATE_MS) == 1.0
