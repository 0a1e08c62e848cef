"""The simulator's command line: what it prints, and with what it exits."""

import json

import pytest

from simulations.__main__ import main
from simulations.checkers.base import Violation
from simulations.report import HOLDS, UNMET, UNSAFE, USAGE, Result, percentile
from simulations.scenarios import SCENARIOS
from tests.simulations.small import a_run

SMALL = ("--nodes", "2", "--shape", "line", "--seed", "3")


def test_the_scenarios_are_listed_with_their_questions(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["list"])

    listed = dict(line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines())
    assert code == HOLDS
    assert listed == {name: scenario.question for name, scenario in SCENARIOS.items()}
    assert {"talk", "swarm", "mass_crash_95"} <= listed.keys()


def test_a_run_is_reported_as_json_and_the_line_that_repeats_it_comes_last(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code = main(["run", "talk", *SMALL, "--json"])

    output = capsys.readouterr()
    report = json.loads(output.out)
    assert code == HOLDS
    assert report["holds"] is True
    assert len(report["digest"]) == 64
    assert report["violations"] == []
    assert (report["scenario"], report["seed"], report["nodes"]) == ("talk", 3, 2)
    assert report["numbers"]["delivered"] == report["numbers"]["sent"] > 0
    assert output.err.splitlines()[-1] == report["command"]
    assert report["command"] == "python -m simulations run talk --seed 3 --nodes 2 --shape line"


def test_a_run_is_reported_to_a_person_and_the_line_that_repeats_it_comes_last(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code = main(["run", "talk", *SMALL])

    lines = capsys.readouterr().out.splitlines()
    assert code == HOLDS
    assert "holds: yes" in lines
    assert lines[-1] == "python -m simulations run talk --seed 3 --nodes 2 --shape line"


def test_the_shipped_suite_carries_the_same_talk_without_a_digest(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code = main(["run", "talk", *SMALL, "--shipped-suite", "--json"])

    report = json.loads(capsys.readouterr().out)
    assert code == HOLDS
    assert report["digest"] is None
    assert report["numbers"]["delivered"] == report["numbers"]["sent"] > 0
    assert report["command"].endswith("--shipped-suite")


def test_every_event_can_be_had_line_by_line(capsys: pytest.CaptureFixture[str]) -> None:
    main(["run", "talk", *SMALL, "--trace", "--json"])

    output = capsys.readouterr()
    events = json.loads(output.out)["numbers"]["events"]
    assert len(output.err.splitlines()) == events + 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["run", "nothing"],
        ["run", "talk", "--shape", "heap"],
        ["run", "talk", "--nodes", "0"],
        ["walk"],
    ],
)
def test_wrong_usage_has_an_exit_code_of_its_own(arguments: list[str]) -> None:
    assert main(arguments) == USAGE


def test_the_exit_code_says_what_broke_and_safety_comes_first() -> None:
    run = a_run()
    codes = [Result(run, wall_ms=1).exit_code]

    run.unmet.append(Violation("liveness", 10, "it never came"))
    codes.append(Result(run, wall_ms=1).exit_code)
    run.world.defects.append(Violation("defect", 20, "it raised"))
    codes.append(Result(run, wall_ms=1).exit_code)

    assert codes == [HOLDS, UNMET, UNSAFE]
    assert [str(broken) for broken in Result(run, wall_ms=1).broken] == [
        "defect at 20 ms: it raised",
        "liveness at 10 ms: it never came",
    ]
    assert '"holds": false' in Result(run, wall_ms=1).as_json()


def test_a_percentile_is_a_value_that_was_measured() -> None:
    hundred = list(range(1, 101))

    assert (percentile(hundred, 50), percentile(hundred, 99), percentile([7], 99)) == (50, 99, 7)
    assert percentile([], 50) == 0


def test_a_world_that_is_too_small_for_its_scenario_is_refused_with_one_that_is_not(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code = main(["run", "mass_crash_95", "--nodes", "60"])

    assert code == USAGE
    assert "take more nodes, some 82" in capsys.readouterr().err
