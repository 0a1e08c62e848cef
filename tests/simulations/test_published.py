"""The table beside what others have published."""

from pathlib import Path

import pytest

from simulations.__main__ import main
from simulations.numbers.judging import Judged
from simulations.numbers.published import PUBLISHED, as_markdown, rows
from simulations.numbers.registry import ROWS
from simulations.report import HOLDS

PAGE = "<!-- published: begin -->\nold\n<!-- published: end -->\n"


def test_every_published_result_has_a_row_that_measures_the_same() -> None:
    assert [row for row in rows() if row not in ROWS] == []
    assert len({result.row for result in PUBLISHED}) == len(PUBLISHED)


@pytest.mark.parametrize(
    ("row", "value", "verdict", "ours"),
    [
        ("broadcast-25-tree-median", 386, "as good or better", "386 ms"),
        ("broadcast-25-tree-median", 387, "worse", "387 ms"),
        ("mass-crash-95-10000", 910, "as good or better", "910 ‰"),
        ("mass-crash-95-10000", 909, "worse", "909 ‰"),
        ("mass-crash-95-10000", None, "not measured", "-"),
    ],
)
def test_a_line_says_whether_ours_is_as_good(
    row: str, value: float | None, verdict: str, ours: str
) -> None:
    lines = as_markdown([Judged(row=ROWS[row], value=value)]).splitlines()

    source, figure, told, word, command = lines[2].removeprefix("| ").split(" | ")
    assert (told, word) == (ours, verdict)
    assert source
    assert figure
    assert command == f"`{ROWS[row].source.commands[0]}` |"


@pytest.mark.parametrize(
    ("value", "ours", "command", "counted"),
    [
        (
            None,
            "1,000 ‰ of 1,000 nodes",
            "large --nodes 1000 --only mass_crash_50",
            "1 as good or better of 1,000 nodes.",
        ),
        (1_000, "1,000 ‰", "large --nodes 10000 --only mass_crash_50", "1 as good or better."),
    ],
)
def test_a_smaller_overlay_stands_in_where_the_large_one_was_not_measured(
    value: float | None, ours: str, command: str, counted: str
) -> None:
    measured = {"mass-crash-50-10000": value, "mass-crash-50-1000": 1_000}

    lines = as_markdown([Judged(row=ROWS[row], value=got) for row, got in measured.items()])

    (line,) = lines.splitlines()[2:3]
    assert f"| {ours} |" in line
    assert command in line
    assert lines.splitlines()[-1] == counted


def test_a_line_that_is_worse_says_why_and_the_sum_counts_it() -> None:
    measured = [("L3-first-silent", 5_100), ("broadcast-25-tree-most", 300), ("join", None)]

    lines = as_markdown(
        [Judged(row=ROWS[row], value=value) for row, value in measured]
    ).splitlines()

    (worse,) = [line for line in lines if "worse: " in line]
    assert "5,100 ms" in worse
    assert "silence is believed after 5.5 s" in worse
    assert lines[-1] == "1 as good or better, 1 worse, 1 not measured."


def test_one_command_writes_the_table_into_a_page(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(PAGE)

    chosen = ("--published", "--only", "mass-crash-95-10000", "--ledgers", str(tmp_path))

    code = main(["numbers", *chosen, "--write", str(page)])

    assert code == HOLDS
    assert "| HyParView, DSN 2007, figure 2 |" in page.read_text()
    assert "\n1 not measured." in page.read_text()
