"""Each decision has its effect on the world, for as long as it says, and no longer."""

import pytest

from overlay.core.facts import IncarnationRaised
from overlay.peering.effects import Send
from overlay.peering.events import FrameReceived, LinkClosed
from simulations.checkers.base import Fact
from simulations.decisions import (
    Clog,
    CopyDisk,
    Crash,
    CrashInCommit,
    Cut,
    CutOneWay,
    DiskFate,
    Fault,
    Lose,
    Partition,
    RefuseCommits,
    Reset,
    Slow,
)
from simulations.interpreter import Interpreter
from simulations.machines import Host
from simulations.scenario import Run
from simulations.weather import RESEND_MS
from tests.simulations.doubles import Pair, a_pair
from tests.simulations.small import a_run

LATENCY_MS = 10
LATE_MS = 1_000 + RESEND_MS + LATENCY_MS
"""When what was held for a second arrives."""


def took_ms(pair: Pair, fault: Fault) -> tuple[int, int]:
    """How long a frame takes from north to south, and back, right after a decision."""
    link = pair.link()
    Interpreter(pair.world).perform(fault)
    sent_ms = pair.world.now_ms

    pair.does(pair.north, Send(link, b" " * 1_000))
    pair.does(pair.south, Send(link, b" " * 1_000))
    pair.pass_time(10_000)

    ((south_ms, _),) = [e for e in pair.told_south if isinstance(e[1], FrameReceived)]
    ((north_ms, _),) = [e for e in pair.told_north if isinstance(e[1], FrameReceived)]
    return south_ms - sent_ms, north_ms - sent_ms


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (Cut(host="node-1", way="both", for_ms=1_000), (LATE_MS, LATE_MS)),
        (Cut(host="node-1", way="out", for_ms=1_000), (LATE_MS, LATENCY_MS)),
        (Cut(host="node-1", way="in", for_ms=1_000), (LATENCY_MS, LATE_MS)),
        (CutOneWay(sender="node-2", receiver="node-1", for_ms=1_000), (LATENCY_MS, LATE_MS)),
        (Partition((("node-1",), ("node-2",)), 1_000), (LATE_MS, LATE_MS)),
        (Partition((("node-1", "node-2"), ("node-2",)), 1_000), (LATENCY_MS, LATENCY_MS)),
        (Slow(host="node-2", extra_ms=300, for_ms=1_000), (310, 310)),
        (Clog(host="node-2", bytes_per_ms=2, for_ms=1_000), (510, 510)),
        (
            Lose(host="node-2", lost_one_in=1, reset_one_in=0, for_ms=1_000),
            (RESEND_MS + 30, RESEND_MS + 30),
        ),
        (Slow(host="node-9", extra_ms=300, for_ms=1_000), (LATENCY_MS, LATENCY_MS)),
    ],
)
def test_what_stands_on_the_way_of_a_frame(fault: Fault, expected: tuple[int, int]) -> None:
    assert took_ms(a_pair(), fault) == expected


def test_a_rule_is_lifted_when_its_time_is_over() -> None:
    pair = a_pair()
    Interpreter(pair.world).perform(Slow(host="node-1", extra_ms=300, for_ms=1_000))
    pair.pass_time(1_001)

    nothing = Partition((("node-1", "node-2"),), 1)

    assert took_ms(pair, nothing) == (LATENCY_MS, LATENCY_MS)


def test_a_reset_ends_the_links_between_two_hosts() -> None:
    pair = a_pair()
    link = pair.link()

    Interpreter(pair.world).perform(Reset("node-2", "node-1"))
    pair.pass_time(1_000)

    assert [event for _, event in pair.told_north] == [LinkClosed(link, "reset")]
    assert [event for _, event in pair.told_south] == [LinkClosed(link, "reset")]


# Disks.


def raised(run: Run) -> list[str]:
    """The hosts that learn from others that they have run more often than they know."""
    names: list[str] = []

    def note(host: Host, fact: Fact, _now_ms: int) -> None:
        if isinstance(fact, IncarnationRaised):
            names.append(host.name)

    run.world.listeners.append(note)
    return names


@pytest.mark.parametrize("fate", ["old", "none"])
def test_a_node_without_its_disk_learns_from_others_what_it_has_forgotten(fate: DiskFate) -> None:
    run = a_run()
    run.faults.befall(CopyDisk("node-1"))
    run.begin()
    names, north = raised(run), run.nodes[0]
    run.faults.befall(CopyDisk(north.name))
    run.faults.crash(north, down_ms=100)
    run.pass_time(5_000)

    run.faults.befall(Crash(host=north.name, down_ms=100, disk=fate))
    run.pass_time(20_000)

    assert names == [north.name]
    assert north.disk.losses == 1
    assert run.is_settled()


@pytest.mark.parametrize("fate", ["row_lost", "row_corrupted"])
def test_a_node_starts_with_any_one_row_lost_or_corrupted(fate: DiskFate) -> None:
    run = a_run()
    run.begin()
    north = run.nodes[0]

    records = [n for n, row in enumerate(north.disk.rows()) if row.table != "pins"]
    for row in records:
        run.faults.befall(Crash(host=north.name, down_ms=10, disk=fate, row=row))
        run.pass_time(3_000)

    assert north.disk.losses > 5
    assert run.world.defects == []
    run.wait_until(run.is_settled, "whole again", 30_000)
    assert run.unmet == []


@pytest.mark.parametrize("fate", ["old", "none", "row_lost", "row_corrupted"])
def test_a_client_starts_with_whatever_its_disk_holds(fate: DiskFate) -> None:
    run = a_run()
    run.begin()
    alice, bob, _ = run.people
    run.faults.befall(CopyDisk(alice.name))
    run.workload.say(alice, bob)
    run.pass_time(3_000)

    for row in range(12):
        run.faults.befall(Crash(host=alice.name, down_ms=10, disk=fate, row=row))
        run.pass_time(2_000)
    run.pass_time(20_000)

    assert alice.disk.losses > 0
    assert run.world.defects == []
    assert run.workload.has_home(alice)


def test_a_crash_waits_for_the_next_commit_and_refusals_are_counted() -> None:
    run = a_run()
    run.begin()
    alice, bob, _ = run.people
    before = alice.starts
    run.pass_time(1_000)

    run.faults.befall(RefuseCommits(bob.name, 2))
    run.faults.befall(CrashInCommit(host=alice.name, down_ms=100, moment="after"))
    was_up = alice.is_up
    run.workload.say(alice, bob)
    run.pass_time(5_000)

    assert was_up
    assert alice.starts == before + 1
    assert run.world.sometimes["crash in a commit"] == 1
    assert run.world.sometimes["refused commit"] == 1
