"""The other end of a connection, which may misbehave as it likes."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial

import trio
from wsproto.connection import Connection, ConnectionType
from wsproto.events import BytesMessage, CloseConnection, Event, TextMessage

from overlay.errors import LinkError
from overlay.transport.addresses import Endpoint
from overlay.transport.http import Answer, Request, Response
from overlay.transport.link import Link
from overlay.transport.listen import listening_at, open_listeners
from overlay.transport.port import Port

KEY = "dGhlIHNhbXBsZSBub25jZQ=="
ACCEPT_OF_KEY = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

OPENING_HEADERS = {
    "Host": "127.0.0.1",
    "Connection": "keep-alive, Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": KEY,
}


def request(line: str, headers: dict[str, str]) -> bytes:
    """The bytes of a request without a body."""
    lines = [line, *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def get(target: str, **headers: str) -> bytes:
    """A plain request of a browser on this machine."""
    return request(f"GET {target} HTTP/1.1", {"Host": "127.0.0.1"} | headers)


def opening(target: str = "/overlay", **headers: str) -> bytes:
    """A valid request for a link, but for what `headers` changes."""
    changed = {name.replace("_", "-"): value for name, value in headers.items()}
    return request(f"GET {target} HTTP/1.1", OPENING_HEADERS | changed)


def frame(
    payload: bytes, *, opcode: int = 1, is_final: bool = True, declared_bytes: int | None = None
) -> bytes:
    """A client's frame under a mask of zeros; it may declare more than it holds."""
    length = len(payload) if declared_bytes is None else declared_bytes
    first = opcode | (0x80 if is_final else 0)
    mask = bytes(4)
    if length < 126:
        return bytes([first, 0x80 | length]) + mask + payload
    if length < 65_536:
        return bytes([first, 0x80 | 126]) + length.to_bytes(2) + mask + payload
    return bytes([first, 0x80 | 127]) + length.to_bytes(8) + mask + payload


class RawPeer:
    """Sends bytes as they are, and reads what comes back."""

    def __init__(self, stream: trio.abc.Stream) -> None:
        self.stream = stream
        self._unread = b""

    async def sends(self, data: bytes) -> None:
        await self.stream.send_all(data)

    async def reads_until(self, end: bytes) -> bytes:
        while end not in self._unread:
            data = await self.stream.receive_some(65_536)
            assert data, f"ended before {end!r}: {self._unread!r}"
            self._unread += data
        found, _, self._unread = self._unread.partition(end)
        return found + end

    async def reads_head(self) -> bytes:
        return await self.reads_until(b"\r\n\r\n")

    async def reads_all(self) -> bytes:
        while data := await self.stream.receive_some(65_536):
            self._unread += data
        return self._unread

    async def opens_link(self, first: bytes = b"") -> None:
        """Ask for a link, with `first` in the same segment, and see it granted."""
        await self.sends(opening() + first)
        head = await self.reads_head()
        assert head.startswith(b"HTTP/1.1 101 ")
        assert f"Sec-WebSocket-Accept: {ACCEPT_OF_KEY}".lower() in head.decode().lower()
        assert b"extensions" not in head.lower()

    async def reads_events(self) -> list[Event]:
        """Everything that comes as WebSocket, up to the end."""
        websocket = Connection(ConnectionType.CLIENT)
        websocket.receive_data(await self.reads_all())
        return list(websocket.events())

    async def reads_close(self) -> tuple[int, str]:
        """Code and reason of the close frame that ends what comes."""
        last = (await self.reads_events())[-1]
        assert isinstance(last, CloseConnection)
        return last.code, last.reason or ""


def messages(events: list[Event]) -> list[str | bytes | bytearray]:
    """What the message events among `events` hold."""
    kinds = (TextMessage, BytesMessage)
    return [event.data for event in events if isinstance(event, kinds)]


async def says_its_request(request: Request) -> Response:
    """Answer with what was asked."""
    return Response(200, (("content-type", "text/plain"),), f"you asked {request.target}".encode())


class Guest:
    """Carries links: receives until they end, and remembers."""

    def __init__(self) -> None:
        self.received: list[bytes] = []
        self.ended_with: list[str] = []
        self.links_ended = trio.Event()

    async def carry(self, link: Link) -> None:
        try:
            while True:
                self.received.append(await link.receive())
        except LinkError as error:
            self.ended_with.append(type(error).__name__)
            raise
        finally:
            self.links_ended.set()


@asynccontextmanager
async def a_port(
    carry: Callable[[Link], Awaitable[None]],
    answer: Answer = says_its_request,
    port: Port | None = None,
) -> AsyncIterator[Endpoint]:
    """A port on loopback, served for as long as the block lasts."""
    (listener,) = await open_listeners(Endpoint("127.0.0.1", 0))
    port = port or Port(answer=answer, carry=carry)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(partial(trio.serve_listeners, port.serve, [listener]))
        yield listening_at(listener)
        nursery.cancel_scope.cancel()


@asynccontextmanager
async def a_raw_peer(endpoint: Endpoint) -> AsyncIterator[RawPeer]:
    """A TCP connection to `endpoint`."""
    async with await trio.open_tcp_stream(endpoint.host, endpoint.port) as stream:
        yield RawPeer(stream)
