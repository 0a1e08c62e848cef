"""`run --record` and `replay`: what they print, and what is said of a file that will not do."""

import json
from pathlib import Path

import pytest

from simulations.__main__ import main
from simulations.report import HOLDS, USAGE

SHORT = ("run", "swarm", "--seed", "1", "--minutes", "0.1")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "run.json"
    assert main([*SHORT, "--record", str(path)]) == HOLDS
    return path


def test_a_recorded_run_is_played_again_and_found_the_same(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()

    code = main(["replay", str(file)])

    lines = capsys.readouterr().out.splitlines()
    assert code == HOLDS
    assert lines[-2:] == [
        "the same run as recorded, byte for byte",
        f"python -m simulations replay {file}",
    ]


def test_another_run_than_the_recorded_one_is_told(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content = json.loads(file.read_text())
    content["run"]["decisions"].pop()
    file.write_text(json.dumps(content))
    capsys.readouterr()

    code = main(["replay", str(file), "--json"])

    output = capsys.readouterr()
    assert code == 1
    assert json.loads(output.out)["holds"] is True
    assert "NOT the run that was recorded" in output.err


def test_a_file_that_is_not_there_or_knows_another_scenario_is_wrong_usage(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_text(file.read_text().replace('"swarm"', '"nothing"'))

    codes = [main(["replay", str(file)]), main(["replay", str(file.with_name("none"))])]

    complaints = capsys.readouterr().err
    assert codes == [USAGE, USAGE]
    assert "scenario 'nothing' is not known here" in complaints
    assert "cannot read it: No such file" in complaints
    assert "`run --record FILE`" in complaints


def test_a_record_goes_where_it_can_be_written_and_needs_a_digest(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    nowhere = str(tmp_path / "file" / "run.json")

    codes = [
        main([*SHORT, "--record", nowhere]),
        main([*SHORT, "--record", str(tmp_path / "x.json"), "--shipped-suite"]),
    ]

    complaints = capsys.readouterr().err
    assert codes == [USAGE, USAGE]
    assert "cannot write it" in complaints
    assert "exclude each other" in complaints
