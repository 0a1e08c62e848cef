"""One measured value beside its ceiling and its bar; the table and the file of all of them."""

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass

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

    def as_json(self) -> dict[str, object]:
        return {
            "name": self.name,
            "value": self.value,
            "unit": self.unit,
            "ceiling": self.ceiling,
            "ratio": self.ratio,
            "bar": self.bar,
            "holds": self.holds,
        }


def as_text(results: Sequence[Result]) -> str:
    """A JSON list of name, value, unit, ceiling, ratio, bar, holds."""
    return json.dumps([result.as_json() for result in results], indent=2) + "\n"


def show(results: Sequence[Result]) -> None:
    """Print the table."""
    table = Table("what", "value", "unit", "ceiling", "ratio", "bar", "holds")
    for result in results:
        bar = _number(result.bar)
        table.add_row(
            result.name,
            _number(result.value),
            result.unit,
            _number(result.ceiling),
            f"{result.ratio:.2g}" if result.ratio is not None else "",
            f"{'≤' if result.is_smaller_better else '≥'} {bar}" if bar else "",
            {None: "", True: "yes", False: "no"}[result.holds],
        )
    Console(file=sys.stdout, width=None if sys.stdout.isatty() else 120).print(table)


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
