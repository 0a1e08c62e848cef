"""What befalls a world befalls it as planned, and is over when the calm begins."""

from collections.abc import Callable
from random import Random

import pytest

from overlay.client.facts import Detached
from overlay.peering.effects import Persist
from overlay.peering.events import Stored, StoreFailed, Ticket
from overlay.peering.rows import Row
from simulations.calendar import Calendar
from simulations.checkers.base import Fact
from simulations.disk import Disk, Mishaps
from simulations.faults import FAULTS, StormPlan, cut, slow
from simulations.machines import Host
from simulations.scenario import Run
from simulations.weather import Conditions, Delay, Weather
from tests.simulations.small import a_run

ROW = Row(table="pins", key="south", value=b"one")


def a_settled_run() -> Run:
    run = a_run()
    run.begin()
    return run


def test_a_crash_takes_a_machine_down_for_so_long_and_its_disk_brings_it_back() -> None:
    run = a_settled_run()
    (north, *_) = run.nodes
    assert north.node is not None
    before = north.node.snapshot().incarnation

    run.faults.crash(north, down_ms=1_000)
    run.pass_time(999)
    was_down = not north.is_up
    run.pass_time(1_000)

    assert was_down
    assert north.node.snapshot().incarnation == before + 1


def test_what_is_gone_for_good_does_not_come_back_in_the_calm() -> None:
    run = a_settled_run()
    alice, bob, _ = run.people

    run.faults.crash(alice, down_ms=None)
    run.faults.crash(bob, down_ms=60_000, is_silent=True)
    run.faults.end()
    run.pass_time(1)

    assert (alice.is_up, bob.is_up) == (False, True)


def test_a_machine_that_is_told_to_stop_says_goodbye_before_it_goes() -> None:
    run = a_settled_run()
    reasons: list[str] = []

    def note(_: Host, fact: Fact, _now_ms: int) -> None:
        if isinstance(fact, Detached):
            reasons.append(fact.reason)

    run.world.listeners.append(note)
    run.world.stop(run.nodes[0])
    run.pass_time(5_000)

    assert not run.nodes[0].is_up
    assert reasons == ["stopping"]
    assert all(run.workload.has_home(host) for host in run.people)


def test_a_storm_brings_what_its_plan_says_and_ends_with_the_calm() -> None:
    run = a_settled_run()
    often = StormPlan(
        crash_every_ms=1_000,
        stop_every_ms=2_000,
        reset_every_ms=500,
        cut_every_ms=1_000,
        slow_every_ms=1_000,
        down_ms_max=500,
        silent_one_in=2,
        gone_one_in=100,
        crash_in_commit_one_in=50,
        refused_commit_one_in=50,
    )

    run.faults.storm(often, [*run.nodes, *run.people], for_ms=60_000)
    run.pass_time(60_000)
    run.faults.end()
    counts = dict(run.world.sometimes)
    run.pass_time(30_000)

    assert [name for name in FAULTS if name != "crash for good" and counts[name] == 0] == []
    assert all(run.world.sometimes[name] == counts[name] for name in FAULTS)
    assert all(host.is_up for host in run.nodes)
    assert run.violations == []


def test_a_storm_without_a_plan_brings_nothing() -> None:
    run = a_settled_run()

    run.faults.storm(StormPlan(), run.nodes, for_ms=10_000)
    run.pass_time(10_000)

    assert all(run.world.sometimes[name] == 0 for name in FAULTS)


# Disks.


@pytest.mark.parametrize("seed", range(5))
def test_a_disk_that_refuses_says_so_and_keeps_nothing(seed: int) -> None:
    calendar, disk = Calendar(), Disk(Random(seed))
    answers: list[object] = []
    disk.mishaps = Mishaps(refused_one_in=1, crash_one_in=0, crash=lambda: None)

    disk.perform(Persist([ROW], Ticket(1)), calendar, answers.append)
    run_all(calendar)

    assert answers == [StoreFailed(Ticket(1), "the disk is full")]
    assert disk.rows() == []


def test_a_crash_in_a_commit_comes_before_it_or_after_it_and_untold() -> None:
    outcomes: set[tuple[bool, bool]] = set()
    for seed in range(40):
        calendar, disk = Calendar(), Disk(Random(seed))
        crashes: list[int] = []
        answers: list[object] = []
        disk.mishaps = Mishaps(refused_one_in=0, crash_one_in=3, crash=crash_of(disk, crashes))

        disk.perform(Persist([ROW], Ticket(1)), calendar, told_unless(crashes, answers))
        run_all(calendar)
        outcomes.add((bool(disk.rows()), answers == [Stored(Ticket(1))]))

    assert outcomes == {(False, False), (True, False), (True, True)}


def crash_of(disk: Disk, crashes: list[int]) -> Callable[[], None]:
    def crash() -> None:
        crashes.append(1)
        disk.crash()

    return crash


def told_unless(crashes: list[int], answers: list[object]) -> Callable[[object], None]:
    """A machine that has died is told nothing any more: its world sees to that."""
    return lambda answer: None if crashes else answers.append(answer)


def run_all(calendar: Calendar) -> None:
    while calendar.next_ms() is not None:
        calendar.take()()


# Weather.


def test_of_the_rules_that_stand_the_first_that_answers_counts() -> None:
    weather = Weather(Conditions(), Random(1))
    slow_north, cut_south = slow("north"), cut("south")

    weather.add(slow_north)
    weather.add(cut_south)

    assert not weather.is_cut("north", "south")
    assert weather.is_cut("east", "south")
    assert isinstance(slow_north("north", "east"), Delay)
    assert slow_north("east", "south") is None
    weather.lift(slow_north)
    assert weather.is_cut("north", "south")


def test_frames_take_as_long_as_the_conditions_say() -> None:
    conditions = Conditions(
        latency_min_ms=5, latency_max_ms=20, jitter_max_ms=10, lost_one_in=0, bytes_per_ms=100
    )
    weather = Weather(conditions, Random(1))

    latencies = [weather.link_latency_ms() for _ in range(500)]
    travels = [weather.travel_ms(7, "north", "south") for _ in range(2_000)]

    assert (min(latencies), max(latencies)) == (5, 20)
    assert (min(travels), max(travels)) == (7, 17)
    assert weather.writing_ms(1_250) == 12


def test_nothing_takes_no_time_at_all() -> None:
    weather = Weather(Conditions(jitter_max_ms=0, lost_one_in=0), Random(1))

    assert weather.travel_ms(0, "north", "south") == 1
