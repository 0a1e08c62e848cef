"""The page over TLS, in the Chromium of somebody who trusts their network's authority."""

import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Error, Page

from overlay.config import NodeFile
from overlay.core.settings import Neighbour
from overlay.messages.ids import Address, NodeId
from overlay.nodes.directory import NodeDirectory
from tests.end_to_end.commands import Running, command, running
from tests.end_to_end.conftest import CommandHere
from tests.end_to_end.overlays import free_port, short_directory
from tests.end_to_end.reader import Chromium
from tests.end_to_end.test_page import BUILT

pytestmark = [
    pytest.mark.skipif(not BUILT.exists(), reason="the page is not built: make page"),
    pytest.mark.skipif(not shutil.which("certutil"), reason="no certutil: make browser"),
]


class Place:
    """A node of the network, reached over TLS, whose certificate the authority has signed."""

    def __init__(self, path: Path, name: str) -> None:
        self.directory = NodeDirectory(path / name)
        self.name = name
        self.endpoint = f"127.0.0.1:{free_port()}"
        self.id = NodeId(self.directory.create(self._file(())).id)

    def names(self, other: "Place") -> None:
        """Have the two be neighbours: this one dials."""
        where = Address(f"wss://{other.endpoint}/overlay")
        self.directory.write_file(self._file((Neighbour(address=where, id=other.id),)))
        other.directory.write_file(other._file((Neighbour(address=None, id=self.id),)))

    async def is_signed(self, command_here: CommandHere, ca: Path) -> None:
        asked = command_here("node", "request", self.directory.path)
        signed = await command("network", "sign", ca, text=asked.out)
        taken = await command("node", "certificate", self.directory.path, "-", text=signed.out)
        assert taken.code == 0

    @asynccontextmanager
    async def runs(self) -> AsyncIterator[Running]:
        async with running("node", "run", self.directory.path) as node:
            await node.says("address")
            yield node

    def _file(self, neighbours: tuple[Neighbour, ...]) -> NodeFile:
        return NodeFile(
            name=self.name,
            network="overlay",
            admission="listed",
            listen=self.endpoint,
            address=Address(f"wss://{self.endpoint}/overlay"),
            neighbours=neighbours,
        )


@pytest.fixture
def place() -> Iterator[Path]:
    with short_directory() as directory:
        yield directory


@pytest.fixture
def ca(place: Path, command_here: CommandHere) -> Path:
    command_here("network", "ca", place / "ca", "--for", "127.0.0.1")
    return place / "ca"


@pytest.fixture
def trusting_chromium(chromium_path: str, place: Path, ca: Path) -> Iterator[Chromium]:
    """A browser whose person has taken the authority's certificate, once."""
    store = place / "home" / ".pki" / "nssdb"
    store.mkdir(parents=True)
    for arguments in (
        ("-N", "--empty-password"),
        ("-A", "-n", "ours", "-t", "C,,", "-i", ca / "ca.pem"),
    ):
        subprocess.run(["certutil", "-d", f"sql:{store}", *arguments], check=True)
    browser = Chromium(chromium_path, place / "home")
    yield browser
    browser.close()


async def test_one_step_has_the_page_trust_every_node_and_go_on_at_another(
    command_here: CommandHere, place: Path, ca: Path, trusting_chromium: Chromium
) -> None:
    north, south = Place(place, "north"), Place(place, "south")
    north.names(south)
    for node in (north, south):
        await node.is_signed(command_here, ca)

    async with south.runs():
        async with north.runs() as dying:
            bob = await trusting_chromium.reader("bob", f"https://{south.endpoint}/")
            alice = await trusting_chromium.reader("alice", f"https://{north.endpoint}/")
            await alice.is_at("north")
            await alice.chats_with("bob")
            await alice.says("over TLS")
            await alice.shows("over TLS", "delivered")
            await bob.chats_with("alice")
            await bob.shows("over TLS")
            dying.process.kill()
        await alice.is_at("south")
        await alice.says("still here")
        await alice.shows("still here", "delivered")

    assert [*alice.complaints, *bob.complaints] == []


async def test_who_has_not_taken_that_step_is_shown_no_page(
    chromium: Chromium, command_here: CommandHere, place: Path, ca: Path
) -> None:
    north = Place(place, "north")
    await north.is_signed(command_here, ca)

    async with north.runs():
        page = await chromium.page()
        said = await chromium.do(lambda: _failure(page, f"https://{north.endpoint}/"))

    assert "ERR_CERT_AUTHORITY_INVALID" in said


def _failure(page: Page, address: str) -> str:
    """What the browser says in place of a page."""
    with pytest.raises(Error) as failed:
        page.goto(address)
    return str(failed.value)
