"""Holds what was measured against a row's bar."""

from dataclasses import dataclass
from typing import Literal

from simulations.numbers.rows import Row

Verdict = Literal["holds", "falls short", "not measured"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A row, what was measured, and when, if that was not now."""

    row: Row
    value: float | None
    broken: tuple[str, ...] = ()
    """Of the runs: what else did not hold in them, so that their numbers mean little."""
    commit: str = ""
    """Where the value was measured, if it was not measured now."""
    detail: str = ""

    @property
    def verdict(self) -> Verdict:
        if self.value is None:
            return "not measured"
        if self.broken:
            return "falls short"
        return "holds" if self.short_by <= 0 else "falls short"

    @property
    def short_by(self) -> float:
        """By how much the bar is missed; 0 or less where it is not."""
        value = self.value or 0.0
        is_most = self.row.direction == "at most"
        return value - self.row.bar if is_most else self.row.bar - value

    @property
    def verdict_in_words(self) -> str:
        """The verdict, and by how much it falls short, in its unit and in percent."""
        if self.verdict != "falls short":
            return self.verdict
        if self.short_by <= 0:
            return f"falls short: {self.broken[0]}"
        share = f", {self.short_by * 100 / self.row.bar:.0f} %" if self.row.bar else ""
        return f"falls short by {in_words(self.short_by, self.row.unit)}{share}"


def in_words(value: float, unit: str) -> str:
    """As few digits as tell it."""
    digits = f"{value:,.0f}" if value == round(value) or abs(value) >= 1_000 else f"{value:.4g}"
    return f"{digits} {unit}".strip()
