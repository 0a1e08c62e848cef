"""How late a node's loop is: a task that asks every 10 ms to be woken, and notes by how much.

Run as `python -m tests.benchmarks.lagging FILE …` it is the command `overlay …`, which writes
FILE at its end: the monotonic time and the lateness of each waking, in milliseconds, and how
many tasks there were.
"""

import json
import sys
from functools import partial
from pathlib import Path
from time import monotonic

import trio

_EVERY_SECONDS = 0.01


class _Lateness(trio.abc.Instrument):
    """Watches the one loop of this process."""

    def __init__(self) -> None:
        self._has_begun = False
        self._tasks = 0
        self.seen: list[tuple[float, float, int]] = []

    def task_spawned(self, _: trio.lowlevel.Task) -> None:
        self._tasks += 1

    def task_exited(self, _: trio.lowlevel.Task) -> None:
        self._tasks -= 1

    def before_task_step(self, task: trio.lowlevel.Task) -> None:
        """Tasks can be added once any but the very first runs."""
        if not self._has_begun and task.parent_nursery is not None:
            self._has_begun = True
            trio.lowlevel.spawn_system_task(self._watch)

    async def _watch(self) -> None:
        while True:
            due = trio.current_time() + _EVERY_SECONDS
            await trio.sleep_until(due)
            late_ms = (trio.current_time() - due) * 1_000
            self.seen.append((monotonic() * 1_000, late_ms, self._tasks))


def read_lags_ms(file: Path, since: float, until: float) -> list[float]:
    """The latenesses between two moments, which are seconds of `monotonic`."""
    seen = json.loads(file.read_text(encoding="utf-8"))
    return [late_ms for at_ms, late_ms, _ in seen if since <= at_ms / 1_000 <= until]


def read_tasks(file: Path, since: float, until: float) -> int:
    """How many tasks there were at least between two such moments."""
    seen = json.loads(file.read_text(encoding="utf-8"))
    return min(int(tasks) for at_ms, _, tasks in seen if since <= at_ms / 1_000 <= until)


if __name__ == "__main__":
    from overlay.cli import main

    _file, sys.argv[1:] = Path(sys.argv[1]), sys.argv[2:]
    _lateness = _Lateness()
    setattr(trio, "run", partial(trio.run, instruments=[_lateness]))  # noqa: B010 - no type fits
    try:
        main()
    finally:
        _file.write_text(json.dumps(_lateness.seen), encoding="utf-8")
