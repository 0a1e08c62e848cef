"""Nodes and clients over TLS, and somebody in the middle who has a certificate of their own."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import NoReturn, TypeVar

import pytest
import trio

from overlay.config import NodeFile, TlsFiles
from overlay.core.facts import LinkEstablished, PeerRefused, RefusedByPeer
from overlay.core.settings import Neighbour
from overlay.errors import ConfigError, Refused
from overlay.messages.ids import Address, NodeId
from overlay.nodes.directory import NodeDirectory
from overlay.nodes.running import NodeFact, RunningNode, running_node
from overlay.sdk import Identity, connect
from overlay.transport.http import HttpRefusedError
from overlay.transport.link import Link
from overlay.transport.port import Port
from overlay.transport.tls import fingerprint_of, presented, read_certificate
from overlay.transport.websocket import dial
from tests.end_to_end.overlays import free_port
from tests.end_to_end.waiting import failsafe
from tests.support.certificates import a_pair

FactT = TypeVar("FactT")


class Place:
    """A node of the test: its directory, what it reports, and whoever waits for that."""

    def __init__(self, path: Path, name: str) -> None:
        self.directory = NodeDirectory(path / name)
        self.name = name
        self.address = Address(f"wss://127.0.0.1:{free_port()}/overlay")
        self.key = self.directory.create(self.file())
        self.facts: list[NodeFact] = []
        self._news = trio.Event()

    @property
    def id(self) -> NodeId:
        return NodeId(self.key.id)

    @property
    def port(self) -> int:
        return int(self.address.removesuffix("/overlay").rpartition(":")[2])

    def file(self, *neighbours: Neighbour, tls: TlsFiles | None = None) -> NodeFile:
        return NodeFile(
            name=self.name,
            network="overlay",
            admission="listed",
            listen=f"127.0.0.1:{self.port}",
            address=self.address,
            tls=tls,
            neighbours=neighbours,
            extra_links=0,
        )

    def names(self, *neighbours: Neighbour) -> None:
        self.directory.write_file(self.file(*neighbours))

    @asynccontextmanager
    async def running(self) -> AsyncIterator[RunningNode]:
        async with running_node(self.directory.path, self.report) as node:
            yield node

    def report(self, fact: NodeFact) -> None:
        self.facts.append(fact)
        self._news.set()

    async def tells(self, kind: type[FactT]) -> FactT:
        """The first fact of a kind, when there is one."""
        with failsafe(f"{self.name} tells {kind.__name__}"):
            while True:
                for fact in self.facts:
                    if isinstance(fact, kind):
                        return fact
                self._news = trio.Event()
                await self._news.wait()

    @property
    def fingerprint(self) -> str:
        return fingerprint_of(read_certificate(self.directory.certificate_path))


@pytest.fixture
def north(tmp_path: Path) -> Place:
    return Place(tmp_path, "north")


@pytest.fixture
def south(tmp_path: Path) -> Place:
    return Place(tmp_path, "south")


class Middle:
    """Somebody on the wire, who presents a certificate of their own and passes everything on.

    `forge` is what they make of each frame of the dialler.
    """

    def __init__(self, path: Path, towards: Place, forge: Callable[[bytes], bytes]) -> None:
        files = a_pair(path, "middle")
        self._certificate = presented(files.certificate, files.key)
        self.towards = towards.address
        self._forge = forge
        self.fingerprint = self._certificate.fingerprint or ""
        self.overheard: list[bytes] = []

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[Address]:
        async def answers(_: object) -> NoReturn:
            raise HttpRefusedError(404, "nothing")

        port = Port(answer=answers, carry=self._carry, presents=lambda: self._certificate)
        (listener,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
        async with trio.open_nursery() as nursery:
            nursery.start_soon(partial(trio.serve_listeners, port.serve, [listener]))
            yield Address(f"wss://127.0.0.1:{listener.socket.getsockname()[1]}/overlay")
            nursery.cancel_scope.cancel()

    async def _carry(self, dialler: Link) -> None:
        async with dial(self.towards) as listener, trio.open_nursery() as nursery:
            nursery.start_soon(self._pass_on, dialler, listener, self._forge)
            nursery.start_soon(self._pass_on, listener, dialler, bytes)

    async def _pass_on(self, source: Link, target: Link, forge: Callable[[bytes], bytes]) -> None:
        while True:
            frame = await source.receive()
            self.overheard.append(frame)
            await target.send(forge(frame))


def as_it_is(frame: bytes) -> bytes:
    return frame


async def test_two_nodes_are_linked_over_tls(north: Place, south: Place) -> None:
    north.names(Neighbour(address=south.address, id=south.id))
    south.names(Neighbour(address=None, id=north.id))

    async with south.running(), north.running():
        dialled = await north.tells(LinkEstablished)
        accepted = await south.tells(LinkEstablished)

    assert (dialled.node, dialled.is_dialled) == (south.id, True)
    assert (accepted.node, accepted.is_dialled) == (north.id, False)


async def test_people_talk_over_tls(north: Place, south: Place) -> None:
    north.names(Neighbour(address=south.address, id=south.id))
    south.names(Neighbour(address=None, id=north.id))

    async with south.running(), north.running():
        await north.tells(LinkEstablished)
        with Identity.temporary("alice") as alice, Identity.temporary("bob") as bob:
            async with connect(north.address, alice) as at_north, connect(south.address, bob) as at:
                handle = await at_north.send(bob.account, "hello")
                message = await anext(aiter(at))
                with failsafe("the receipt"):
                    await handle.delivered()

    assert message.text == "hello"


@pytest.mark.parametrize("forges", [False, True])
async def test_somebody_in_the_middle_gets_between_no_two_nodes(
    tmp_path: Path, north: Place, south: Place, forges: bool
) -> None:
    def claims_souths(frame: bytes) -> bytes:
        return frame.replace(middle.fingerprint.encode(), south.fingerprint.encode())

    middle = Middle(tmp_path, south, claims_souths if forges else as_it_is)
    async with south.running(), middle.listening() as address:
        north.names(Neighbour(address=address, id=south.id))
        south.names(Neighbour(address=None, id=north.id))
        async with north.running():
            refused = await south.tells(PeerRefused)
            told = await north.tells(RefusedByPeer)

    assert (refused.code, told.code) == ("wrong_proof", "wrong_proof")
    assert not any(isinstance(fact, LinkEstablished) for fact in (*north.facts, *south.facts))
    assert middle.overheard != []


@pytest.mark.parametrize("claimed", ["theirs", "the listener's", "none"])
async def test_nor_between_a_client_and_its_home(
    tmp_path: Path, south: Place, claimed: str
) -> None:
    def claims(frame: bytes) -> bytes:
        instead = {
            "theirs": middle.fingerprint,
            "the listener's": south.fingerprint,
            "none": "none",
        }
        return frame.replace(middle.fingerprint.encode(), instead[claimed].encode())

    middle = Middle(tmp_path, south, claims)
    async with south.running(), middle.listening() as address:
        with Identity.temporary("alice") as alice, pytest.raises(Refused, match="wrong_proof"):
            async with connect(address, alice):
                pytest.fail("attached through somebody in the middle")

    assert (await south.tells(PeerRefused)).code == "wrong_proof"


async def test_a_node_behind_a_proxy_proves_the_proxys_certificate(
    tmp_path: Path, north: Place, south: Place
) -> None:
    """The proxy is somebody in the middle whose certificate south's operator has named."""
    middle = Middle(tmp_path, south, as_it_is)
    async with middle.listening() as address:
        named = TlsFiles(str(tmp_path / "middle.pem"))
        south.address = Address(address)
        file = south.file(Neighbour(address=None, id=north.id), tls=named)
        listen = f"127.0.0.1:{free_port()}"
        south.directory.write_file(replace(file, listen=listen))
        middle.towards = Address(f"ws://{listen}/overlay")
        north.names(Neighbour(address=south.address, id=south.id))
        async with south.running(), north.running():
            dialled = await north.tells(LinkEstablished)

    assert dialled.node == south.id


async def test_a_new_certificate_is_presented_to_whoever_comes_later(
    north: Place, south: Place
) -> None:
    north.names(Neighbour(address=south.address, id=south.id))
    south.names(Neighbour(address=None, id=north.id))

    async with south.running() as node, north.running():
        await north.tells(LinkEstablished)
        before = south.fingerprint
        south.directory.certificate_path.unlink()
        node.reload()
        async with dial(south.address) as link:
            after = link.certificate_fingerprint
        still = [entry.state for entry in node.snapshot().neighbours]

    assert after == south.fingerprint != before
    assert still == ["linked"]


async def test_a_broken_certificate_changes_nothing(south: Place) -> None:
    async with south.running() as node:
        before = south.fingerprint
        south.directory.certificate_path.write_text("no certificate")
        with pytest.raises(ConfigError, match="something that is no certificate"):
            node.reload()
        async with dial(south.address) as link:
            presented_still = link.certificate_fingerprint

    assert presented_still == before
