"""A sweep plays seeds in processes, and whatever ends it, its ledger has what was found."""

import json
from pathlib import Path

import pytest

from simulations.__main__ import main
from simulations.encoding import Unreadable
from simulations.ledger import Failed, Held, Ledger, merged, ranges, seeds_in
from simulations.report import HOLDS, UNSAFE, USAGE
from simulations.scenario import Options
from simulations.sweeping.outcome import DIED, Outcome, play_seed
from simulations.sweeping.processes import LocalProcesses
from simulations.sweeping.sweep import Sweep
from tests.simulations.seeds_played import an_outcome, death_at_five

SMALL = ("sweep", "talk", "--nodes", "2", "--minutes", "0.02")


def a_sweep(path: Path, told: list[int]) -> Sweep:
    return Sweep(
        "talk",
        Options(),
        Ledger(path),
        commit="abc",
        options_said="",
        tell=lambda outcome: told.append(outcome.seed),
    )


def test_a_ledger_has_a_line_for_many_seeds_that_held_and_one_for_each_that_failed(
    tmp_path: Path,
) -> None:
    path, told = tmp_path / "ledger.jsonl", list[int]()

    a_sweep(path, told).run(range(1, 71), LocalProcesses(2, an_outcome))

    entries = Ledger(path).entries
    failed = [entry.seed for entry in entries if isinstance(entry, Failed)]
    held = [len(entry.seeds) for entry in entries if isinstance(entry, Held)]
    assert sorted(told) == list(range(1, 71))
    assert sorted(failed) == [3, 7, 13, 17, 23, 27, 33, 37, 43, 47, 53, 57, 63, 67]
    assert held == [50, 6]
    assert sorted(Ledger(path).seeds("")) == sorted(told)
    assert merged(entries) == {"crash": 35, "flood": 0}
    assert sum(entry.accepted for entry in entries) == 700
    assert sum(entry.lost for entry in entries) == 7
    assert sum(entry.excused for entry in entries) == 140


def test_a_seed_counts_what_was_accepted_and_what_of_it_is_missing() -> None:
    outcome = play_seed("talk", Options(nodes=2, length_ms=1_200))

    assert outcome.accepted > 5
    assert (outcome.lost, outcome.excused) == (0, 0)


def test_a_process_that_dies_costs_only_its_own_seed(tmp_path: Path) -> None:
    path, told = tmp_path / "ledger.jsonl", list[int]()

    a_sweep(path, told).run(range(4, 13), LocalProcesses(2, death_at_five))

    played = Ledger(path).seeds("")
    died = played[5]
    assert sorted(played) == list(range(4, 13))
    assert isinstance(died, Failed)
    assert (died.checkers, died.exit_code) == ((DIED,), UNSAFE)
    assert isinstance(played[4], Held)
    assert isinstance(played[12], Held)


def test_an_interrupted_sweep_keeps_what_it_found(tmp_path: Path) -> None:
    path, told = tmp_path / "ledger.jsonl", list[int]()

    def tell(outcome: Outcome) -> None:
        told.append(outcome.seed)
        if len(told) == 5:
            raise KeyboardInterrupt

    sweep = Sweep(
        "talk",
        Options(),
        Ledger(path),
        commit="abc",
        options_said="",
        tell=tell,
    )
    with pytest.raises(KeyboardInterrupt):
        sweep.run(range(1, 100), LocalProcesses(2, an_outcome))

    assert sorted(Ledger(path).seeds("")) == sorted(told)


def test_a_resumed_sweep_plays_only_what_is_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "ledger.jsonl"
    main([*SMALL, "--seeds", "1..2", "--ledger", str(path)])
    before = Ledger(path).entries
    capsys.readouterr()

    code = main([*SMALL, "--seeds", "1..3", "--ledger", str(path), "--resume"])

    lines = capsys.readouterr().out.splitlines()
    added = Ledger(path).entries[len(before) :]
    assert code == HOLDS
    assert [entry.seeds for entry in added if isinstance(entry, Held)] == [(3,)]
    assert lines[0] == "talk: 3 of 3 seeds played, 0 failed"
    assert any(line.startswith("never: ") and "NodeStopping" in line for line in lines)
    assert lines[-1].startswith("python -m simulations sweep talk --seeds 1..3 --nodes 2")


def test_seeds_may_lie_apart(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "ledger.jsonl"

    assert main([*SMALL, "--seeds", "1,3..4", "--ledger", str(path)]) == HOLDS

    assert list(Ledger(path).seeds("--nodes 2 --minutes 0.02")) == [1, 3, 4]
    assert "--seeds 1,3..4 " in capsys.readouterr().out.splitlines()[-1]


def test_seeds_of_other_options_are_not_taken_for_these(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    main([*SMALL, "--seeds", "1", "--ledger", str(path)])

    assert list(Ledger(path).seeds("--nodes 2 --minutes 0.02")) == [1]
    assert Ledger(path).seeds("") == {}


def test_a_failing_seed_is_told_with_its_line_and_recorded(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "ledger.jsonl"
    a_sweep(path, []).run([3], LocalProcesses(1, an_outcome))

    code = main(["sweep", "talk", "--seeds", "3", "--ledger", str(path), "--resume"])

    output = capsys.readouterr().out
    assert code == UNSAFE
    assert "it broke\n  python -m simulations run talk --seed 3\n" in output
    assert "S2: 3 (1)" in output
    assert f"python -m simulations shrink {tmp_path}/talk-3.json" in output


@pytest.mark.parametrize(
    ("seeds", "complaint"),
    [
        ("1..", "is no range of seeds"),
        ("9..1", "the first must not be above the last"),
        ("one", "say --seeds 1..100"),
        ("1..2,", "is no range of seeds"),
        ("1,9..1,3", "the first must not be above the last"),
        ("1..9999999", "1000000 at most"),
    ],
)
def test_a_bad_range_says_how_to_say_it(
    seeds: str, complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["sweep", "talk", "--seeds", seeds]) == USAGE
    assert complaint in capsys.readouterr().err


@pytest.mark.parametrize(
    "line", ["{", "[]", "{}", '{"seeds": "x"}', '{"seeds": "1..2", "commit": 5}']
)
def test_a_spoilt_ledger_is_not_written_to(
    line: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "ledger.jsonl"
    path.write_text(line + "\n")

    with pytest.raises(Unreadable, match="line 1"):
        Ledger(path)
    assert main(["sweep", "talk", "--seeds", "1", "--ledger", str(path)]) == USAGE
    assert "Mend or remove that line" in capsys.readouterr().err
    assert path.read_text() == line + "\n"


def test_a_ledger_that_cannot_be_written_is_wrong_usage(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")

    code = main([*SMALL, "--seeds", "1", "--ledger", str(tmp_path / "file" / "x.jsonl")])

    assert code == USAGE
    assert "cannot write it" in capsys.readouterr().err


def test_lines_stay_short_however_many_seeds_they_hold(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"

    seeds = [seed for seed in range(1, 300) if seed % 10 == 1]
    a_sweep(path, []).run(seeds, LocalProcesses(2, an_outcome))

    (line,) = path.read_text().splitlines()
    assert json.loads(line)["seeds"].startswith("1,11,21")
    assert len(line) < 500


def test_ranges_are_written_as_people_write_them() -> None:
    seeds = (1, 2, 3, 7, 9, 10)

    assert ranges(seeds) == "1..3,7,9..10"
    assert seeds_in(ranges(seeds)) == seeds
