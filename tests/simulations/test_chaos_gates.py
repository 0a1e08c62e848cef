"""Gates in front of nodes: what is delayed, held, swallowed and reset, and what ends see of it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from overlay.config import address_of
from overlay.messages.ids import NodeId
from overlay.nodes.directory import NodeDirectory
from overlay.nodes.local import LocalNode
from simulations.chaos.gates import LOOPBACK, Gates
from simulations.chaos.passing import NOBODY, reset_stream
from simulations.chaos.weather import Rule, Swallowed
from simulations.rules import Delayed, Held, from_host, to_host
from tests.end_to_end.overlays import free_port
from tests.simulations.test_chaos_hellos import said_by

QUIET_SECONDS = 0.05
"""Loopback brings within this whatever nothing keeps from coming."""


@dataclass
class Line:
    """Alice's end and south's end of one connection through a gate, and its rules."""

    gates: Gates
    alice: trio.SocketStream
    south: trio.SocketStream

    async def alice_is_known(self) -> None:
        """She says who she is; south takes that in."""
        hello = said_by("alice's key")
        await self.alice.send_all(hello)
        taken = b""
        while len(taken) < len(hello):
            taken += await self.south.receive_some()


@asynccontextmanager
async def line_to_south() -> AsyncIterator[Line]:
    """Alice has dialled south's gate, behind which south listens."""
    with Gates() as gates:
        south = a_node()
        address = gates.in_front_of(south)
        gates.names["alice's key"] = "alice"
        (listener,) = await trio.open_tcp_listeners(port_of(south.address), host=LOOPBACK)
        async with listener, gates.serving():
            await gates["south"].open()
            alice = await dialled(address)
            async with alice, await listener.accept() as accepted:
                await wait_all_tasks_blocked(QUIET_SECONDS)
                yield Line(gates, alice, accepted)


def a_node() -> LocalNode:
    where = address_of(f"{LOOPBACK}:{free_port()}")
    return LocalNode("south", NodeDirectory(Path("nowhere")), NodeId("south's key"), where)


def port_of(address: str) -> int:
    return int(address.removesuffix("/overlay").rpartition(":")[2])


async def dialled(address: str) -> trio.SocketStream:
    return await trio.open_tcp_stream(LOOPBACK, port_of(address))


def swallowed_from(name: str) -> Rule:
    return lambda sender, _: Swallowed() if sender == name else None


async def test_what_one_end_says_the_other_hears_and_an_end_of_it_too() -> None:
    async with line_to_south() as line:
        await line.alice.send_all(b"hello")
        assert await line.south.receive_some() == b"hello"

        await line.alice.send_eof()
        assert await line.south.receive_some() == b""
        await line.south.send_all(b"I can still answer")

        assert await line.alice.receive_some() == b"I can still answer"


async def test_who_dials_is_known_by_their_hello_and_counts_as_a_link_from_then_on() -> None:
    async with line_to_south() as line:
        (unknown,) = line.gates.open_links()
        assert (unknown.host, unknown.other.host) == (NOBODY, "south")

        await line.alice_is_known()

        (known,) = line.gates.open_links()
        assert (known.host, known.other.host) == ("alice", "south")
        assert known.other.other is known


async def test_what_is_delayed_comes_when_its_time_has_come_and_not_before(
    mock_clock: MockClock,
) -> None:
    async with line_to_south() as line:
        await line.alice_is_known()
        with line.gates.weather.with_rule(from_host("alice", Delayed(1_000))):
            await line.alice.send_all(b"in a second")
            await line.south.send_all(b"at once")
            assert await line.alice.receive_some() == b"at once"
            assert await hears_nothing(line.south)

            mock_clock.jump(1)

            assert await line.south.receive_some() == b"in a second"


async def test_what_is_held_comes_in_order_when_the_cut_is_over() -> None:
    async with line_to_south() as line:
        with line.gates.weather.with_rule(to_host("south", Held())):
            await line.alice.send_all(b"first ")
            assert await hears_nothing(line.south)
            await line.alice.send_all(b"second")
            await line.alice.send_eof()
            assert await hears_nothing(line.south)

        assert await everything(line.south) == b"first second"


async def test_what_is_swallowed_never_comes_and_what_comes_after_it_does() -> None:
    async with line_to_south() as line:
        await line.alice_is_known()
        with line.gates.weather.with_rule(swallowed_from("alice")):
            await line.alice.send_all(b"lost")
            assert await hears_nothing(line.south)
        await line.alice.send_all(b"found")
        await line.alice.send_eof()

        assert await everything(line.south) == b"found"


async def test_a_reset_between_two_hosts_breaks_their_links_at_both_ends() -> None:
    async with line_to_south() as line:
        await line.alice_is_known()
        line.gates.reset("south", "bob")
        assert len(line.gates.open_links()) == 1

        line.gates.reset("south", "alice")

        for end in (line.alice, line.south):
            with pytest.raises(trio.BrokenResourceError):
                await end.receive_some()


async def test_an_end_that_breaks_is_broken_at_the_other_end_too() -> None:
    async with line_to_south() as line:
        reset_stream(line.alice)

        with pytest.raises(trio.BrokenResourceError):
            await line.south.receive_some()


async def test_that_an_end_broke_does_not_get_through_a_cut_before_it_is_over() -> None:
    async with line_to_south() as line:
        with line.gates.weather.with_rule(to_host("south", Held())):
            reset_stream(line.alice)
            assert await hears_nothing(line.south)

        with pytest.raises(trio.BrokenResourceError):
            await line.south.receive_some()


async def test_who_goes_on_talking_to_an_end_that_is_gone_is_told_so() -> None:
    async with line_to_south() as line:
        await line.south.aclose()
        assert await line.alice.receive_some() == b""

        async def talk_on() -> None:
            while True:
                await line.alice.send_all(b"are you there?")

        with pytest.raises(trio.BrokenResourceError):
            await talk_on()


async def test_a_closed_gate_refuses_and_an_open_one_listens_where_it_did() -> None:
    async with line_to_south() as line:
        gate, address = line.gates["south"], line.gates["south"].address

        await gate.close()
        await gate.close()
        with pytest.raises(OSError, match="failed"):
            await dialled(address)
        await line.alice.send_all(b"what passes already goes on")
        assert await line.south.receive_some() == b"what passes already goes on"

        await gate.open()
        await (await dialled(address)).aclose()


async def test_who_dials_a_node_that_does_not_listen_is_reset() -> None:
    with Gates() as gates:
        address = gates.in_front_of(a_node())
        async with gates.serving():
            await gates["south"].open()
            async with await dialled(address) as alice:
                with pytest.raises(trio.BrokenResourceError):
                    await alice.receive_some()
        assert gates.open_links() == []


async def hears_nothing(stream: trio.SocketStream) -> bool:
    """Whether nothing is there once everybody else waits."""
    heard: list[bytes] = []

    async def hear() -> None:
        heard.append(await stream.receive_some())

    async with trio.open_nursery() as nursery:
        nursery.start_soon(hear)
        await wait_all_tasks_blocked(QUIET_SECONDS)
        nursery.cancel_scope.cancel()
    return not heard


async def everything(stream: trio.SocketStream) -> bytes:
    return b"".join([data async for data in stream])
