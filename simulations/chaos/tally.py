"""What is counted of one run: how long people waited, and what befell whom."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class Gaps:
    """The longest time between two of a row of moments, and from the first to the last."""

    most_ms: int = 0
    _last_ms: int | None = field(default=None, repr=False)
    _is_over: bool = field(default=False, repr=False)

    def note(self, now_ms: int) -> None:
        """One more of them."""
        if self._last_ms is not None and not self._is_over:
            self.most_ms = max(self.most_ms, now_ms - self._last_ms)
        self._last_ms = now_ms

    def end(self) -> None:
        """Nothing that comes from now on counts."""
        self._is_over = True


class Tally:
    """Counts while a run lasts."""

    def __init__(self) -> None:
        self.befallen: Counter[str] = Counter()
        """How often each kind of fault was performed."""
        self.deliveries = Gaps()
        """Between two messages that were shown somewhere, while people talk."""
        self.without_home_ms = 0
        """The longest that a client knew to have no home, though its person did not leave."""
        self.attach_times_ms: list[int] = []
        """From the beginning of a client until a home served it."""
        self._lost_ms: dict[str, int] = {}
        self._began_ms: dict[str, int] = {}

    def on_begin(self, name: str, now_ms: int) -> None:
        """Somebody's client begins."""
        self._began_ms[name] = now_ms

    def on_end(self, name: str) -> None:
        """Somebody leaves."""
        self._began_ms.pop(name, None)
        self._lost_ms.pop(name, None)

    def on_detached(self, name: str, now_ms: int) -> None:
        """Somebody's client has no home any more."""
        self._lost_ms.setdefault(name, now_ms)

    def on_attached(self, name: str, now_ms: int) -> None:
        """Somebody's client is served."""
        if name in self._began_ms:
            self.attach_times_ms.append(now_ms - self._began_ms.pop(name))
        if name in self._lost_ms:
            without_ms = now_ms - self._lost_ms.pop(name)
            self.without_home_ms = max(self.without_home_ms, without_ms)
