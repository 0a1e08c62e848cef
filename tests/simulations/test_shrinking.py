"""A failing run is made smaller for as long as the same checker goes on failing."""

from dataclasses import replace
from pathlib import Path

import pytest

from overlay.client.facts import MessageArrived
from simulations.__main__ import main
from simulations.decisions import Crash, Decided, Say
from simulations.machines import Machine
from simulations.population import Device, Population
from simulations.recording import Opening, Recording
from simulations.report import USAGE
from simulations.shrinking import Enough, Shrinker, smallest, without_node
from simulations.weather import Conditions
from tests.simulations.doubles import Tampering
from tests.simulations.small import a_run, broken
from tests.simulations.tampers import told_otherwise

RING = Population(
    ("north", "east", "south", "west"),
    (("north", "east"), ("east", "south"), ("south", "west"), ("north", "west")),
    (Device("alice", "alice", "south"), Device("bob", "bob", "west")),
)
CRASH = Decided(1_700, Crash(host="north", down_ms=10))
TALK = tuple(
    Decided(at_ms, Say(speaker="alice", listener="bob", channel=None, filling=0))
    for at_ms in range(1_100, 3_000, 100)
)
RECORDING = Recording(
    scenario="swarm",
    seed=1,
    length_ms=None,
    opening=Opening("ring", Conditions(), RING),
    begun_ms=1_000,
    decisions=(*TALK, CRASH),
    digest="",
    checkers=("S2",),
    violations=("S2 at 1700 ms: shown twice",),
)


def needs_a_crash_and_bob(candidate: Recording) -> Recording | None:
    people = [each.name for each in candidate.opening.population.people]
    return candidate if CRASH in candidate.decisions and "bob" in people else None


def test_the_smallest_part_is_what_the_failure_needs() -> None:
    tried: list[int] = []

    def fails(kept: object) -> bool:
        assert isinstance(kept, list)
        tried.append(len(kept))
        return 17 in kept and 80 in kept

    assert smallest(range(100), fails) == [17, 80]
    assert len(tried) < 60


@pytest.mark.parametrize(("needed", "left"), [([], 0), ([0], 1), (list(range(7)), 7)])
def test_nothing_one_or_all_may_be_needed(needed: list[int], left: int) -> None:
    part = smallest(range(7), lambda kept: all(item in kept for item in needed))

    assert len(part) == left


def test_decisions_people_nodes_and_time_shrink_to_what_is_needed() -> None:
    lines: list[str] = []
    shrinker = Shrinker(RECORDING, needs_a_crash_and_bob, lines.append)

    shrinker.shrink()

    best = shrinker.best
    assert best.decisions == (CRASH,)
    assert [each.name for each in best.opening.population.people] == ["bob"]
    assert len(best.opening.population.nodes) == 1
    assert best.length_ms is not None
    assert 700 < best.length_ms < 1_000
    assert lines[-1].endswith(str(shrinker.size))


def test_whoever_has_enough_keeps_the_best_so_far() -> None:
    def attempt(candidate: Recording) -> Recording | None:
        if shrinker.attempts > 5:
            raise Enough
        return needs_a_crash_and_bob(candidate)

    shrinker = Shrinker(RECORDING, attempt)

    with pytest.raises(Enough):
        shrinker.shrink()

    assert 0 < len(shrinker.best.decisions) < len(RECORDING.decisions)


def test_the_neighbour_of_a_node_that_is_left_out_inherits_its_links_and_its_people() -> None:
    left = without_node(RING, "south")

    assert left is not None
    assert left.nodes == ("north", "east", "west")
    assert left.edges == (("east", "north"), ("east", "west"), ("north", "west"))
    assert left.people == (Device("alice", "alice", "east"), Device("bob", "bob", "west"))


def test_the_last_node_stays() -> None:
    assert without_node(Population(("north",), (), ()), "north") is None


# The command.


def test_a_run_that_holds_is_not_shrunk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "run.json"
    main(["run", "talk", "--nodes", "2", "--minutes", "0.02", "--record", str(path)])

    assert main(["shrink", str(path)]) == USAGE
    assert "this run holds, so there is nothing to shrink" in capsys.readouterr().err


def test_a_failing_run_is_shrunk_in_a_file_of_its_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Cut in two for longer than it may take, two nodes cannot be whole in time."""
    path = tmp_path / "run.json"
    lonely = replace(RING, edges=(), nodes=("node-1", "node-2"), people=())
    opening = Opening("line", Conditions(), lonely)
    replace(RECORDING, scenario="talk", opening=opening, decisions=()).save(path)

    code = main(["shrink", str(path), "--seconds", "0", "--checker", "beginning"])
    missing = main(["shrink", str(path), "--checker", "S12"])

    output = capsys.readouterr()
    assert (code, missing) == (2, USAGE)
    assert output.out.splitlines()[-1] == f"python -m simulations replay {tmp_path}/run.min.json"
    assert (tmp_path / "run.min.json").exists()
    assert "beginning must go on failing." in output.err
    assert "S12 finds nothing in this run; " in output.err
    assert "beginning" in output.err.split("S12 finds nothing in this run; ")[1]


def stammering(client: Machine) -> Machine:
    """A client that shows every message twice."""
    return Tampering(
        client,
        told_otherwise(lambda fact: [fact] * (2 if isinstance(fact, MessageArrived) else 1)),
    )


def test_a_run_of_which_only_one_failure_matters_ends_with_it() -> None:
    whole, ended = a_run(), a_run()
    for run in (whole, ended):
        run.people[0].disguise = stammering
    ended.ends_at = "S2"

    whole.play()
    ended.play()

    assert broken(whole) == broken(ended)
    assert ended.world.now_ms < whole.world.now_ms


def test_a_run_without_that_failure_is_the_same_as_ever() -> None:
    whole, watched = a_run(), a_run()
    watched.ends_at = "S2"

    whole.play()
    watched.play()

    assert watched.world.trace.digest == whole.world.trace.digest
