"""What came of runs of chaos, in a file that only grows, and the table of them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from simulations.chaos.outcome import Options, Outcome
from simulations.encoding import Unreadable, read, written
from simulations.pages import block
from simulations.report import HOLDS

WHAT = "chaos"
"""As the table's place on a page is called."""


@dataclass(frozen=True, slots=True)
class Line:
    """A run, and the commit that was played."""

    commit: str
    outcome: Outcome


class ChaosLedger:
    """What was played, line by line. Of one run the last line counts."""

    def __init__(self, path: Path) -> None:
        """Raises Unreadable, which says which line is spoilt, or that it cannot be read."""
        self.path = path
        self.outcomes: dict[Options, Outcome] = {}
        try:
            lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        except OSError as error:
            raise Unreadable(f"cannot read it: {error.strerror}") from error
        for number, text in enumerate(lines, 1):
            try:
                line = read(Line, json.loads(text), f"line {number}")
            except ValueError as error:
                raise Unreadable(f"line {number} is no JSON: {error}") from error
            self.outcomes[line.outcome.options] = line.outcome

    def add(self, line: Line) -> None:
        """Write a line to the end of the file. Raises OSError."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(written(line)) + "\n")
        self.outcomes[line.outcome.options] = line.outcome


_TITLES = (
    "seed",
    "sent",
    "accepted",
    "delivered",
    "shown twice",
    "lost",
    "kills",
    "stops",
    "pauses",
    "cuts",
    "worst gap between deliveries",
    "longest without a home",
    "holds",
)


def table(outcomes: Sequence[Outcome]) -> str:
    """Runs as Markdown, and their sum."""
    rows = [_row(str(each.options.seed), [each]) for each in outcomes]
    if len(outcomes) > 1:
        rows.append(_row("all", outcomes))
    return block(_TITLES, rows)


def _row(name: str, outcomes: Sequence[Outcome]) -> list[str]:
    def total(number: str) -> str:
        return f"{sum(each.numbers[number] for each in outcomes):,}"

    def most(number: str) -> str:
        return f"{max(each.numbers[number] for each in outcomes):,} ms"

    counted = ("sent", "accepted", "delivered", "shown_twice", "lost", "kills", "stops", "pauses")
    return [
        name,
        *(total(number) for number in (*counted, "cuts")),
        most("delivery_gap_ms"),
        most("without_home_ms"),
        "yes" if all(each.exit_code == HOLDS for each in outcomes) else "NO",
    ]
