"""What the documentation says of scenarios and tests holds: they play, and they are there."""

import re
from pathlib import Path

from simulations.report import HOLDS, Result
from simulations.scenario import Options, Run, Scenario
from simulations.scenarios import SCENARIOS

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "simulation.md"
THREATS = ROOT / "docs" / "threat_model.md"
COMMANDS = ("python -m ", "make ", "run ", "--only ")
LINES_MAX = 40


def test_a_newcomers_scenario_is_short_and_plays() -> None:
    match = re.search(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert match is not None
    names: dict[str, object] = {}
    exec(compile(match.group(1), str(PAGE), "exec"), names)
    scenario = names["SCENARIO"]
    assert isinstance(scenario, Scenario)

    run = Run(scenario, Options(seed=1))
    run.play()

    assert len(match.group(1).splitlines()) < LINES_MAX
    assert Result(run, 0).exit_code == HOLDS
    assert run.world.sometimes["cut of a node"] == 1


def test_what_shows_each_row_of_the_threat_model_is_there() -> None:
    """Its first table ends with what shows a row, the others have it in their third column."""
    rows = [line.split(" | ") for line in THREATS.read_text("utf-8").splitlines()]
    shown = [row[-1] for row in rows if len(row) == 4] + [row[2] for row in rows if len(row) == 5]
    named = {name for cell in shown for name in re.findall(r"`([^`]+)`", cell)}

    missing = [
        name
        for name in named
        if name not in SCENARIOS and not list(ROOT.glob(name)) and not name.startswith(COMMANDS)
    ]

    assert len(named) > 40
    assert missing == []


def test_every_seed_of_swarm_that_found_something_is_named_by_a_test() -> None:
    found = PAGE.read_text("utf-8").split("### What sweeps have found")[1].split("\n## ")[0]
    cells = [line.split("|")[1] for line in found.splitlines() if line.startswith("| `")]
    seeds = {
        seed
        for cell in cells
        for numbers in re.findall(r"`swarm` ([\d, ]+)", cell)
        for seed in re.findall(r"\d+", numbers)
    }
    tests = ROOT / "tests"
    said = " ".join(path.read_text("utf-8") for path in tests.rglob("*.py"))
    named = {
        seed
        for words in re.findall(r"Seeds? ([\d, and]+) of\s+swarm", said)
        for seed in re.findall(r"\d+", words)
    }
    played = {
        path.name.split("-")[1].split(".")[0] for path in (tests / "simulations/found").iterdir()
    }

    assert sorted(seeds - named - played) == []
