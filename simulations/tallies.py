"""Counts what a world does while a scenario wants to know: facts, and what goes over links."""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import ClassVar

from overlay.core.facts import NodeAlive
from overlay.peering.events import LinkId
from overlay.wire.codec import decode_frame
from simulations.checkers.base import Checker, Fact
from simulations.machines import Host, NodeHost
from simulations.scenario import Run


class FactTally:
    """How often hosts, honest or not, have stated what `matters` says yes to."""

    def __init__(self, run: Run, matters: Callable[[Fact], bool]) -> None:
        self.count = 0
        self._matters = matters
        run.world.listeners.append(self._note)

    def _note(self, _host: Host, fact: Fact, _now_ms: int) -> None:
        self.count += self._matters(fact)


class Sightings:
    """When hosts came to see nodes alive that begin while this looks on."""

    def __init__(self, run: Run) -> None:
        self._began_ms: dict[str, int] = {}
        self._took_ms: dict[tuple[str, str], int] = {}
        run.world.listeners.append(self._note)

    def began(self, host: NodeHost, now_ms: int) -> None:
        """A node begins now."""
        self._began_ms[host.key.id] = now_ms

    def times_ms(self, of: Iterable[Host]) -> list[int]:
        """How long each of these hosts took to see each of those nodes, in ascending order."""
        names = {host.name for host in of}
        return sorted(ms for (name, _), ms in self._took_ms.items() if name in names)

    def _note(self, host: Host, fact: Fact, now_ms: int) -> None:
        if isinstance(fact, NodeAlive) and fact.is_alive and fact.node in self._began_ms:
            took_ms = now_ms - self._began_ms[fact.node]
            self._took_ms.setdefault((host.name, fact.node), took_ms)


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
