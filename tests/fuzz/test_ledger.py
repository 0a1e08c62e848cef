"""What the ledger keeps of runs, and the table that it comes to."""

from dataclasses import replace
from pathlib import Path

from tests.fuzz.ledger import Entry, add, entries, table

RUN = Entry(
    commit="0123456789ab",
    target="http",
    seconds=1_800,
    executions=900_000,
    coverage=960,
    features=2_200,
    inputs=127,
)


def test_runs_are_read_as_they_were_written(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    runs = [RUN, replace(RUN, finding="ab" * 20)]

    for run in runs:
        add(run, path)

    assert entries(path) == runs
    assert entries(tmp_path / "none") == []


def test_the_table_sums_the_runs_of_each_target() -> None:
    found = replace(RUN, seconds=1_800, executions=100_000, coverage=0, finding="ab" * 20)

    rows = table([RUN, found, replace(RUN, target="node")]).splitlines()[2:]

    assert rows == [
        "| http | 2 | 1.00 | 1,000,000 | 277 | 960 | 2,200 | 1 |",
        "| node | 1 | 0.50 | 900,000 | 500 | 960 | 2,200 | 0 |",
    ]
