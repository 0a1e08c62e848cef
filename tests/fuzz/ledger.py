"""How long each target has run, at which commit, in a file that only grows."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from simulations.encoding import read, written
from simulations.pages import block

LEDGER: Final = Path(__file__).parent / "ledger.jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One run of one target."""

    commit: str
    target: str
    seconds: int
    executions: int
    coverage: int
    features: int
    inputs: int
    """That the corpus had in the end, before it was minimised."""
    finding: str | None = None
    """The SHA-1 of the input for which something did not hold, which ended the run."""


def entries(path: Path = LEDGER) -> list[Entry]:
    """All of them. Raises `Unreadable` or ValueError for a line that is spoilt."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return [read(Entry, json.loads(line), f"line {at}") for at, line in enumerate(lines, 1)]


def add(entry: Entry, path: Path = LEDGER) -> None:
    """Write it to the end."""
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(written(entry)) + "\n")


_TITLES = (
    "target",
    "runs",
    "hours",
    "inputs tried",
    "a second",
    "branches",
    "features",
    "findings",
)


def table(all_entries: Iterable[Entry]) -> str:
    """What the runs of each target come to, as Markdown; branches and features of the last one."""
    by_target: dict[str, list[Entry]] = {}
    for entry in all_entries:
        by_target.setdefault(entry.target, []).append(entry)
    return block(_TITLES, [_row(target, runs) for target, runs in by_target.items()])


def _row(target: str, runs: list[Entry]) -> list[str]:
    seconds = sum(run.seconds for run in runs)
    executions = sum(run.executions for run in runs)
    ended = [run for run in runs if run.finding is None] or runs
    return [
        target,
        str(len(runs)),
        f"{seconds / 3_600:.2f}",
        f"{executions:,}",
        f"{executions // max(seconds, 1):,}",
        f"{ended[-1].coverage:,}",
        f"{ended[-1].features:,}",
        str(sum(run.finding is not None for run in runs)),
    ]
