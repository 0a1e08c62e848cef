"""The scenario that the documentation walks through plays as it stands there."""

import re
from pathlib import Path

from simulations.report import HOLDS, Result
from simulations.scenario import Options, Run, Scenario

PAGE = Path(__file__).resolve().parents[2] / "docs" / "simulation.md"
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
