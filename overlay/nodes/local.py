"""Overlays of real node processes on this machine, for demos, trials and tests."""

import json
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import trio

from overlay.config import NodeFile, address_of
from overlay.core.settings import Neighbour
from overlay.errors import ConfigError, LinkError, OverlayError, StoreInUse
from overlay.messages.ids import Address, NodeId
from overlay.nodes.control import is_served
from overlay.nodes.directory import NodeDirectory
from overlay.nodes.shapes import shape
from overlay.storage.looking import is_there

STOP_SECONDS = 3.0
"""What a node may take for its goodbye; then it is killed."""

START_SECONDS = 30.0
"""What a node may take until it serves, on a busy machine."""

_STATUS_BYTES_MAX = 4_194_304


@dataclass(slots=True)
class LocalNode:
    """One node process. `process` is None while it does not run."""

    name: str
    directory: NodeDirectory
    id: NodeId
    address: Address
    neighbours: list[str] = field(default_factory=list)
    process: trio.Process | None = field(default=None, repr=False)
    is_frozen: bool = False

    @property
    def endpoint(self) -> str:
        """`host:port`."""
        return self.address.removeprefix("ws://").removesuffix("/overlay")

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None


class LocalOverlay:
    """Node processes that federate; started and stopped one by one or together."""

    def __init__(self, nodes: Sequence[LocalNode]) -> None:
        self.nodes = list(nodes)

    def node(self, name: str) -> LocalNode:
        return next(node for node in self.nodes if node.name == name)

    async def start(self, node: LocalNode) -> None:
        """Start a node's process; return once it serves. Raises `LinkError` if it does not."""
        if node.process is not None and not node.is_running:
            # Whoever ended it need not have been us.
            await _end(node, signal.SIGKILL)
        command = [sys.executable, "-m", "overlay", "node", "run", str(node.directory.path)]
        log = (node.directory.path / "node.log").open("ab")
        with log:
            node.process = await trio.lowlevel.open_process(
                [*command, "--while-input", "--json"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                start_new_session=True,
            )
        assert node.process.stdout is not None
        with trio.move_on_after(START_SECONDS):
            if await node.process.stdout.receive_some(4_096):
                return
            await node.process.wait()
        raise LinkError(f"{node.name} did not start: {_last_words(node)}")

    async def kill(self, node: LocalNode) -> None:
        """End a node without warning: SIGKILL."""
        await _end(node, signal.SIGKILL)

    async def stop(self, node: LocalNode) -> None:
        """End a node in order: SIGTERM, and SIGKILL if it takes too long."""
        with trio.move_on_after(STOP_SECONDS) as patience:
            await _end(node, signal.SIGTERM)
        if patience.cancelled_caught:
            await _end(node, signal.SIGKILL)

    def freeze(self, node: LocalNode) -> None:
        """Have a node's process stand still, its sockets open: SIGSTOP."""
        assert node.process is not None
        node.is_frozen = True
        node.process.send_signal(signal.SIGSTOP)

    def thaw(self, node: LocalNode) -> None:
        """Have it run on: SIGCONT."""
        assert node.process is not None
        node.process.send_signal(signal.SIGCONT)
        node.is_frozen = False

    async def stop_all(self) -> None:
        """End every node, whatever state it is in."""
        async with trio.open_nursery() as nursery:
            for node in self.nodes:
                nursery.start_soon(self.stop, node)

    async def status(self, node: LocalNode) -> dict[str, object] | None:
        """A node's status; None if it does not answer."""
        try:
            return await fetch_status(node.endpoint)
        except OverlayError:
            return None

    async def wait_converged(self, nodes: Sequence[LocalNode] | None = None) -> None:
        """Return once each of these nodes, or of all that run, sees exactly these alive."""
        while not await self._is_converged(nodes):  # noqa: ASYNC110  # processes tell us nothing
            await trio.sleep(0.05)

    async def _is_converged(self, nodes: Sequence[LocalNode] | None) -> bool:
        nodes = [node for node in self.nodes if node.is_running] if nodes is None else nodes
        expected = {node.id for node in nodes}
        for node in nodes:
            status = await self.status(node)
            if status is None or alive_members(status) != expected:
                return False
        return True


def where_it_listens(node: LocalNode) -> Address:
    """Others reach a node at its own port."""
    return node.address


@asynccontextmanager
async def local_overlay(
    count: int,
    shape_name: str,
    directory: Path,
    reached_at: Callable[[LocalNode], Address] = where_it_listens,
) -> AsyncIterator[LocalOverlay]:
    """Run `count` nodes in a shape for as long as the block lasts.

    Their directories are made under `directory`, or used again if they are
    there. Every process is gone when the block ends, however it ends.
    `reached_at` is asked once for each node where all others are told to dial it.

    Raises: `StoreInUse`, before anything is written, if any of them runs already.
    """
    await _check_unused(directory)
    nodes = _make_nodes(count, shape_name, directory, reached_at)
    overlay = LocalOverlay(nodes)
    try:
        async with trio.open_nursery() as starting:
            for node in nodes:
                starting.start_soon(overlay.start, node)
        yield overlay
    finally:
        with trio.CancelScope(shield=True):
            await overlay.stop_all()


async def _check_unused(directory: Path) -> None:
    """New ports in the files of nodes that run would be theirs as soon as they are reloaded."""
    sockets = sorted(directory.glob("*/control.sock"))  # noqa: ASYNC240  # a few names, once
    for path in sockets:
        if await is_served(path):
            raise StoreInUse(
                f"{path.parent}: another process runs this node;"
                " stop that process, or use another directory"
            )


async def fetch_status(endpoint: str) -> dict[str, object]:
    """`/status` of a node. Raises `LinkError` if nobody answers, or nonsense."""
    host, _, port = endpoint.rpartition(":")
    try:
        with trio.fail_after(5):
            stream = await trio.open_tcp_stream(host.strip("[]"), int(port))
            async with stream:
                request = f"GET /status HTTP/1.1\r\nHost: {endpoint}\r\nConnection: close\r\n\r\n"
                await stream.send_all(request.encode())
                received = b""
                async for chunk in stream:
                    received += chunk
                    if len(received) > _STATUS_BYTES_MAX:
                        break
        status: dict[str, object] = json.loads(received.partition(b"\r\n\r\n")[2])
    except (OSError, trio.BrokenResourceError, trio.TooSlowError, ValueError) as error:
        raise LinkError(f"{endpoint}: no node answers ({error})") from None
    return status


def alive_members(status: dict[str, object]) -> set[str]:
    """The ids of the members that a status calls alive."""
    members = status["members"]
    assert isinstance(members, list)
    return {member["id"] for member in members if member["is_alive"]}


def _last_words(node: LocalNode) -> str:
    """What a node wrote last: its log may be gone with its directory when a person reads this."""
    log = node.directory.path / "node.log"
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    if not lines:
        return f"{log} is empty"
    try:
        told = json.loads(lines[-1])
    except ValueError:
        return lines[-1]
    match told:
        case {"where": where, "found": found, "expected": expected}:
            return str(ConfigError(where, found, expected))
        case {"event": "node_failed", "detail": str(detail)}:
            return detail
        case _:
            return lines[-1]


async def _end(node: LocalNode, number: signal.Signals) -> None:
    if node.process is None:
        return
    if node.process.poll() is None:
        node.process.send_signal(number)
        if node.is_frozen:
            # Whoever stands still takes no other signal.
            node.process.send_signal(signal.SIGCONT)
            node.is_frozen = False
    await node.process.wait()
    for pipe in (node.process.stdin, node.process.stdout):
        if pipe is not None:
            await pipe.aclose()


def _make_nodes(
    count: int, shape_name: str, directory: Path, reached_at: Callable[[LocalNode], Address]
) -> list[LocalNode]:
    pairs = shape(shape_name, count)
    names = [f"n{number}" for number in range(1, count + 1)]
    ports = _free_ports(count)
    nodes = [
        _make_node(directory / name, name, port) for name, port in zip(names, ports, strict=True)
    ]
    addresses = {node.id: reached_at(node) for node in nodes}
    for number, node in enumerate(nodes):
        others = [nodes[b if a == number else a] for a, b in pairs if number in (a, b)]
        node.neighbours = [other.name for other in others]
        neighbours = tuple(Neighbour(address=addresses[each.id], id=each.id) for each in others)
        _write_file(node, addresses[node.id], neighbours)
    return nodes


def _make_node(path: Path, name: str, port: int) -> LocalNode:
    directory = NodeDirectory(path)
    listen = f"127.0.0.1:{port}"
    if is_there(directory.key_path):
        key = directory.read_key()
    else:
        key = directory.create(_file(name, listen, ()))
    return LocalNode(name, directory, NodeId(key.id), address_of(listen))


def _write_file(node: LocalNode, address: Address, neighbours: tuple[Neighbour, ...]) -> None:
    file = _file(node.name, node.endpoint, neighbours)
    is_elsewhere = address != node.address
    node.directory.write_file(replace(file, address=address if is_elsewhere else None))


def _file(name: str, listen: str, neighbours: tuple[Neighbour, ...]) -> NodeFile:
    # The shape is what is shown: links of the nodes' own choice would hide it.
    return NodeFile(
        name=name,
        network="overlay",
        admission="listed",
        listen=listen,
        neighbours=neighbours,
        extra_links=0,
    )


def _free_ports(count: int) -> list[int]:
    """Ports that the system says are free now; all held until all are chosen."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for bound in sockets:
            bound.bind(("127.0.0.1", 0))
        return [bound.getsockname()[1] for bound in sockets]
    finally:
        for bound in sockets:
            bound.close()
