"""One measured value beside its ceiling and its bar; the table and the file of all of them."""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """`ratio` is value to ceiling; `holds` is None for what has no bar, as ceilings have none.

    `bar` is a bound on the value, from below, or from above where
    `is_smaller_better`.
    """

    name: str
    value: float
    unit: str
    ceiling: float | None = None
    bar: float | None = None
    is_smaller_better: bool = False

    @property
    def ratio(self) -> float | None:
        return self.value / self.ceiling if self.ceiling else None

    @property
    def holds(self) -> bool | None:
        if self.bar is None:
            return None
        return self.value <= self.bar if self.is_smaller_better else self.value >= self.bar


def write(results: Sequence[Result], path: Path) -> None:
    """Write `benchmark.json`: a list of name, value, unit, ceiling, ratio, bar, holds."""
    rows = [asdict(result) | {"ratio": result.ratio, "holds": result.holds} for result in results]
    path.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")


def show(results: Sequence[Result]) -> None:
    """Print the table."""
    table = Table("what", "value", "unit", "ceiling", "ratio", "bar", "holds")
    for result in results:
        table.add_row(
            result.name,
            _number(result.value),
            result.unit,
            _number(result.ceiling),
            f"{result.ratio:.2f}" if result.ratio is not None else "",
            _number(result.bar),
            {None: "", True: "yes", False: "no"}[result.holds],
        )
    Console(file=sys.stdout, width=None if sys.stdout.isatty() else 110).print(table)


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
