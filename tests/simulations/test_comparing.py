"""Numbers are compared with the accepted ones, and what differs beyond noise is flagged."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from simulations.__main__ import main
from simulations.baseline import (
    LESS_IS_BETTER,
    MORE_IS_BETTER,
    USUAL,
    Baseline,
    Series,
    differences,
    load,
    noise_of,
)
from simulations.report import HOLDS, USAGE, Result
from tests.simulations.small import a_run

ROOT = Path(__file__).resolve().parents[2]


def test_what_stays_within_the_noise_of_the_seeds_is_not_flagged() -> None:
    before = {"latency_p50_ms": (100, 110, 90, 100), "delivered": (50, 50, 50, 50)}

    within = {"latency_p50_ms": (105, 112, 95, 104), "delivered": (50, 51, 50, 50)}

    assert differences(before, within) == []
    assert noise_of((100, 110, 90, 100)) == pytest.approx(11.5, abs=0.1)
    assert noise_of((7, 7, 7)) == noise_of((7,)) == 1


def test_what_differs_beyond_noise_is_better_worse_or_only_different() -> None:
    before = dict.fromkeys(("bytes_sent", "delivered", "sent", "wall_ms"), (100, 101, 99))
    now = {"bytes_sent": (50, 50, 50), "delivered": (90,), "sent": (120,), "wall_ms": (900,)}

    found = {each.number: each.judgement for each in differences(before, now)}

    assert found == {"bytes_sent": "better", "delivered": "worse", "sent": "differs"}


def test_every_number_that_is_judged_is_one_that_runs_give() -> None:
    given = Result(a_run(), 0).numbers()

    assert [name for name in (*LESS_IS_BETTER, *MORE_IS_BETTER) if name not in given] == []


def test_the_baseline_that_is_kept_is_of_the_usual_runs_and_all_of_them_held() -> None:
    kept = load(ROOT / "simulations" / "baselines" / "small.json")

    assert tuple(replace(series, numbers={}) for series in kept.series) == USUAL.series
    assert [each.scenario for each in kept.series if any(each.numbers["violations"])] == []
    assert not kept.commit.endswith("+")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A baseline of one short scenario, accepted."""
    path = tmp_path / "small.json"
    series = Series(scenario="talk", seeds=(1, 2), nodes=2, length_ms=500)
    Baseline(commit="", series=(series,)).save(path)
    assert main(["compare", str(path), "--accept"]) == HOLDS
    return path


def test_the_same_code_has_the_same_numbers(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()

    code = main(["compare", str(path)])

    lines = capsys.readouterr().out.splitlines()
    assert code == HOLDS
    assert lines == [
        "talk, 2 seeds: nothing differs beyond noise",
        f"python -m simulations compare {path}",
    ]


def test_a_number_that_is_worse_is_flagged_until_it_is_accepted(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content = json.loads(path.read_text())
    content["baseline"]["series"][0]["numbers"]["bytes_sent"] = [1_000, 1_001]
    path.write_text(json.dumps(content))
    capsys.readouterr()

    codes = [main(["compare", str(path)]), main(["compare", str(path), "--accept"])]
    output = capsys.readouterr().out

    assert codes == [1, HOLDS]
    assert "bytes_sent" in output
    assert "WORSE" in output
    assert main(["compare", str(path)]) == HOLDS
    assert len(load(path).series[0].numbers["bytes_sent"]) == 2


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (None, "cannot read it"),
        ("{", "not JSON"),
        ("{}", "not a baseline of format 1"),
        ('{"format": 1, "baseline": {"kind": "Baseline", "commit": ""}}', "'series' is missing"),
    ],
)
def test_a_file_that_is_no_baseline_says_why_and_how_to_have_one(
    content: str | None, complaint: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "base.json"
    if content is not None:
        path.write_text(content)

    assert main(["compare", str(path)]) == USAGE
    output = capsys.readouterr().err
    assert complaint in output
    assert "--accept` writes a new one" in output


def test_a_baseline_of_an_unknown_scenario_is_wrong_usage(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "base.json"
    Baseline(commit="", series=(Series(scenario="nothing", seeds=(1,)),)).save(path)

    assert main(["compare", str(path)]) == USAGE
    assert "scenario 'nothing' is not known here" in capsys.readouterr().err
