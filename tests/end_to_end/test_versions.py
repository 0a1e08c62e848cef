"""Today's nodes and clients beside those of earlier releases, both ways.

`previous_releases` names their commits, whose code is taken from this repository.
"""

import io
import os
import subprocess
import sys
import tarfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import trio

from overlay.client.facts import HomeMisbehaved, LadderStepped, MessageUnreadable
from overlay.core.settings import Neighbour
from overlay.nodes.control import ask_node
from overlay.nodes.local import LocalNode, alive_members
from overlay.sdk import Handle
from tests.end_to_end.commands import command, running
from tests.end_to_end.overlays import free_port, loopback_address, made_node, short_directory
from tests.end_to_end.people import Person, attached
from tests.end_to_end.waiting import failsafe, wait_until

HERE = Path(__file__).parent
COMMITS = dict(
    line.split()
    for line in (HERE / "previous_releases").read_text().splitlines()
    if line and not line.startswith("#")
)


@dataclass(frozen=True)
class Release:
    """Where `python -m overlay` is that of an earlier release, and whether that speaks TLS."""

    code: Path
    is_secured: bool


BURST = 24
ORDERS = ((1, 0, 2), (0, 2, 1))
"""Of three nodes in a line: first the one between two older ones, or the two around an older."""

Say = Callable[[], Awaitable[object]]
"""Sends one more message."""


@pytest.fixture(scope="module")
def release(request: pytest.FixtureRequest) -> Iterator[Release]:
    """Each earlier release, from the history; without that a skip, or a failure in CI."""
    made = _archived(COMMITS[request.param])
    if made is None:
        reason = (
            f"the commit of release {request.param!r} is not in this clone, so nothing was tested"
            " beside it: get it with git fetch --unshallow (or clone anew, without --depth)"
        )
        if "REQUIRE_HISTORY" in os.environ:
            pytest.fail(reason)
        pytest.skip(reason)
    with TemporaryDirectory() as directory:
        with tarfile.open(fileobj=io.BytesIO(made)) as tree:
            tree.extractall(directory, filter="data")
        where = [sys.executable, "-c", "import overlay; print(overlay.__file__)"]
        found = subprocess.run(where, capture_output=True, check=True, cwd=directory, text=True)
        assert found.stdout.startswith(directory), "or today's would run beside itself"
        yield Release(Path(directory), is_secured=request.param != "without_tls")


def _archived(commit: str) -> bytes | None:
    archive = ["git", "-C", str(HERE.parents[1]), "archive", "--format=tar", commit, "overlay"]
    try:
        made = subprocess.run(archive, capture_output=True, check=False)
    except FileNotFoundError:
        return None
    return made.stdout if made.returncode == 0 else None


@pytest.fixture
def line(release: Release) -> Iterator[list[LocalNode]]:
    """Three nodes in a line, none of which runs."""
    with short_directory() as place:
        ports = [free_port() for _ in range(3)]
        where = [loopback_address(port, is_secured=release.is_secured) for port in ports]
        named = [(1,), (0, 2), (1,)]
        yield [
            made_node(
                place,
                f"n{number + 1}",
                [Neighbour(address=where[each], id=None) for each in named[number]],
                ports[number],
                is_secured=release.is_secured,
            )
            for number in range(3)
        ]


class Fleet:
    """Processes of nodes, each of today or of an earlier release."""

    def __init__(self, nodes: list[LocalNode]) -> None:
        self.nodes = nodes
        self._held: dict[str, AsyncExitStack] = {}

    async def starts(self, node: LocalNode, code: Path | None = None) -> None:
        held = self._held[node.name] = AsyncExitStack()
        run = running("node", "run", node.directory.path, cwd=code)
        await (await held.enter_async_context(run)).says("address")

    async def is_brought_up_to_date(self, node: LocalNode, say: Say) -> None:
        """Messages are sent before it stops, while it is gone, and until all see each other."""
        for _ in range(BURST):
            await say()
        stopped = await command("node", "stop", node.directory.path)
        assert stopped.code == 0
        await self._held.pop(node.name).aclose()
        for _ in range(BURST):
            await say()
        await self.starts(node)
        await self.converges(say)

    async def converges(self, say: Say = trio.lowlevel.checkpoint) -> None:
        everybody = {node.id for node in self.nodes}

        async def is_so() -> bool:
            await say()
            answers = [
                await ask_node(node.directory.control_path, command="status") for node in self.nodes
            ]
            return all(alive_members(each["status"]) == everybody for each in answers)  # type: ignore[arg-type]  # it is one

        await wait_until("all nodes see each other", is_so)

    async def ends(self) -> None:
        for held in self._held.values():
            await held.aclose()


@asynccontextmanager
async def a_fleet(nodes: list[LocalNode], code: Path) -> AsyncIterator[Fleet]:
    """These nodes, all of an earlier release."""
    fleet = Fleet(nodes)
    try:
        for node in nodes:
            await fleet.starts(node, code)
        await fleet.converges()
        yield fleet
    finally:
        with trio.CancelScope(shield=True):
            await fleet.ends()


async def meets_an_earlier_client(bob: Person, node: LocalNode, code: Path, home: Path) -> None:
    """Carol, whose client is of an earlier release, and bob write to each other."""
    at = ("--node", node.address, "--name", "carol")
    told = await command("send", *at, "--to", "bob", "from before", home=home, cwd=code)
    assert told.code == 0, told.err
    await bob.hears("from before")
    async with running("listen", *at, "--count", 1, home=home, cwd=code) as carol:
        await carol.says("Listening", where="err")
        handle = await bob.client.send("carol", "from now on")
        assert "bob" in await carol.says("from now on")
        with failsafe("the receipt"):
            await handle.delivered()


async def talk_in_public(alice: Person, bob: Person, text: str) -> None:
    """Also proves that both are attached again."""
    await alice.tells(bob, f"before {text}")
    await bob.tells(alice, f"as well before {text}")
    await alice.client.say("town", text)
    await bob.hears(text)


@pytest.mark.parametrize(
    ("release", "order"), list(zip(COMMITS, cycle(ORDERS))), indirect=["release"]
)
async def test_nodes_are_brought_up_to_date_one_by_one_under_traffic(
    line: list[LocalNode], release: Release, order: tuple[int, ...], tmp_path: Path
) -> None:
    handles: list[Handle] = []

    async with (
        a_fleet(line, release.code) as fleet,
        attached("alice", *line) as alice,
        attached("bob", *reversed(line)) as bob,
    ):
        await bob.client.join("town")
        await talk_in_public(alice, bob, "before all")

        async def say() -> None:
            handles.append(await alice.sends(bob, f"message {len(handles)}"))

        for node in (line[number] for number in order):
            await fleet.is_brought_up_to_date(node, say)
            await talk_in_public(alice, bob, f"with {node.name}")
            if node is line[order[0]]:
                await meets_an_earlier_client(bob, node, release.code, tmp_path)
        with failsafe("everything is delivered"):
            for handle in handles:
                await handle.delivered()
        wanted = [f"message {number}" for number in range(len(handles))]
        await bob.hears(*wanted)

    assert sorted(text for text in bob.texts if text.startswith("message ")) == sorted(wanted)
    assert len(handles) > 6 * BURST
    wrong = (HomeMisbehaved, MessageUnreadable, LadderStepped)
    assert not [each for each in alice.troubles + bob.troubles if isinstance(each, wrong)]
