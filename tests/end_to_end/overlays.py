"""Overlays of real node processes, and looking into them."""

import socket
import threading
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import trio

from overlay.config import NodeFile
from overlay.core.settings import Neighbour
from overlay.messages.ids import Address, NodeId
from overlay.nodes.directory import NodeDirectory
from overlay.nodes.local import LocalNode, LocalOverlay, fetch_status, local_overlay
from tests.end_to_end.waiting import failsafe


@contextmanager
def short_directory() -> Iterator[Path]:
    """A directory for nodes: the path of a control socket has to be short."""
    with TemporaryDirectory(prefix="overlay-") as path:
        yield Path(path)


@asynccontextmanager
async def converged_overlay(count: int, shape: str) -> AsyncIterator[LocalOverlay]:
    """Node processes that see each other alive; all are gone after the block."""
    with short_directory() as directory:
        async with local_overlay(count, shape, directory) as overlay:
            with failsafe(f"{count} nodes see each other"):
                await overlay.wait_converged()
            yield overlay


@contextmanager
def lasting_overlay(count: int, shape: str) -> Iterator[LocalOverlay]:
    """The same for several tests, each of which runs trio anew: the nodes' own runs in a thread.

    Addresses and statuses are for everybody; nobody may end one of its nodes.
    """
    keeper = _Keeper()
    thread = threading.Thread(target=trio.run, args=(keeper.keep, count, shape))
    thread.start()
    try:
        yield keeper.overlay()
    finally:
        keeper.is_over.set()
        thread.join()


class _Keeper:
    def __init__(self) -> None:
        self.is_over = threading.Event()
        self._is_there = threading.Event()
        self._overlay: LocalOverlay | None = None

    def overlay(self) -> LocalOverlay:
        self._is_there.wait()
        assert self._overlay is not None, "it did not come up: see the output of its thread"
        return self._overlay

    async def keep(self, count: int, shape: str) -> None:
        try:
            async with converged_overlay(count, shape) as self._overlay:
                self._is_there.set()
                await trio.to_thread.run_sync(self.is_over.wait)
        finally:
            self._is_there.set()


def made_node(
    directory: Path,
    name: str,
    neighbours: Sequence[Neighbour] = (),
    port: int | None = None,
    *,
    is_secured: bool = False,
) -> LocalNode:
    """A node that `LocalOverlay` can start: its directory, its key, its neighbours file.

    One that is secured speaks TLS, though only to this machine.
    """
    port = free_port() if port is None else port
    listen = f"127.0.0.1:{port}"
    address = loopback_address(port, is_secured=is_secured)
    home = NodeDirectory(directory / name)
    file = NodeFile(
        name=name,
        network="overlay",
        admission="listed",
        listen=listen,
        neighbours=tuple(neighbours),
        extra_links=0,
        address=address if is_secured else None,
    )
    key = home.create(file)
    return LocalNode(name, home, NodeId(key.id), address)


def loopback_address(port: int, *, is_secured: bool) -> Address:
    """Where a node of this machine is reached."""
    return Address(f"{'wss' if is_secured else 'ws'}://127.0.0.1:{port}/overlay")


async def neighbours_of(node: LocalNode) -> list[dict[str, object]]:
    """What a node shows of each neighbour in its file."""
    status = await fetch_status(node.endpoint)
    neighbours: list[dict[str, object]] = status["neighbours"]  # type: ignore[assignment]  # it is one
    return neighbours


def free_port() -> int:
    """A port of which the system says that it is free now."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        port: int = bound.getsockname()[1]
    return port
