"""`chaos` on the command line: what it refuses, its ledger, and its table on a page."""

import subprocess
import sys
from pathlib import Path

import pytest

from simulations.__main__ import main
from simulations.chaos.ledger import ChaosLedger, Line, table
from simulations.chaos.outcome import NAMES, Options, Outcome
from simulations.encoding import Unreadable
from simulations.report import HOLDS, UNMET, UNSAFE, USAGE

COUNTED = (
    "sent",
    "accepted",
    "delivered",
    "shown_twice",
    "lost",
    "kills",
    "stops",
    "pauses",
    "cuts",
    "delivery_gap_ms",
    "without_home_ms",
)
PAGE = "before\n<!-- chaos: begin -->\nyesterday\n<!-- chaos: end -->\nafter\n"


def an_outcome(seed: int, value: int, violations: tuple[str, ...] = ()) -> Outcome:
    return Outcome(
        options=Options(seed=seed),
        numbers=dict.fromkeys(COUNTED, value),
        befallen=dict.fromkeys(NAMES, 0),
        violations=violations,
    )


def a_ledger(path: Path, *outcomes: Outcome) -> Path:
    book = ChaosLedger(path)
    for outcome in outcomes:
        book.add(Line("abc", outcome))
    return path


def test_a_table_has_a_row_for_each_seed_and_one_for_all() -> None:
    outcomes = [an_outcome(1, 1_000), an_outcome(2, 30, ("S2 at 5 ms: shown twice",))]

    rows = [line.strip("| ").split(" | ") for line in table(outcomes).splitlines()[2:]]

    assert rows == [
        ["1", *["1,000"] * 9, "1,000 ms", "1,000 ms", "yes"],
        ["2", *["30"] * 9, "30 ms", "30 ms", "NO"],
        ["all", *["1,030"] * 9, "1,000 ms", "1,000 ms", "NO"],
    ]


def test_a_ledger_reads_back_what_was_written_and_the_last_line_of_a_run_counts(
    tmp_path: Path,
) -> None:
    path = a_ledger(tmp_path / "new" / "ledger", an_outcome(1, 7), an_outcome(2, 8))
    a_ledger(path, an_outcome(1, 9))

    assert ChaosLedger(path).outcomes == {
        Options(seed=1): an_outcome(1, 9),
        Options(seed=2): an_outcome(2, 8),
    }


@pytest.mark.parametrize("line", ["no JSON", '{"kind": "Line"}'])
def test_a_spoilt_line_of_a_ledger_is_named(tmp_path: Path, line: str) -> None:
    path = a_ledger(tmp_path / "ledger", an_outcome(1, 7))
    path.write_text(path.read_text() + line + "\n")

    with pytest.raises(Unreadable, match="line 2"):
        ChaosLedger(path)


@pytest.mark.parametrize(
    ("violations", "code"), [((), HOLDS), (("S2 at 5 ms: shown twice",), UNSAFE)]
)
def test_what_the_ledger_has_is_not_played_again_but_judged_and_written(
    tmp_path: Path, violations: tuple[str, ...], code: int
) -> None:
    ledger = a_ledger(tmp_path / "ledger", an_outcome(1, 7), an_outcome(2, 8, violations))
    page = tmp_path / "page.md"
    page.write_text(PAGE)

    ended = main(["chaos", "--seeds", "1..2", "--ledger", str(ledger), "--write", str(page)])

    text = page.read_text()
    assert ended == code
    assert table([an_outcome(1, 7), an_outcome(2, 8, violations)]) in text
    assert "yesterday" not in text


def test_a_bound_that_was_not_met_has_an_exit_code_of_its_own(tmp_path: Path) -> None:
    unmet = Outcome(
        options=Options(),
        numbers=dict.fromkeys(COUNTED, 1),
        befallen={},
        unmet=("liveness at 5 ms: lost",),
    )
    ledger = a_ledger(tmp_path / "ledger", unmet)

    assert main(["chaos", "--seeds", "1..1", "--ledger", str(ledger)]) == UNMET


@pytest.mark.parametrize(
    "wrong",
    [
        ["--nodes", "1"],
        ["--people", "1"],
        ["--minutes", "0"],
        ["--shape", "spokes"],
        ["--seeds", "3..1"],
        ["--write", "page.md"],
        ["--again"],
    ],
)
def test_wrong_usage_is_told_before_anything_is_started(wrong: list[str]) -> None:
    assert main(["chaos", *wrong]) == USAGE


def test_a_page_without_a_place_for_the_table_is_told(tmp_path: Path) -> None:
    ledger = a_ledger(tmp_path / "ledger", an_outcome(1, 7))
    page = tmp_path / "page.md"
    page.write_text("no place\n")

    arguments = ["chaos", "--seeds", "1..1", "--ledger", str(ledger), "--write", str(page)]

    assert main(arguments) == USAGE
    assert page.read_text() == "no place\n"


@pytest.mark.parametrize("option", [["--logs"], ["--seeds", "1..1", "--write"]])
def test_where_nothing_can_be_written_is_told_before_anything_is_started(
    option: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    there = tmp_path / "there"
    there.write_text("a file, and no place for a table\n")
    ledger = tmp_path / "ledger"

    assert main(["chaos", *option, str(there), "--ledger", str(ledger)]) == USAGE

    assert str(there) in capsys.readouterr().err
    assert not ledger.exists()


def test_the_other_commands_load_nothing_of_the_real_processes() -> None:
    asked = (
        "import sys, simulations.__main__\n"
        "print([name for name in ('trio', 'simulations.chaos') if name in sys.modules])"
    )

    said = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)

    assert said.stdout.strip() == "[]"


def test_a_ledger_or_a_page_that_cannot_be_read_or_written_is_told(tmp_path: Path) -> None:
    spoilt = tmp_path / "spoilt"
    spoilt.write_text("no JSON\n")
    ledger = a_ledger(tmp_path / "ledger", an_outcome(1, 7))
    nowhere = tmp_path / "nowhere" / "page.md"

    assert main(["chaos", "--seeds", "1..1", "--ledger", str(spoilt)]) == USAGE
    arguments = ["chaos", "--seeds", "1..1", "--ledger", str(ledger), "--write", str(nowhere)]
    assert main(arguments) == USAGE
