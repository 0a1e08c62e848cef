"""A gate in front of each node: everybody else reaches the node through it alone."""

import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import ExitStack, asynccontextmanager
from typing import Final, Self

import trio

from overlay.config import address_of
from overlay.messages.ids import Address
from overlay.nodes.local import LocalNode
from simulations.chaos.passing import Passing, reset_stream
from simulations.chaos.weather import Weather

LOOPBACK: Final = "127.0.0.1"


class Gate:
    """Listens while it is open. Closed, it refuses as the system does where nobody listens."""

    def __init__(
        self, node: LocalNode, names: Mapping[str, str], weather: Weather, held: ExitStack
    ) -> None:
        """While `held` is, its port is its own, and the node's own port the node's."""
        self._host = node.name
        self._names = names
        self._weather = weather
        self._target = int(node.endpoint.rpartition(":")[2])
        self._port = reserved(0, held)
        reserved(self._target, held)
        self._wanted = trio.Event()
        self._listening = trio.Event()
        self._accepting = trio.CancelScope()
        self._closed = trio.Event()
        self.passing: dict[Passing, None] = {}
        """The connections that go through it now."""

    @property
    def address(self) -> Address:
        """Where others are told to dial the node."""
        return address_of(f"{LOOPBACK}:{self._port}")

    async def open(self) -> None:
        """Returns when whoever dials is passed on."""
        self._wanted.set()
        await self._listening.wait()

    async def close(self) -> None:
        """Returns when whoever dials is refused. What passes already goes on."""
        if self._wanted.is_set():
            self._wanted = trio.Event()
            await self._listening.wait()
            self._accepting.cancel()
            await self._closed.wait()

    async def run(self) -> None:
        """Serve until cancelled."""
        async with trio.open_nursery() as carrying:
            while True:
                await self._wanted.wait()
                await self._serve(carrying)

    async def _serve(self, carrying: trio.Nursery) -> None:
        self._accepting = trio.CancelScope()
        listeners = await trio.open_tcp_listeners(self._port, host=LOOPBACK)
        self._listening.set()
        try:
            with self._accepting:
                await trio.serve_listeners(self._carry, listeners, handler_nursery=carrying)
        finally:
            self._listening = trio.Event()
            self._closed.set()
            self._closed = trio.Event()

    async def _carry(self, dialler: trio.SocketStream) -> None:
        try:
            listener = await trio.open_tcp_stream(LOOPBACK, self._target)
        except OSError:
            reset_stream(dialler)
            return
        passing = Passing((dialler, listener), self._host, self._names, self._weather)
        self.passing[passing] = None
        try:
            await passing.run()
        finally:
            del self.passing[passing]


class Gates:
    """The gates of an overlay, the rules for what passes them, and who is known by which id.

    A context manager: left, it gives back the ports.
    """

    def __init__(self) -> None:
        self.weather = Weather()
        self.names: dict[str, str] = {}
        self._gates: dict[str, Gate] = {}
        self._held = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._held.close()

    def in_front_of(self, node: LocalNode) -> Address:
        """Build a gate for a node; returns where others shall dial it. It is closed at first."""
        self.names[node.id] = node.name
        gate = self._gates[node.name] = Gate(node, self.names, self.weather, self._held)
        return gate.address

    def __getitem__(self, name: str) -> Gate:
        return self._gates[name]

    def open_links(self) -> list[Passing]:
        """One end of each link that passes now, the one that dialled, in a fixed order."""
        return [passing for gate in self._gates.values() for passing in gate.passing]

    def reset(self, one: str, other: str) -> None:
        """Reset every link between two hosts."""
        for passing in self.open_links():
            if passing.is_between(one, other):
                passing.reset()

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        """Serve all of them for as long as the block lasts; they are opened one by one."""
        async with trio.open_nursery() as nursery:
            for gate in self._gates.values():
                nursery.start_soon(gate.run)
            yield
            nursery.cancel_scope.cancel()


def reserved(port: int, held: ExitStack) -> int:
    """Keep a port, or one that the system chooses (0), from everybody who just wants any.

    Whoever asks for this very one can still listen there. Returns the port.
    """
    bound = held.enter_context(socket.socket())
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.bind((LOOPBACK, port))
    chosen: int = bound.getsockname()[1]
    return chosen
