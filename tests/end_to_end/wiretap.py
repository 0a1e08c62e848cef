"""Somebody on the wire between two nodes, who keeps every byte."""

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import trio
from wsproto.connection import Connection, ConnectionType
from wsproto.events import TextMessage

from overlay.messages.ids import Address


@dataclass
class Tapped:
    """One connection, as it was: what the dialler sent, and what the listener did."""

    from_dialler: bytearray = field(default_factory=bytearray)
    from_listener: bytearray = field(default_factory=bytearray)


class Wiretap:
    """Passes connections on to a node; `address` is where its neighbour is told to dial."""

    def __init__(self, listener: trio.SocketListener, port: int) -> None:
        self._listener = listener
        self._port = port
        self.connections: list[Tapped] = []

    @property
    def address(self) -> Address:
        host, port = self._listener.socket.getsockname()
        return Address(f"ws://{host}:{port}/overlay")

    async def run(self) -> None:
        await trio.serve_listeners(self._carry, [self._listener])

    async def _carry(self, dialler: trio.SocketStream) -> None:
        tapped = Tapped()
        self.connections.append(tapped)
        try:
            listener = await trio.open_tcp_stream("127.0.0.1", self._port)
        except OSError:
            return
        async with listener, trio.open_nursery() as nursery:
            nursery.start_soon(_pass_on, dialler, listener, tapped.from_dialler)
            nursery.start_soon(_pass_on, listener, dialler, tapped.from_listener)


async def _pass_on(source: trio.SocketStream, target: trio.SocketStream, kept: bytearray) -> None:
    try:
        async for data in source:
            kept += data
            await target.send_all(data)
        await target.send_eof()
    except (trio.BrokenResourceError, trio.ClosedResourceError):
        # What broke at one end must look broken at the other.
        await trio.aclose_forcefully(target)


@asynccontextmanager
async def wiretap_at(port: int) -> AsyncIterator[Wiretap]:
    """Listen in front of a node's port while the block lasts."""
    (listener,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
    async with trio.open_nursery() as nursery:
        tap = Wiretap(listener, port)
        nursery.start_soon(tap.run)
        yield tap
        nursery.cancel_scope.cancel()


def frames_in(recorded: bytes) -> Iterator[list[dict[str, object]]]:
    """The frames of one direction of a link, as far as they were recorded."""
    head, _, data = recorded.partition(b"\r\n\r\n")
    is_request = head.startswith(b"GET")
    reader = Connection(ConnectionType.SERVER if is_request else ConnectionType.CLIENT)
    reader.receive_data(bytes(data))
    text = ""
    for event in reader.events():
        if isinstance(event, TextMessage):
            text += event.data
            if event.message_finished:
                yield json.loads(text)
                text = ""


def signed_in(value: object) -> Iterator[dict[str, object]]:
    """Every signed text in a message, however deep."""
    match value:
        case {"signed": str(text), "signature": str()}:
            yield json.loads(text)
        case dict():
            for part in value.values():
                yield from signed_in(part)
        case list():
            for part in value:
                yield from signed_in(part)
        case _:
            pass
