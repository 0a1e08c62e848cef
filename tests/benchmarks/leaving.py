"""What is left in a node once everybody has gone: files that stay open, tasks that run on."""

from pathlib import Path
from time import monotonic, sleep

from tests.benchmarks.lagging import read_tasks
from tests.benchmarks.processes import Process
from tests.benchmarks.results import Result

_LOOK_S = 0.05
_SETTLE_S = 1.0
_LEAVE_S = 20.0


class Leavings:
    """Counts before somebody comes, and once they have gone.

    Tasks are the fewest of a second: those of a link come and go with what is
    written on it. The node notes them in `lags` (`lagging.py`), at its end.
    """

    def __init__(self, node: Process, lags: Path) -> None:
        """Counts at once, of a node that has had a second of rest."""
        self._node = node
        self._lags = lags
        self._files_left = 0
        self._begin = monotonic()
        sleep(_SETTLE_S)
        self._files = node.open_files() or 0
        self._after = self._begin

    def count(self) -> None:
        """Once they have gone: count again, when the files go down no more."""
        give_up = monotonic() + _LEAVE_S
        while (self._node.open_files() or 0) > self._files and monotonic() < give_up:
            sleep(_LOOK_S)
        sleep(_SETTLE_S)
        self._files_left = (self._node.open_files() or 0) - self._files
        self._after = monotonic()
        sleep(_SETTLE_S)

    def results(self, name: str) -> list[Result]:
        """Once the node has ended."""
        left_tasks = self._tasks(self._after) - self._tasks(self._begin)
        return [_none(f"{name}: files left open", self._files_left),
                _none(f"{name}: tasks left running", left_tasks)]  # fmt: skip

    def _tasks(self, since: float) -> int:
        return read_tasks(self._lags, since, since + _SETTLE_S)


def _none(name: str, value: float) -> Result:
    return Result(name=name, value=value, unit="", bar=0, is_smaller_better=True)
