"""Whole nodes in the test's own process, on loopback ports that the system chooses."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import trio

from overlay.config import NodeFile
from overlay.core.settings import Neighbour
from overlay.messages.ids import Address, NodeId
from overlay.nodes.directory import NodeDirectory
from overlay.nodes.running import NodeFact, RunningNode, running_node

ANY_PORT = "127.0.0.1:0"


@asynccontextmanager
async def a_node(
    path: Path,
    name: str = "north",
    *,
    neighbours: tuple[Neighbour, ...] = (),
    network: str = "overlay",
) -> AsyncIterator[RunningNode]:
    """A node that runs for as long as the block lasts; its directory is made or used again."""
    directory = NodeDirectory(path / name)
    if not directory.key_path.exists():
        directory.create(_file(name, network, neighbours))
    async with running_node(directory.path, _nobody_reads) as node:
        yield node


@asynccontextmanager
async def a_node_to_stop(path: Path, name: str) -> AsyncIterator[tuple[RunningNode, trio.Event]]:
    """A node that says goodbye and stops when the event is set, or at the end of the block."""
    stop = trio.Event()
    async with trio.open_nursery() as nursery:
        yield await nursery.start(_run_until, stop, path, name), stop
        stop.set()


async def _run_until(
    stop: trio.Event, path: Path, name: str, *, task_status: trio.TaskStatus[RunningNode]
) -> None:
    async with a_node(path, name) as node:
        task_status.started(node)
        await stop.wait()


def make_node(path: Path, name: str) -> NodeId:
    """The directory of a node that does not run yet, so that others can name it."""
    return NodeId(NodeDirectory(path / name).create(_file(name, "overlay", ())).id)


def name_neighbour(path: Path, name: str, neighbour: Address) -> None:
    """Have a node, before it runs, dial a neighbour."""
    neighbours = (Neighbour(address=neighbour, id=None),)
    NodeDirectory(path / name).write_file(_file(name, "overlay", neighbours))


@asynccontextmanager
async def two_nodes(path: Path) -> AsyncIterator[tuple[RunningNode, RunningNode, trio.Event]]:
    """North and south, neighbours of each other; setting the event stops south."""
    south_id = make_node(path, "south")
    admitted = (Neighbour(address=None, id=south_id),)
    async with a_node(path, "north", neighbours=admitted) as north:
        name_neighbour(path, "south", north.address)
        async with a_node_to_stop(path, "south") as (south, stop):
            yield north, south, stop


def _file(name: str, network: str, neighbours: tuple[Neighbour, ...]) -> NodeFile:
    return NodeFile(
        name=name,
        network=network,
        admission="listed",
        listen=ANY_PORT,
        neighbours=neighbours,
        extra_links=0,
    )


def _nobody_reads(_: NodeFact) -> None:
    """A log that is kept nowhere."""
