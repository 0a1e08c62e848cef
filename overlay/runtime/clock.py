"""The clocks: trio's, in whole milliseconds; and for certificates the wall's."""

from datetime import UTC, datetime

import trio

_AIR_SECONDS = 1e-6
"""Above the rounding of trio's clock, below what anyone can notice."""


def now_ms() -> int:
    """Monotonic milliseconds since no particular moment."""
    return int(trio.current_time() * 1000)


def deadline_at(time_ms: int | None) -> float:
    """The moment in trio's seconds at which `now_ms()` is at least `time_ms`; None is never."""
    # Without air, rounding could wake us a hair early, again and again.
    return float("inf") if time_ms is None else time_ms / 1000 + _AIR_SECONDS


def wall_time() -> datetime:
    """What this machine's clock says, in UTC: for certificates alone, which others judge by it."""
    return datetime.now(UTC)


def wall_ms() -> int:
    """The same as milliseconds since 1970: for what must end while nobody runs."""
    return int(wall_time().timestamp() * 1_000)
