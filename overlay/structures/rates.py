"""How much of something may be had: so much at once, and so much in a time after that."""

import re
from dataclasses import dataclass
from typing import Final

_UNITS_MS: Final = {"s": 1_000, "m": 60_000, "h": 3_600_000}
_WRITTEN: Final = re.compile(r"([0-9]{1,10})(?:/([smh]))?(?::([0-9]{1,10}))?")
_COUNT_MAX: Final = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Rate:
    """`count` in each `per_ms`, and `at_once` of it in one go."""

    count: int
    per_ms: int
    at_once: int

    @property
    def unit_ns(self) -> int:
        """How long it takes until one more may be had."""
        return self.per_ms * 1_000_000 // self.count

    @property
    def window_ns(self) -> int:
        """How long it takes until everything may be had at once again."""
        return self.at_once * self.unit_ns

    def __str__(self) -> str:
        unit = next((unit for unit, ms in _UNITS_MS.items() if ms == self.per_ms), "s")
        return f"{self.count}/{unit}:{self.at_once}"


def read_rate(text: str, at_once: int) -> Rate:
    """`RATE[:BURST]`, RATE being a count and `/s` (if not said), `/m` or `/h`.

    `at_once` is the burst where none is said. Raises ValueError with what is expected.
    """
    written = _WRITTEN.fullmatch(text)
    if written is None:
        raise ValueError("RATE[:BURST], such as 100, 100/s:2000 or 12/m:8")
    count, unit, burst = written.groups()
    rate = Rate(int(count), _UNITS_MS[unit or "s"], int(burst) if burst is not None else at_once)
    if not (0 < rate.count <= _COUNT_MAX and 0 < rate.at_once <= _COUNT_MAX):
        raise ValueError(f"numbers from 1 to {_COUNT_MAX}")
    return rate
