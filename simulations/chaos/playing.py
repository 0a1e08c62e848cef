"""One run: nodes, gates and people are started, a storm comes over them, then a calm."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from shutil import copyfile
from tempfile import TemporaryDirectory
from typing import Final

import trio

from overlay.messages.ids import Address
from overlay.nodes.local import LocalOverlay, local_overlay
from overlay.sdk import Identity, connect
from simulations.chaos.calm import Calm
from simulations.chaos.clock import Clock
from simulations.chaos.court import Court
from simulations.chaos.gates import Gates
from simulations.chaos.hosts import real_client, real_node
from simulations.chaos.nemesis import Nemesis, Scene
from simulations.chaos.outcome import Options, Outcome, outcome_of
from simulations.chaos.people import Connect, Person, Talk
from simulations.chaos.plan import Means, Stage, drawn
from simulations.checkers.base import Violation
from simulations.seeds import generator

TALK_EVERY_MS: Final = 60
"""In the storm somebody says something as often as this."""

LOOK_EVERY_MS: Final = 1_000

STOOD_STILL_MS: Final = 500
"""When we ourselves were not run for so long, nobody can tell what befell others meanwhile."""

_TICK_MS: Final = 100

Tell = Callable[[str], None]


async def play(
    options: Options,
    tell: Tell,
    *,
    means: Means | None = None,
    connect_to: Connect = connect,
    logs: Path | None = None,
) -> Outcome:
    """Play a run to its end. Every process and folder of it is gone then, however it ends.

    `tell` is given lines for whoever watches; `means` say how rough the storm
    is; `connect_to` how clients come to nodes; `logs` is where the nodes' logs are kept.
    """
    async with _started(options, tell, connect_to) as run:
        try:
            return await run.play(means)
        finally:
            if logs is not None:
                run.keep_logs(logs)


class _Run:
    """Everything that takes part, for as long as it runs."""

    def __init__(self, options: Options, scene: Scene, nemesis: Nemesis) -> None:
        self._options = options
        self._scene = scene
        self._nemesis = nemesis
        self._unmet: list[Violation] = []

    def keep_logs(self, folder: Path) -> None:
        """Copy what the nodes have written so far."""
        folder.mkdir(parents=True, exist_ok=True)
        for node in self._scene.overlay.nodes:
            copyfile(node.directory.path / "node.log", folder / f"{node.name}.log")

    async def play(self, means: Means | None) -> Outcome:
        options, scene = self._options, self._scene
        people = list(scene.people.values())
        calm = Calm(scene.overlay, people, scene.court, scene.clock, self._unmet)
        talk = Talk(people, scene.court, scene.clock, generator(options.seed, "chaos", "talk"))
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._look)
            nursery.start_soon(self._watch_ourselves)
            for person in people:
                nursery.start_soon(person.run)
            await calm.wait_whole("beginning")
            scene.tell("everybody is there: the storm begins")
            await self._storm(talk, means)
            storm_ms = scene.clock.now_ms
            scene.court.tally.deliveries.end()
            scene.tell("the storm is over: everything has to be delivered now")
            await calm.hold(talk)
            nursery.cancel_scope.cancel()
        scene.court.look(scene.clock.now_ms)
        return outcome_of(options, scene.court, [*self._unmet, *scene.court.unmet], storm_ms)

    async def _storm(self, talk: Talk, means: Means | None) -> None:
        options, scene = self._options, self._scene
        stage = Stage(
            nodes=tuple(scene.hosts),
            links=_links(scene.overlay),
            people=tuple(scene.people),
        )
        plan = drawn(options.seed, stage, options.length_ms, means)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(talk.go_on, TALK_EVERY_MS, options.length_ms)
            nursery.start_soon(self._nemesis.storm, plan, options.length_ms)

    async def _look(self) -> None:
        while True:
            await trio.sleep(LOOK_EVERY_MS / 1_000)
            self._scene.court.look(self._scene.clock.now_ms)
            self._look_for_the_dead()

    def _look_for_the_dead(self) -> None:
        """A node that nobody has ended runs."""
        court, now_ms = self._scene.court, self._scene.clock.now_ms
        for node in self._scene.overlay.nodes:
            host = self._scene.hosts[node.name]
            if host.runs and not node.is_running:
                court.on_defect(f"{node.name} ended by itself", now_ms)
                court.on_end(host, now_ms)

    async def _watch_ourselves(self) -> None:
        while True:
            before_ms = self._scene.clock.now_ms
            await trio.sleep(_TICK_MS / 1_000)
            if self._scene.clock.now_ms > before_ms + _TICK_MS + STOOD_STILL_MS:
                self._nemesis.note_disturbance()


@asynccontextmanager
async def _started(options: Options, tell: Tell, connect_to: Connect) -> AsyncIterator[_Run]:
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(TemporaryDirectory(prefix="overlay-chaos-"))
        gates = stack.enter_context(Gates())
        tell(f"{options.nodes} node processes are started")
        overlay = await stack.enter_async_context(
            local_overlay(options.nodes, options.shape, Path(folder), gates.in_front_of)
        )
        await stack.enter_async_context(gates.serving())
        clock = Clock()
        hosts = {
            node.name: real_node(node.name, node.directory.read_key(), node.address)
            for node in overlay.nodes
        }
        identities = _identities(options.people, Path(folder), stack)
        people = {name: real_client(name, who.keys) for name, who in identities.items()}
        gates.names |= {host.identity.client: name for name, host in people.items()}
        nemesis: Nemesis
        court = Court(list(hosts.values()), list(people.values()), gates, lambda: nemesis.changes())
        addresses = [gates[node.name].address for node in overlay.nodes]
        scene = Scene(
            overlay=overlay,
            gates=gates,
            hosts=hosts,
            people={
                name: Person(
                    host, identities[name], _from(addresses, number), court, clock, connect_to
                )
                for number, (name, host) in enumerate(people.items())
            },
            court=court,
            clock=clock,
            tell=tell,
        )
        nemesis = Nemesis(scene)
        await nemesis.begin()
        yield _Run(options, scene, nemesis)


def _identities(count: int, folder: Path, stack: AsyncExitStack) -> dict[str, Identity]:
    names = [f"person-{number + 1}" for number in range(count)]
    return {
        name: stack.enter_context(Identity.create(folder / "people" / name, name=name))
        for name in names
    }


def _from(items: list[Address], number: int) -> list[Address]:
    """The same in a circle, beginning with another one."""
    first = number % len(items)
    return items[first:] + items[:first]


def _links(overlay: LocalOverlay) -> list[tuple[str, str]]:
    """The pairs of neighbours by name."""
    return [
        (node.name, other)
        for node in overlay.nodes
        for other in node.neighbours
        if node.name < other
    ]
