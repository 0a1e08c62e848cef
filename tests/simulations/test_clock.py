"""The clock of a host: a rate of its own, jumps, and the way back to the world's time."""

import pytest

from simulations.clock import Clock
from simulations.decisions import JumpClock, SetWallClock, SkewClock
from simulations.scenario import Run
from tests.simulations.small import a_run


def test_a_clock_shows_the_time_of_the_world_until_something_befalls_it() -> None:
    clock = Clock()

    assert clock.is_true
    assert (clock.reading(1_000), clock.world_ms(1_000)) == (1_000, 1_000)


def test_a_jump_goes_forward_at_once_and_then_on_as_before() -> None:
    clock = Clock()

    clock.jump(1_000, 500)

    assert not clock.is_true
    assert (clock.reading(1_000), clock.reading(1_100)) == (1_500, 1_600)


@pytest.mark.parametrize("ppm", [-50_000, -200, 200, 50_000])
def test_a_skewed_clock_reaches_each_reading_first_when_it_says(ppm: int) -> None:
    clock = Clock()
    clock.skew(1_000, ppm)

    for reading_ms in range(1_500, 30_000, 777):
        at_ms = clock.world_ms(reading_ms)
        assert clock.reading(at_ms) >= reading_ms > clock.reading(at_ms - 1)
    assert clock.reading(1_001_000) == 1_000 + 1_000_000 + ppm


def test_a_clock_never_goes_back_whatever_befalls_it() -> None:
    clock, readings = Clock(), list[int]()

    for world_ms in range(0, 10_000, 7):
        clock.skew(world_ms, (world_ms % 13 - 6) * 9_000)
        clock.jump(world_ms, world_ms % 3)
        readings.append(clock.reading(world_ms))

    assert readings == sorted(readings)


def a_settled_run() -> Run:
    run = a_run()
    run.begin()
    return run


@pytest.mark.parametrize("ppm", [-50_000, 50_000])
def test_machines_are_woken_by_their_own_clocks(ppm: int) -> None:
    run = a_settled_run()
    (north, *_) = run.nodes

    run.faults.befall(SkewClock(north.name, ppm))
    run.faults.befall(JumpClock(north.name, 3_600_000))
    run.pass_time(60_000)

    assert north.clock.reading(run.world.now_ms) - run.world.now_ms > 3_596_000
    assert run.violations == []
    assert run.is_settled()


def test_a_wall_clock_that_is_years_off_shows_in_what_its_person_says_and_nowhere_else() -> None:
    runs = [a_settled_run(), a_settled_run()]
    for run, offset_ms in zip(runs, (0, -315_360_000_000), strict=True):
        alice, bob, _ = run.people
        run.faults.befall(SetWallClock(alice.name, offset_ms))
        run.workload.say(alice, bob)
        run.pass_time(5_000)

    (true,), (wrong,) = ([*run.sayings] for run in runs)
    assert true.sent_at - wrong.sent_at == 315_360_000_000
    assert (true.accepted_ms, true.shown) == (wrong.accepted_ms, wrong.shown)
    assert runs[1].violations == []
