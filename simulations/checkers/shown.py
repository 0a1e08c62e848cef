"""S2: no message is shown twice on a client whose store survived.

A client whose disk lost something may show again what it showed before that.
An origin whose disk did may seal a text anew, so that it is another message.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from overlay.client.facts import ChannelMessageArrived, MessageArrived
from simulations.checkers.base import Checker, Fact
from simulations.machines import ClientHost, Host

TAKEN_MS = 5_000
"""A person takes what they are shown at once. A process that ran for this long before it crashed
has made that durable, though its disk may have been full for a moment."""

Place = tuple[str, str, int, int]
"""What names a message on a client: origin, chain and index, or incarnation and counter."""


@dataclass(slots=True)
class _Showing:
    starts: int
    losses: int
    ran_ms: int
    """When, on a clock that stands while the process is paused."""


class ShownChecker(Checker):
    """A client may tell again what nobody can have taken before it died, and nothing else."""

    id = "S2"
    facts = (MessageArrived, ChannelMessageArrived)
    branches = ("shown again after a crash", "shown again after a loss")

    def __init__(self, hosts: Sequence[Host]) -> None:
        super().__init__()
        self._origins: dict[str, ClientHost] = {
            host.identity.client: host for host in hosts if isinstance(host, ClientHost)
        }
        self._shown: dict[tuple[str, Place], _Showing] = {}
        self._places: dict[tuple[str, str], Place] = {}
        self._ends_ms: dict[str, int] = {}

    def on_end(self, host: Host, now_ms: int) -> None:
        self._ends_ms[host.name] = host.ran_ms(now_ms)

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
        is_elsewhere = self._places.setdefault((host.name, fact.text), place) != place
        if is_elsewhere and not self._has_lost(fact.origin):
            self.broken(now_ms, f"{host.name} was shown one text in two places: {fact!r}")
        elif before is not None and not self._may_be_told_again(host, fact, before):
            self.broken(now_ms, f"{host.name} was shown this twice: {fact!r}")
        showing = _Showing(host.starts, host.disk.losses, host.ran_ms(now_ms))
        self._shown[host.name, place] = showing

    def _may_be_told_again(self, host: Host, fact: Fact, before: _Showing) -> bool:
        if before.starts == host.starts:
            return False
        if before.losses != host.disk.losses:
            self.sometimes("shown again after a loss")
            return True
        self.sometimes("shown again after a crash")
        is_sealed = not isinstance(fact, ChannelMessageArrived)
        return is_sealed and before.ran_ms > self._ends_ms[host.name] - TAKEN_MS

    def _has_lost(self, origin: str) -> bool:
        host = self._origins.get(origin)
        return host is not None and (host.disk.losses > 0 or not host.is_honest)
