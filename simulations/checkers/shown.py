"""S2: no message is shown twice on a client whose disk survives, as every disk here does."""

from dataclasses import dataclass

from overlay.client.facts import ChannelMessageArrived, MessageArrived
from simulations.checkers.base import Checker, Fact
from simulations.machines import Host

TAKEN_MS = 5_000
"""A person takes what they are shown at once. This long before a crash, that was durable."""

Place = tuple[str, str, int, int]
"""What names a message on a client: origin, chain and index, or incarnation and counter."""


@dataclass(slots=True)
class _Showing:
    starts: int
    at_ms: int


class ShownChecker(Checker):
    """A client may tell again what nobody can have taken before it died, and nothing else."""

    id = "S2"

    def __init__(self) -> None:
        super().__init__()
        self._shown: dict[tuple[str, Place], _Showing] = {}
        self._places: dict[tuple[str, str], Place] = {}
        self._ends_ms: dict[str, int] = {}

    def on_end(self, host: Host, now_ms: int) -> None:
        self._ends_ms[host.name] = now_ms

    def on_fact(self, host: Host, fact: Fact, now_ms: int) -> None:
        place: Place
        match fact:
            case MessageArrived():
                place = (fact.origin, fact.chain, 0, fact.index)
            case ChannelMessageArrived():
                place = (fact.origin, "", fact.incarnation, fact.counter)
            case _:
                return
        before = self._shown.get((host.name, place))
        if self._places.setdefault((host.name, fact.text), place) != place:
            self.broken(now_ms, f"{host.name} was shown one text in two places: {fact!r}")
        elif before is not None and not self._may_be_told_again(host, fact, before):
            self.broken(now_ms, f"{host.name} was shown this twice: {fact!r}")
        self._shown[host.name, place] = _Showing(host.starts, now_ms)

    def _may_be_told_again(self, host: Host, fact: Fact, before: _Showing) -> bool:
        if isinstance(fact, ChannelMessageArrived) or before.starts == host.starts:
            return False
        return before.at_ms > self._ends_ms[host.name] - TAKEN_MS
