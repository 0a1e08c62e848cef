"""What befalls a world befalls it as planned, and is over when the calm begins."""

from dataclasses import fields, replace

from overlay.client.facts import Detached
from simulations.checkers.base import Fact
from simulations.interpreter import FAULTS
from simulations.machines import Host
from simulations.plan import StormPlan
from simulations.scenario import Run
from tests.simulations.small import a_run


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
    names = [field.name for field in fields(StormPlan) if field.name.endswith("_every_ms")]
    often = replace(StormPlan(**dict.fromkeys(names, 1_500)), down_ms_max=500, pause_ms_max=500)
    run.world.weather.conditions = replace(run.world.weather.conditions, reset_one_in=100)
    rough = replace(often, silent_one_in=2, gone_one_in=100, bad_disk_one_in=2)

    run.faults.storm(rough, [*run.nodes, *run.people], for_ms=90_000)
    run.pass_time(90_000)
    run.faults.end()
    run.faults.tally()
    counts = dict(run.world.sometimes)
    run.pass_time(30_000)

    assert [name for name in FAULTS if name != "crash for good" and counts[name] == 0] == []
    assert all(run.world.sometimes[name] == counts[name] for name in FAULTS)
    assert all(host.is_up for host in run.nodes)
    assert run.world.defects == []


def test_a_storm_without_a_plan_brings_nothing() -> None:
    run = a_settled_run()

    run.faults.storm(StormPlan(), run.nodes, for_ms=10_000)
    run.pass_time(10_000)

    assert all(run.world.sometimes[name] == 0 for name in FAULTS)
