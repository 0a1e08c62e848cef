"""What befalls real processes, drawn before any of them is started."""

from dataclasses import replace

from simulations.chaos.plan import (
    CLEAR_SHARE,
    DOWN_MS_MAX,
    ENDS,
    KINDS,
    Means,
    Planned,
    Stage,
    Swallow,
    drawn,
)
from simulations.decisions import Crash, Partition, Reset, Stop

STAGE = Stage(
    nodes=("north", "south", "west"),
    links=(("north", "south"), ("south", "west")),
    people=("alice", "bob"),
)
STORM_MS = 120_000
LONG_MS = 3_600_000


def test_the_same_seed_brings_the_same_and_another_seed_something_else() -> None:
    assert drawn(1, STAGE, STORM_MS) == drawn(1, STAGE, STORM_MS)
    assert drawn(1, STAGE, STORM_MS) != drawn(2, STAGE, STORM_MS)


def test_everything_comes_in_order_and_before_the_storm_is_over() -> None:
    times = [planned.at_ms for planned in drawn(1, STAGE, STORM_MS)]

    assert times == sorted(times)
    assert 0 < times[0] <= times[-1] < STORM_MS


def test_in_the_first_quarter_processes_end_and_nothing_else_happens() -> None:
    plan = drawn(1, STAGE, LONG_MS)

    early = {type(each.fault) for each in plan if each.at_ms < LONG_MS // CLEAR_SHARE}
    later = {type(each.fault) for each in plan if each.at_ms >= LONG_MS // CLEAR_SHARE}

    assert early == {Crash, Stop}
    assert len(later) == len(KINDS) - 1, "a node that is stopped and a person that leaves are alike"


def test_leaving_out_one_kind_changes_no_other() -> None:
    whole = drawn(1, STAGE, STORM_MS)

    without = drawn(1, STAGE, STORM_MS, replace(Means(), partition=0))

    assert any(isinstance(each.fault, Partition) for each in whole)
    assert without == tuple(each for each in whole if not isinstance(each.fault, Partition))


def test_a_node_that_is_killed_comes_back_in_time_and_now_and_then_without_its_disk() -> None:
    crashes = [fault for fault in faults(drawn(1, STAGE, LONG_MS)) if isinstance(fault, Crash)]

    assert {fault.host for fault in crashes} == set(STAGE.nodes)
    assert {fault.disk for fault in crashes} == {"kept", "none"}
    assert all(0 < (fault.down_ms or 0) <= DOWN_MS_MAX for fault in crashes)


def test_what_befalls_a_link_befalls_one_that_is_there_in_either_direction() -> None:
    plan = faults(drawn(1, STAGE, LONG_MS))

    ways = {(fault.sender, fault.receiver) for fault in plan if isinstance(fault, Swallow)}
    resets = {(fault.one, fault.other) for fault in plan if isinstance(fault, Reset)}

    both = {*STAGE.links, *(link[::-1] for link in STAGE.links)}
    assert ways == both
    assert resets == both


def test_a_lonely_node_without_people_can_be_ended_paused_and_cut_off_and_no_more() -> None:
    lonely = Stage(nodes=("north",), links=(), people=())

    kinds = {type(fault).__name__ for fault in faults(drawn(1, lonely, LONG_MS))}

    assert kinds == {"Crash", "Stop", "Pause", "Cut", "Slow"}


def test_nothing_comes_where_everything_is_left_out() -> None:
    nothing = Means(**dict.fromkeys(KINDS, 0))

    assert drawn(1, STAGE, STORM_MS, nothing) == ()
    assert set(ENDS) <= KINDS.keys()


def faults(plan: tuple[Planned, ...]) -> list[object]:
    return [planned.fault for planned in plan]
