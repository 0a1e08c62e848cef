"""Today's nodes and clients beside those of the previous release, both ways.

`previous_release` names its commit, whose code is taken from this repository.
"""

import io
import subprocess
import tarfile
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import trio

from overlay.config import address_of
from overlay.core.settings import Neighbour
from overlay.nodes.local import LocalNode, alive_members, fetch_status
from overlay.sdk import Handle
from tests.end_to_end.commands import command, running
from tests.end_to_end.overlays import free_port, made_node, short_directory
from tests.end_to_end.people import attached
from tests.end_to_end.waiting import failsafe, wait_until

HERE = Path(__file__).parent
COMMIT = (HERE / "previous_release").read_text().split()[0]


@pytest.fixture(scope="module")
def previous() -> Iterator[Path]:
    """Where `python -m overlay` is the previous release's."""
    archive = ["git", "-C", str(HERE.parents[1]), "archive", "--format=tar", COMMIT, "overlay"]
    made = subprocess.run(archive, capture_output=True, check=False)
    if made.returncode != 0:
        pytest.skip(f"the commit of the previous release is not here: {made.stderr.decode()}")
    with TemporaryDirectory() as directory:
        with tarfile.open(fileobj=io.BytesIO(made.stdout)) as tree:
            tree.extractall(directory, filter="data")
        yield Path(directory)


@pytest.fixture
def line() -> Iterator[list[LocalNode]]:
    """Three nodes in a line, none of which runs."""
    with short_directory() as place:
        ports = [free_port() for _ in range(3)]
        where = [address_of(f"127.0.0.1:{port}") for port in ports]
        named = [(1,), (0, 2), (1,)]
        yield [
            made_node(
                place,
                f"n{number + 1}",
                [Neighbour(address=where[each], id=None) for each in named[number]],
                ports[number],
            )
            for number in range(3)
        ]


class Fleet:
    """Processes of nodes, each of today or of the previous release."""

    def __init__(self, nodes: list[LocalNode]) -> None:
        self.nodes = nodes
        self._held: dict[str, AsyncExitStack] = {}

    async def starts(self, node: LocalNode, previous: Path | None = None) -> None:
        held = self._held[node.name] = AsyncExitStack()
        run = running("node", "run", node.directory.path, cwd=previous)
        await (await held.enter_async_context(run)).says("address")

    async def stops(self, node: LocalNode) -> None:
        stopped = await command("node", "stop", node.directory.path)
        assert stopped.code == 0
        await self._held.pop(node.name).aclose()

    async def converges(self) -> None:
        everybody = {node.id for node in self.nodes}

        async def is_so() -> bool:
            seen = [alive_members(await fetch_status(node.endpoint)) for node in self.nodes]
            return all(each == everybody for each in seen)

        await wait_until("all nodes see each other", is_so)

    async def ends(self) -> None:
        for held in self._held.values():
            await held.aclose()


@asynccontextmanager
async def a_fleet(nodes: list[LocalNode], *previous: Path | None) -> AsyncIterator[Fleet]:
    """These nodes, each started from where its code is; None is here."""
    fleet = Fleet(nodes)
    try:
        for node, code in zip(nodes, previous, strict=True):
            await fleet.starts(node, code)
        await fleet.converges()
        yield fleet
    finally:
        with trio.CancelScope(shield=True):
            await fleet.ends()


async def test_nodes_are_brought_up_to_date_one_by_one_under_traffic(
    line: list[LocalNode], previous: Path
) -> None:
    handles: list[Handle] = []
    is_over = trio.Event()

    async with (
        a_fleet(line, previous, previous, previous) as fleet,
        attached("alice", *line) as alice,
        attached("bob", *reversed(line)) as bob,
    ):
        await alice.tells(bob, "before")

        async def talk() -> None:
            while not is_over.is_set():
                handles.append(await alice.sends(bob, f"message {len(handles)}"))
                await handles[-1].accepted()

        async with trio.open_nursery() as talking:
            talking.start_soon(talk)
            for node in (line[1], line[0], line[2]):
                await fleet.stops(node)
                await fleet.starts(node)
                await fleet.converges()
            is_over.set()
        with failsafe("everything is delivered"):
            for handle in handles:
                await handle.delivered()
        wanted = ["before", *(f"message {number}" for number in range(len(handles)))]
        await bob.hears(*wanted)

    assert sorted(bob.texts) == sorted(wanted)
    assert len(handles) > 3


@pytest.mark.parametrize("new", [(0, 2), (1,)])
async def test_both_releases_talk_in_one_overlay(
    line: list[LocalNode], previous: Path, new: tuple[int, ...]
) -> None:
    code = [None if number in new else previous for number in range(3)]
    async with (
        a_fleet(line, *code),
        attached("alice", line[0]) as alice,
        attached("bob", line[2]) as bob,
    ):
        await alice.tells(bob, "hello")
        await bob.tells(alice, "hello yourself")
        await bob.client.join("town")
        await alice.client.say("town", "to everybody")
        await bob.hears("to everybody")

        assert alice.troubles == bob.troubles == []


async def test_clients_of_both_releases_talk(
    line: list[LocalNode], previous: Path, tmp_path: Path
) -> None:
    async with a_fleet(line, None, previous, None), attached("bob", line[2]) as bob:
        at = ("--node", line[0].endpoint, "--name", "alice")
        told = await command("send", *at, "--to", "bob", "from before", home=tmp_path, cwd=previous)
        await bob.hears("from before")
        async with running("listen", *at, "--count", 1, home=tmp_path, cwd=previous) as alice:
            await alice.says("Listening", where="err")
            handle = await bob.client.send("alice", "from now on")
            heard = await alice.says("from now on")
            with failsafe("the receipt"):
                await handle.delivered()

    assert told.code == 0
    assert "bob" in heard
