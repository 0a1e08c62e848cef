"""What `overlay doctor` finds: each step that can fail, at something real that fails there."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from random import Random

import pytest
import trio

from overlay.core.facts import LinkEstablished
from overlay.core.settings import Neighbour
from overlay.messages.ids import Address, Incarnation, NodeId
from overlay.messages.links import Hello, Introduction, Refusal
from overlay.nodes.directory import NodeDirectory
from overlay.nodes.examining import Step, examine
from overlay.transport.link import Link
from overlay.transport.port import Port
from overlay.wire.codec import encode_frame
from overlay.wire.signed import write_introduction
from tests.end_to_end.overlays import free_port
from tests.runtime.test_over_tls import Middle, Place, as_it_is
from tests.support.people import a_node_called
from tests.unit.transport.peers import says_its_request


@pytest.fixture
def north(tmp_path: Path) -> Place:
    return Place(tmp_path, "north")


@pytest.fixture
def south(tmp_path: Path) -> Place:
    return Place(tmp_path, "south")


async def steps_of(address: str, ours: NodeDirectory | None = None) -> list[Step]:
    steps: list[Step] = []
    await examine(address, ours, steps.append, Random(1))
    return steps


def last(steps: list[Step]) -> tuple[str, str]:
    return steps[-1].name, steps[-1].outcome


@asynccontextmanager
async def something(carry: Callable[[Link], Awaitable[None]]) -> AsyncIterator[str]:
    """What takes links, and does with them whatever it likes."""
    port = Port(answer=says_its_request, carry=carry)
    (listener,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
    async with trio.open_nursery() as nursery:
        nursery.start_soon(partial(trio.serve_listeners, port.serve, [listener]))
        yield f"ws://127.0.0.1:{listener.socket.getsockname()[1]}/overlay"
        nursery.cancel_scope.cancel()


def an_introduction() -> Introduction:
    return Introduction(
        versions=(1,),
        suites=(),
        role="node",
        end="listener",
        key=a_node_called("rogue").id,
        incarnation=Incarnation(1),
        network="overlay",
        admission="listed",
        challenge="A" * 43,
        software="other/2",
    )


async def test_a_node_that_is_well_passes_every_step(north: Place, south: Place) -> None:
    north.names(Neighbour(address=south.address, id=south.id))
    south.names(Neighbour(address=None, id=north.id))

    async with south.running(), north.running():
        await north.tells(LinkEstablished)
        steps = await steps_of(south.address, north.directory)

    assert [step.outcome for step in steps] == ["ok"] * 9
    assert "TLSv1.3" in steps[2].found
    assert steps[5].found == f"it holds the key {south.id}"
    assert steps[-1].found == "our node has a link with it"


async def test_a_stranger_learns_what_strangers_may(south: Place) -> None:
    async with south.running():
        steps = await steps_of(south.address)

    assert [step.name for step in steps[-2:]] == ["network", "member"]
    assert (steps[-2].found, steps[-1].outcome) == ("overlay, listed", "left out")


async def test_a_name_that_is_nobodys() -> None:
    steps = await steps_of("wss://nowhere.invalid:7700/overlay")

    assert last(steps) == ("name", "failed")
    assert "A or AAAA record" in steps[-1].mend


async def test_nobody_listens() -> None:
    steps = await steps_of(f"wss://127.0.0.1:{free_port()}/overlay")

    assert last(steps) == ("TCP", "failed")
    assert steps[-1].found.startswith("nothing listens at 127.0.0.1:")


async def test_no_tls_is_spoken_there() -> None:
    async def nothing(_: Link) -> None:
        """No link comes so far."""

    async with something(nothing) as address:
        steps = await steps_of(address.replace("ws://", "wss://"))

    assert last(steps) == ("TLS", "failed")
    assert "write ws://" in steps[-1].mend


async def test_tls_is_spoken_there(south: Place) -> None:
    async with south.running():
        steps = await steps_of(south.address.replace("wss://", "ws://"))

    assert last(steps) == ("WebSocket", "failed")
    assert "TLS is spoken there: write wss://" in steps[-1].found


@pytest.mark.parametrize(
    ("says", "step", "words"),
    [
        (Hello(write_introduction(replace(an_introduction(), versions=(2,)))), "version", "[2]"),
        (Refusal(code="busy", detail="later"), "proof", "later (busy)"),
        (Refusal(code="wrong_version", detail="we speak 2"), "version", "we speak 2"),
    ],
)
async def test_a_node_that_will_not(says: Hello | Refusal, step: str, words: str) -> None:
    async def carry(link: Link) -> None:
        await link.send(encode_frame(says))
        await link.receive()

    async with something(carry) as address:
        steps = await steps_of(address)

    assert last(steps) == (step, "failed")
    assert words in steps[-1].found


@pytest.mark.parametrize("frame", [b"[]", b"[1]", b"hello"])
async def test_what_takes_links_and_is_no_node(frame: bytes) -> None:
    async def carry(link: Link) -> None:
        await link.send(frame)
        await link.receive()

    async with something(carry) as address:
        steps = await steps_of(address)

    assert last(steps) == ("version", "failed")


async def test_what_hangs_up_is_told() -> None:
    async def carry(link: Link) -> None:
        await link.close(1000, "")

    async with something(carry) as address:
        steps = await steps_of(address)

    assert last(steps) == ("version", "failed")
    assert "the link ended" in steps[-1].found


async def test_somebody_in_the_middle_is_found(tmp_path: Path, south: Place) -> None:
    middle = Middle(tmp_path, south, as_it_is)
    async with south.running(), middle.listening() as address:
        steps = await steps_of(address)

    assert last(steps) == ("proof", "failed")
    assert "somebody in the middle ends TLS" in steps[-1].mend


# As the operator of ours.


async def test_it_is_of_another_network(north: Place, south: Place) -> None:
    south.directory.write_file(replace(south.file(), network="elsewhere"))

    async with south.running():
        steps = await steps_of(south.address, north.directory)

    assert last(steps) == ("network", "failed")
    assert steps[-1].found == "it belongs to elsewhere"


async def test_our_file_does_not_name_it(north: Place, south: Place) -> None:
    async with south.running():
        steps = await steps_of(south.address, north.directory)

    assert last(steps) == ("key", "failed")
    assert f'"id": "{south.id}"' in steps[-1].mend


async def test_our_file_expects_somebody_else(north: Place, south: Place) -> None:
    other = NodeId(a_node_called("rogue").id)
    north.names(Neighbour(address=south.address, id=other))

    async with south.running():
        steps = await steps_of(south.address, north.directory)

    assert last(steps) == ("key", "failed")
    assert steps[-1].found == f"our file expects {other}, found {south.id}"


async def test_our_node_does_not_run(north: Place, south: Place) -> None:
    north.names(Neighbour(address=south.address, id=None))

    async with south.running():
        steps = await steps_of(south.address, north.directory)

    assert last(steps) == ("member", "left out")
    assert "start it first" in steps[-1].found


async def test_its_file_does_not_name_us(north: Place, south: Place) -> None:
    north.names(Neighbour(address=south.address, id=south.id))

    async with south.running(), north.running():
        steps = await steps_of(south.address, north.directory)

    assert last(steps) == ("member", "failed")
    assert "have its operator name this node, too" in steps[-1].mend


async def test_our_node_has_not_read_its_file_yet(north: Place, south: Place) -> None:
    async with south.running(), north.running():
        north.names(Neighbour(address=Address(south.address), id=south.id))
        steps = await steps_of(south.address, north.directory)

    assert last(steps) == ("member", "failed")
    assert steps[-1].mend == "`overlay node reload DIR`"
