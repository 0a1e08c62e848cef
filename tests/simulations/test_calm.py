"""What the calm of every run asks: broken machines are caught by it, and honest ones are not."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from overlay.client.facts import MessageArrived
from overlay.core.facts import NodeAlive
from overlay.core.requests import NodeStatus
from simulations.checkers.base import Fact
from simulations.checkers.crashes import CrashesChecker
from simulations.machines import NodeMachine
from simulations.scenario import Run
from tests.simulations.doubles import Tampering, TamperingNode
from tests.simulations.small import a_run
from tests.simulations.tampers import told_otherwise, unchanged
from tests.simulations.test_checker_liveness import (
    a_settled_run,
    inside,
    keeping_to_itself,
    replaced,
    unmet,
)


class Miscounting(TamperingNode):
    """A node whose directory holds one account more than it should."""

    def __init__(self, node: NodeMachine) -> None:
        super().__init__(node, unchanged)

    def snapshot(self) -> NodeStatus:
        status = super().snapshot()
        return replace(status, accounts=status.accounts + 1)


def test_the_calm_of_an_honest_overlay_breaks_nothing() -> None:
    run = a_settled_run()

    run.faults.crash(run.nodes[1], down_ms=60_000)
    run.pass_time(8_000)
    run.calm()

    assert unmet(run) == []
    assert run.unmet == []
    numbers = run.liveness.numbers()
    assert 0 < numbers["L8_ms"] <= numbers["L8_bound_ms"]
    assert numbers["L2_measured"] > 5
    assert run.measured["whole_ms"] >= numbers["L8_ms"]


def test_the_calm_asks_whether_nodes_agree() -> None:
    run = a_settled_run()
    replaced(run.nodes[2], Miscounting(inside(run.nodes[2])))

    run.calm()

    assert "L1" in unmet(run)


def test_the_calm_asks_whether_all_are_one_component() -> None:
    run = a_settled_run()
    for host in run.nodes:
        replaced(host, TamperingNode(inside(host), keeping_to_itself))

    run.faults.crash(run.nodes[1], down_ms=None)
    run.pass_time(100)
    run.calm()

    assert "L8" in unmet(run)


def secretive(fact: Fact) -> Sequence[Fact]:
    """Its person is shown nothing."""
    return [] if isinstance(fact, MessageArrived) else [fact]


def test_the_calm_asks_whether_what_is_said_in_it_arrives() -> None:
    run = a_settled_run()
    process = run.people[2].process
    assert process is not None
    process.machine = Tampering(process.machine, told_otherwise(secretive))

    run.calm()

    assert "L2" in unmet(run)


def test_what_liars_say_of_themselves_is_not_asked_for_in_the_calm() -> None:
    run = a_settled_run()
    run.nodes[2].is_honest = False
    replaced(run.nodes[2], Miscounting(inside(run.nodes[2])))

    run.calm()

    assert unmet(run) == []


@pytest.mark.parametrize("is_bridge", [True, False])
def test_who_was_cut_off_lately_may_be_thought_dead(is_bridge: bool) -> None:
    run = a_run()
    hosts = list(run.world.hosts.values())
    crashes = CrashesChecker(hosts, run.world.network, run.sayings, run.world.befallen)
    run.world.watch(crashes)
    run.begin()
    run.pass_time(5_000)
    before_ms = run.world.now_ms

    run.faults.crash(run.nodes[1 if is_bridge else 2], down_ms=500)
    run.pass_time(10_000)
    after_ms = run.world.now_ms - 2_000

    others = ["node-1", "node-3"] if is_bridge else ["node-1", "node-2"]
    assert crashes.were_connected(others, before_ms) is not is_bridge
    assert crashes.were_connected(others, after_ms)


def test_both_ends_can_dial_anew_at_once_and_nobody_looks_dead() -> None:
    """Seed 40 of swarm: L3, of two links the other end closed the one before ours served."""
    run = a_settled_run()
    dead: list[NodeAlive] = []
    run.world.listeners.append(
        lambda _host, fact, _now_ms: (
            dead.append(fact) if isinstance(fact, NodeAlive) and not fact.is_alive else None
        )
    )

    for _ in range(40):
        reset_between(run, "node-1", "node-2")
        run.pass_time(2_000)

    assert dead == []


def reset_between(run: Run, one: str, other: str) -> None:
    for end in run.world.network.open_links():
        if {end.host, end.other.host} == {one, other}:
            run.world.network.reset(end)
