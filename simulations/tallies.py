"""Counts what a world does while a scenario wants to know: facts, and what goes over links."""

from collections import Counter
from collections.abc import Callable
from typing import ClassVar

from overlay.peering.events import LinkId
from overlay.wire.codec import decode_frame
from simulations.checkers.base import Checker, Fact
from simulations.machines import Host
from simulations.scenario import Run


class FactTally:
    """How often hosts, honest or not, have stated what `matters` says yes to."""

    def __init__(self, run: Run, matters: Callable[[Host, Fact], bool]) -> None:
        self.count = 0
        self._matters = matters
        run.world.listeners.append(self._note)

    def _note(self, host: Host, fact: Fact, _now_ms: int) -> None:
        self.count += self._matters(host, fact)


class Traffic(Checker):
    """What is sent between nodes: frames, bytes, and messages by type."""

    id: ClassVar[str] = "traffic"

    def __init__(self, run: Run) -> None:
        super().__init__()
        self._nodes = {host.name for host in run.nodes}
        self.frames = 0
        self.size_bytes = 0
        self.messages: Counter[str] = Counter()
        run.world.watch(self)

    def on_frame(self, host: Host, link: LinkId, data: bytes, now_ms: int) -> None:
        if host.name in self._nodes:
            self.frames += 1
            self.size_bytes += len(data)
            self.messages.update(type(message).__name__ for message in decode_frame(data))
