"""Where a process spends its time: the stack of its main thread, looked at as CPU time passes.

Run as `python -m tests.benchmarks.sampling FILE …` it is the command `overlay …`, sampled; in a
process of the benchmark's own, `sampled` does the same for a block.
"""

import json
import signal
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

_EVERY_SECONDS = 0.001
"""Of CPU time; the kernel's tick makes it more, 4 ms as a rule."""

_KNOWN = ("overlay", "trio", "trio_websocket", "wsproto", "tests")
"""What any other module does counts for the nearest of these that called it."""


@contextmanager
def sampled(path: Path | None) -> Iterator[None]:
    """Sample what trio runs in this block, and write `path` at its end; no path, no samples."""
    if path is None:
        yield
        return
    sampler = _Sampler()
    signal.signal(signal.SIGPROF, sampler.take)
    signal.setitimer(signal.ITIMER_PROF, _EVERY_SECONDS, _EVERY_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        path.write_text(json.dumps(sampler.as_json()), encoding="utf-8")


class _Sampler:
    """Counts functions by where the time was spent, and by what was under way."""

    def __init__(self) -> None:
        self._count = 0
        self._own: Counter[str] = Counter()
        self._with_callees: Counter[str] = Counter()

    def take(self, _: int, frame: FrameType | None) -> None:
        """One sample. What runs before trio does is the start, and left out."""
        places: list[str] = []
        is_running = False
        while frame is not None:
            module: str = frame.f_globals.get("__name__", "")
            if module.partition(".")[0] in _KNOWN:
                places.append(f"{module}:{frame.f_code.co_qualname}")
            is_running |= module == "trio._core._run"
            frame = frame.f_back
        if is_running and places:
            self._count += 1
            self._own[places[0]] += 1
            self._with_callees.update(set(places))

    def as_json(self) -> dict[str, object]:
        return {"count": self._count, "own": self._own, "with_callees": self._with_callees}


if __name__ == "__main__":
    from overlay.cli import main

    file, sys.argv[1:] = Path(sys.argv[1]), sys.argv[2:]
    with sampled(file):
        main()
