"""Has what is planned befall real processes and what passes their gates, and mends it again."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import assert_never

import trio

from overlay.errors import LinkError
from overlay.nodes.local import LocalNode, LocalOverlay
from simulations.chaos.clock import Clock
from simulations.chaos.court import Court
from simulations.chaos.gates import Gates
from simulations.chaos.hosts import RealNode
from simulations.chaos.people import Person
from simulations.chaos.plan import Fault, Planned, Swallow
from simulations.chaos.weather import Rule, Swallowed
from simulations.decisions import Crash, Cut, CutOneWay, Partition, Pause, Reset, Slow, Stop
from simulations.rules import (
    Delayed,
    Held,
    Verdict,
    at_host,
    from_host,
    one_way,
    partition,
    to_host,
)

_AT_HOST = {"both": at_host, "in": to_host, "out": from_host}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Whom things befall. Everybody stands by name."""

    overlay: LocalOverlay
    gates: Gates
    hosts: Mapping[str, RealNode]
    people: Mapping[str, Person]
    court: Court
    clock: Clock
    tell: Callable[[str], None]
    """Is given a line for whoever watches."""


class Nemesis:
    """Performs faults one beside the other. What befalls a host that is down does nothing."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._disturbances = 0
        self._busy: dict[str, None] = {}
        """Hosts to which something happens of which they will have to recover."""
        self._over = trio.Event()

    def changes(self) -> int:
        """How often anything has befallen the overlay but the end of a process: it only grows."""
        return self._scene.gates.weather.changes + self._disturbances

    def note_disturbance(self) -> None:
        """Something has befallen everybody, such as a machine that stood still."""
        self._disturbances += 1

    async def storm(self, plan: Sequence[Planned], for_ms: int) -> None:
        """Have everything happen in its time. When it returns, everything is as it was before."""
        began = trio.current_time()
        async with trio.open_nursery() as nursery:
            for planned in plan:
                await trio.sleep_until(began + planned.at_ms / 1_000)
                nursery.start_soon(self._perform, planned.fault)
            await trio.sleep_until(began + for_ms / 1_000)
            self._over.set()

    async def begin(self) -> None:
        """All nodes have been started: open their gates."""
        for node in self._scene.overlay.nodes:
            self._scene.court.on_start(self._scene.hosts[node.name], self._scene.clock.now_ms)
            await self._scene.gates[node.name].open()

    # One fault.

    async def _perform(self, fault: Fault) -> None:
        match fault:
            case Crash() | Stop() | Pause():
                await self._befall(fault)
            case Reset(one, other):
                self._note("reset", fault)
                self.note_disturbance()
                self._scene.gates.reset(one, other)
            case Cut(host=host, way=way, for_ms=for_ms):
                self._note("cut", fault)
                await self._let_stand(_AT_HOST[way](host, Held()), for_ms)
            case CutOneWay(sender=sender, receiver=receiver, for_ms=for_ms):
                self._note("one-way cut", fault)
                await self._let_stand(one_way(sender, receiver, Held()), for_ms)
            case Partition(groups, for_ms):
                self._note("partition", fault)
                await self._let_stand(self._between_nodes(partition(groups)), for_ms)
            case Slow(host=host, extra_ms=extra_ms, for_ms=for_ms):
                self._note("slow", fault)
                await self._let_stand(at_host(host, Delayed(extra_ms)), for_ms)
            case Swallow(sender=sender, receiver=receiver, for_ms=for_ms):
                self._note("swallow", fault)
                await self._let_stand(_swallowed(sender, receiver), for_ms)
                self._scene.gates.reset(sender, receiver)
            case _:
                assert_never(fault)

    async def _befall(self, fault: Crash | Stop | Pause) -> None:
        """A process ends and comes back, or stands still; one thing at a time."""
        if fault.host in self._busy:
            return
        self._busy[fault.host] = None
        try:
            if fault.host in self._scene.people:
                assert isinstance(fault, Stop)
                await self._send_away(self._scene.people[fault.host], fault)
            elif isinstance(fault, Pause):
                await self._pause(self._scene.overlay.node(fault.host), fault)
            else:
                await self._end(self._scene.overlay.node(fault.host), fault)
        finally:
            del self._busy[fault.host]

    async def _end(self, node: LocalNode, fault: Crash | Stop) -> None:
        scene, host = self._scene, self._scene.hosts[node.name]
        is_bare = isinstance(fault, Crash) and fault.disk == "none"
        self._note("kill" if isinstance(fault, Crash) else "stop", fault)
        await scene.gates[node.name].close()
        # From the first word of a goodbye its clients may leave it.
        scene.court.on_end(host, scene.clock.now_ms)
        if isinstance(fault, Crash):
            await scene.overlay.kill(node)
        else:
            await scene.overlay.stop(node)
        if is_bare:
            scene.court.tally.befallen["start without a disk"] += 1
            _lose_disk(node)
        await self._lasts(fault.down_ms or 0)
        try:
            await scene.overlay.start(node)
        except LinkError as error:
            scene.court.on_defect(str(error), scene.clock.now_ms)
            return
        scene.court.on_start(host, scene.clock.now_ms, is_bare=is_bare)
        await scene.gates[node.name].open()

    async def _pause(self, node: LocalNode, fault: Pause) -> None:
        self._note("pause", fault)
        self.note_disturbance()
        self._scene.overlay.freeze(node)
        try:
            await self._lasts(fault.for_ms)
        finally:
            self._scene.overlay.thaw(node)
            self.note_disturbance()

    async def _send_away(self, person: Person, fault: Stop) -> None:
        self._note("leave", fault)
        await person.leave()
        await self._lasts(fault.down_ms)
        person.come_back()

    async def _let_stand(self, rule: Rule, for_ms: int) -> None:
        with self._scene.gates.weather.with_rule(rule):
            await self._lasts(for_ms)

    async def _lasts(self, for_ms: int) -> None:
        """Return when so much time has passed, or the storm is over."""
        with trio.move_on_after(for_ms / 1_000):
            await self._over.wait()

    def _between_nodes(self, rule: Rule) -> Rule:
        """The same for nodes alone: people reach whom they reached before."""
        hosts = self._scene.hosts

        def between(sender: str, receiver: str) -> Verdict | Swallowed | None:
            return rule(sender, receiver) if sender in hosts and receiver in hosts else None

        return between

    def _note(self, what: str, fault: Fault) -> None:
        self._scene.court.tally.befallen[what] += 1
        self._scene.tell(f"{self._scene.clock.now_ms / 1_000:7.1f} s  {fault}")


def _swallowed(sender: str, receiver: str) -> Rule:
    def rule(one: str, other: str) -> Swallowed | None:
        return Swallowed() if (one, other) == (sender, receiver) else None

    return rule


def _lose_disk(node: LocalNode) -> None:
    """All that is left of a node are its key and its neighbours file."""
    database = node.directory.database_path
    for path in database.parent.glob(f"{database.name}*"):
        with suppress(FileNotFoundError):
            path.unlink()
