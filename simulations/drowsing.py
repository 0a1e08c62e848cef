"""A node whose process has too much to do: deadlines are on time at best, reading comes late."""

from collections.abc import Sequence
from random import Random

from overlay import limits
from overlay.core.requests import NodeStatus
from overlay.peering.events import Wake
from simulations.machines import Effect, Event, NodeHost, NodeMachine

NAP_MS = (2_000, 5_000)
"""How long such a process is not run."""

LAST_SAID_MS = int(limits.HEARTBEAT_NODE_MS * (1 + limits.HEARTBEAT_JITTER))
"""How old its last heartbeat may be when the first of its naps begins; it has just been run before
any other. That one ends so much sooner: whoever is silent for 5.5 s is rightly taken for dead."""

RUN_MS = (1, 8)
"""And how long it is, in between."""

READING_MS = 5
"""From being run to reading what came meanwhile: deadlines come first, sockets after them."""


def overload(host: NodeHost, random: Random, now_ms: int) -> None:
    """Have the process of a node be drowsy from now on; checkers look at it no longer."""
    assert host.process is not None
    assert host.node is not None
    host.is_honest = False
    host.process.machine = Drowsy(host.node, random, now_ms)


class Drowsy:
    """Wraps a node: it is run for a while, and then for a while not; both are drawn."""

    def __init__(self, node: NodeMachine, random: Random, now_ms: int) -> None:
        self.node = node
        self._random = random
        self._waiting: list[Event] = []
        shortest_ms, longest_ms = NAP_MS
        self._runs_from_ms = now_ms + random.randint(shortest_ms, longest_ms - LAST_SAID_MS)
        self._runs_until_ms = self._runs_from_ms + random.randint(*RUN_MS)

    def snapshot(self) -> NodeStatus:
        return self.node.snapshot()

    def next_deadline_ms(self) -> int | None:
        deadline_ms = self.node.next_deadline_ms()
        due_ms = [] if deadline_ms is None else [max(deadline_ms, self._runs_from_ms)]
        if self._waiting:
            due_ms.append(self._runs_from_ms + READING_MS)
        return min(due_ms, default=None)

    def handle(self, event: Event, now_ms: int) -> Sequence[Effect]:
        """What comes waits until it is read; only a deadline is there at once."""
        self._doze(now_ms)
        if not isinstance(event, Wake):
            self._waiting.append(event)
        if now_ms < self._runs_from_ms:
            return []
        effects = self._wake(now_ms)
        if now_ms >= self._runs_from_ms + READING_MS:
            waiting, self._waiting = self._waiting, []
            effects += [effect for each in waiting for effect in self.node.handle(each, now_ms)]
            effects += self._wake(now_ms)
        return effects

    def _wake(self, now_ms: int) -> list[Effect]:
        deadline_ms = self.node.next_deadline_ms()
        is_due = deadline_ms is not None and deadline_ms <= now_ms
        return [*self.node.handle(Wake(), now_ms)] if is_due else []

    def _doze(self, now_ms: int) -> None:
        """Once its time is over it naps, from when it ended."""
        while now_ms > self._runs_until_ms:
            self._runs_from_ms = self._runs_until_ms + self._random.randint(*NAP_MS)
            self._runs_until_ms = self._runs_from_ms + self._random.randint(*RUN_MS)
