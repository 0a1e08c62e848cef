"""What becomes of an overlay most of which dies at once, and what telling everybody costs."""

from functools import cache

import pytest

from simulations.report import Result
from simulations.scenario import Options, Run
from simulations.scenarios import SCENARIOS
from simulations.scenarios.mass_crash import MESSAGES


@cache
def played(name: str, nodes: int, seed: int = 1) -> Result:
    """A run, once for all that ask about it, and change nothing."""
    run = Run(SCENARIOS[name], Options(seed=seed, nodes=nodes))
    run.play()
    return Result(run, wall_ms=0)


def broken(result: Result) -> list[str]:
    return [str(each) for each in result.broken]


@pytest.mark.parametrize(("percent", "live"), [(30, 56), (80, 16), (95, 4)])
def test_all_who_are_left_get_what_is_said_while_most_have_just_died(
    percent: int, live: int
) -> None:
    result = played(f"mass_crash_{percent}", 80)

    numbers = result.numbers()
    assert broken(result) == []
    assert (numbers["live_nodes"], numbers["said"]) == (live, MESSAGES)
    assert numbers["reliability_permille"] == 1_000
    assert numbers["reached_after_healing_least"] == live


def test_what_is_said_to_an_overlay_in_pieces_reaches_all_who_are_left() -> None:
    # One in eight seeds takes the five seconds that count as soon to find together.
    numbers = played("mass_crash_95", 80, seed=2).numbers()

    assert numbers["healed_ms"] > 1_000
    assert numbers["reliability_soon_permille"] == numbers["reliability_permille"] == 1_000


def test_telling_everybody_costs_a_message_a_node_and_what_plumtree_announces() -> None:
    result = played("broadcast", 60)

    numbers = result.numbers()
    assert broken(result) == []
    assert 59 <= numbers["payloads_each"] <= 62
    links = 60 * 5
    assert numbers["announcements_by_plumtree_each"] == pytest.approx(links - 2 * 59, abs=4)
    assert 0 < numbers["announcements_each"] <= numbers["announcements_by_plumtree_each"]
    assert numbers["busy_control_per_node_permille"] < numbers["control_per_node_permille"]


@pytest.mark.timeout(300)
def test_300_nodes_find_together_when_half_of_them_die_at_once() -> None:
    result = played("crash_half", 300)

    numbers = result.numbers()
    assert broken(result) == []
    assert result.run.world.sometimes["crash for good"] == 150
    assert numbers["delivered"] == numbers["accepted"] > 0


def test_an_overlay_half_of_which_died_at_once_is_whole_when_that_is_back() -> None:
    result = played("crash_half_back", 24)

    assert broken(result) == []
    assert result.run.world.sometimes["NodeStarted"] == 36
    assert result.run.is_settled()
