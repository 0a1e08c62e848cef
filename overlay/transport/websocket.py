"""Links over trio-websocket: dialled ones, and accepted ones whose request was read before."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from types import TracebackType
from typing import Final, NamedTuple, TypedDict, TypeVar

import h11
import trio
from trio_websocket import (
    ConnectionClosed,
    HandshakeError,
    WebSocketConnection,
    wrap_client_stream,
)
from wsproto import WSConnection
from wsproto.connection import ConnectionType
from wsproto.events import AcceptConnection, Event
from wsproto.utilities import ProtocolError

from overlay import limits
from overlay.errors import LinkError
from overlay.transport.addresses import OVERLAY_PATH, Endpoint, is_secured, parse_address
from overlay.transport.guard import AcceptedStream, DialledStream, GuardedStream
from overlay.transport.link import (
    DialRefused,
    DialTimedOut,
    DialUnreachable,
    Link,
    LinkOrderly,
    LinkProtocolError,
    LinkReset,
    LinkTooLarge,
    LinkUnsupported,
)
from overlay.transport.tls import TlsStream, secure

MESSAGE_QUEUE_SIZE: Final = 1
"""Messages that trio-websocket holds for us: one more is on its way while one is handled."""

RECEIVE_BUFFER_BYTES: Final = 65_536
"""Bytes per read: the library's own 4,096 is 3.4 times slower on batches. For buffers of 128 KiB
and more malloc asks the system each time, which takes longer than all else in a read."""

_REQUEST: Final = (
    b"GET %s HTTP/1.1\r\nHost: overlay\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %s\r\n\r\n"
)
"""The opening request that we have judged, as wsproto is told it: by path and key."""

_GOING: Final = 1000
_PROTOCOL_ERROR: Final = 1002
_UNSUPPORTED: Final = 1003
_ABNORMAL: Final = 1006
_NOT_UTF_8: Final = 1007
_TOO_BIG: Final = 1009
_LIBRARYS_OWN: Final = (_PROTOCOL_ERROR, _NOT_UTF_8)
"""By these the library, too, says that a rule was broken, be it in a close frame."""
_LIBRARY_ERRORS: Final = (ConnectionClosed, HandshakeError, ProtocolError, h11.ProtocolError)

Opener = Callable[[trio.Nursery, GuardedStream], Awaitable[WebSocketConnection]]


class _Options(TypedDict):
    message_queue_size: int
    max_message_size: int
    receive_buffer_size: int


_OPTIONS: Final = _Options(
    message_queue_size=MESSAGE_QUEUE_SIZE,
    max_message_size=limits.FRAME_BYTES_MAX,
    receive_buffer_size=RECEIVE_BUFFER_BYTES,
)


class _Ends(NamedTuple):
    """What is known of a link's ends before anything was said on it."""

    remote_address: str
    certificate_fingerprint: str | None
    handshake_deadline: float | None = None


class WebSocketLink:
    """A `Link` over trio-websocket."""

    __slots__ = ("_connection", "_ended_with", "_is_closed_by_us", "_stream",
                 "certificate_fingerprint", "handshake_deadline", "nursery",
                 "remote_address")  # fmt: skip

    def __init__(
        self,
        connection: WebSocketConnection,
        stream: GuardedStream,
        nursery: trio.Nursery,
        ends: _Ends,
    ) -> None:
        self.nursery = nursery
        self._connection = connection
        self._stream = stream
        self._is_closed_by_us = False
        self._ended_with: LinkError | None = None
        self.remote_address = ends.remote_address
        self.certificate_fingerprint = ends.certificate_fingerprint
        self.handshake_deadline = ends.handshake_deadline

    async def send(self, data: bytes) -> None:
        message = data.decode() if data[:1] == b"[" else data
        try:
            await self._connection.send_message(message)
        except ConnectionClosed:
            self._ended_with = self._ending()
            raise self._ended_with from None
        if self._stream.has_lost_peer:
            raise LinkReset("the peer has gone")

    async def receive(self) -> bytes:
        try:
            message = await self._connection.get_message()
        except ConnectionClosed:
            self._ended_with = self._ending()
            raise self._ended_with from None
        if not isinstance(message, str):
            self._ended_with = LinkUnsupported("binary messages are reserved for file chunks")
            raise self._ended_with
        return message.encode()

    def take_at_most(self, message_bytes_max: int) -> None:
        self._stream.take_at_most(message_bytes_max)

    def watch_unfinished(self, on_read: Callable[[int, int], None]) -> None:
        self._stream.on_unfinished = on_read

    def hear_no_more(self) -> None:
        self._stream.hear_no_more()
        self._connection._message_parts.clear()

    async def close(self, code: int, reason: str) -> None:
        self._is_closed_by_us = True
        await self._stream.send_close(code, reason)

    async def close_for(self, failure: LinkError | None) -> None:
        """Say why the link ends, unless a close frame has said it or none can be written.

        Without `failure` it is what `send` or `receive` raised, if whoever called them took that.
        """
        match failure or self._ended_with:
            case LinkTooLarge():
                await self.close(_TOO_BIG, "too_large")
            case LinkUnsupported():
                await self.close(_UNSUPPORTED, "unsupported")
            case LinkProtocolError():
                closed = self._connection.closed
                await self.close(closed.code if closed else _PROTOCOL_ERROR, "malformed")
            case _:
                await self.close(_GOING, "")

    def _ending(self) -> LinkError:
        closed = self._connection.closed
        if self._is_closed_by_us:
            return LinkOrderly(_GOING, "")
        if self._stream.is_too_large:
            return LinkTooLarge("a message above the limit")
        if closed is None or closed.code == _ABNORMAL:
            return LinkReset("it ended without a close frame")
        # The library knows of a close before its answer to that is written.
        was_closed = self._stream.has_heard_close and closed.code not in _LIBRARYS_OWN
        if was_closed or self._stream.has_sent_close:
            return LinkOrderly(closed.code, closed.reason or "")
        return LinkProtocolError(closed.reason or "")


@asynccontextmanager
async def dial(
    address: str, *, dial_ms: int = limits.DIAL_MS, allows_plain: bool = False
) -> AsyncIterator[Link]:
    """Open a link to `wss://HOST:PORT/overlay` for as long as the block lasts.

    `ws://` goes without TLS: to loopback, and elsewhere where `allows_plain`.

    Raises: a `DialError` when no link is open within `dial_ms`. A `LinkError`
    raised in the block passes through bare, anything else in a group.
    """
    endpoint = parse_address(address, allows_plain=allows_plain)
    deadline = trio.current_time() + dial_ms / 1000
    transport = await open_stream(endpoint, deadline)
    async with transport:
        remote_address = remote_address_of(transport)
        stream: trio.abc.Stream = transport
        fingerprint = None
        if is_secured(address):
            stream, fingerprint = await secured_stream(transport, endpoint.host, deadline)
        async with initiate(
            stream,
            host=str(endpoint),
            remote_address=remote_address,
            certificate_fingerprint=fingerprint,
            deadline=deadline,
        ) as link:
            yield link


def remote_address_of(transport: trio.SocketStream) -> str:
    """The host at the other end. Raises `DialRefused` if it has hung up already.

    A process that is killed as it accepts resets the connection before anybody
    could ask who it was with.
    """
    try:
        return str(transport.socket.getpeername()[0])
    except OSError as error:
        raise DialRefused("it hung up as soon as it had answered") from error


async def open_stream(endpoint: Endpoint, deadline: float) -> trio.SocketStream:
    """The first step of `dial`, by `deadline` in trio's time. Raises a `DialError`."""
    with trio.CancelScope(deadline=deadline):
        try:
            return await trio.open_tcp_stream(endpoint.host, endpoint.port)
        except OSError as error:
            causes = getattr(error.__cause__, "exceptions", (error,))
            if any(isinstance(cause, ConnectionRefusedError) for cause in causes):
                raise DialRefused(f"nothing listens at {endpoint}") from error
            raise DialUnreachable(f"no way to {endpoint}: {causes[0]}") from error
    raise DialTimedOut(f"{endpoint} does not answer")


async def secured_stream(
    transport: trio.SocketStream, host: str, deadline: float
) -> tuple[TlsStream, str]:
    """The second step of `dial`, and the other end's fingerprint. Raises a `DialError`."""
    with trio.CancelScope(deadline=deadline):
        return await secure(transport, host)
    raise DialTimedOut(f"{host} does not answer in TLS")


def initiate(
    transport: trio.abc.Stream,
    *,
    host: str,
    remote_address: str,
    certificate_fingerprint: str | None = None,
    deadline: float,
) -> AbstractAsyncContextManager[Link]:
    """`dial` over a stream that is open already; closes it. `deadline` is in trio's time."""
    stream = DialledStream(transport)

    async def ask(nursery: trio.Nursery, stream: GuardedStream) -> WebSocketConnection:
        # The annotation is narrower than the use: any stream will do, as for a listener.
        connection = await wrap_client_stream(nursery, stream, host, OVERLAY_PATH, **_OPTIONS)  # type: ignore[arg-type]
        _forget_handshake(connection._wsproto)
        return connection

    ends = _Ends(remote_address, certificate_fingerprint)
    return _Held(stream, transport, partial(_opened, stream, ask, ends, deadline))


def accept(
    transport: trio.abc.Stream,
    *,
    key: bytes,
    early: bytes,
    remote_address: str,
    certificate_fingerprint: str | None = None,
    message_bytes_max: int = limits.FRAME_BYTES_MAX,
    deadline: float,
) -> AbstractAsyncContextManager[Link]:
    """Answer a valid opening request, read already, and hold the link while the block lasts.

    `key` is the request's Sec-WebSocket-Key, `early` what came behind the
    request. Messages are `take_at_most` so long. The peer has until `deadline` to take
    the answer, and to prove itself, which is for others to see to. Closes `transport`. Raises:
    `LinkReset` if the peer has gone or does not take the answer in time; else as `dial`.
    """
    stream = AcceptedStream(transport, early=early)
    stream.take_at_most(message_bytes_max)
    ends = _Ends(remote_address, certificate_fingerprint, deadline)
    return _Held(stream, transport, partial(_opened, stream, partial(_answer, key), ends, deadline))


async def _answer(key: bytes, nursery: trio.Nursery, stream: GuardedStream) -> WebSocketConnection:
    """Shake hands on a request in our own words, and have the library begin after that.

    It sees no foreign request, and what read ours is gone before anything is waited for.
    """
    websocket = WSConnection(ConnectionType.SERVER)
    websocket.receive_data(_REQUEST % (OVERLAY_PATH.encode(), key))
    answer = websocket.send(AcceptConnection())
    _forget_handshake(websocket)
    try:
        await stream.send_all(answer)
    except (trio.BrokenResourceError, trio.ClosedResourceError):
        raise stream.failure from None
    connection = WebSocketConnection(stream, websocket, **_OPTIONS)
    # As `wrap_server_stream` would begin it; a request that it could propose does not come.
    connection._connection_proposal = None
    nursery.start_soon(connection._reader_task)
    return connection


class _Held(AbstractAsyncContextManager[Link]):
    """Holds a link, and the nursery of its tasks, while a block lasts; closes `transport`.

    A generator would say it in fewer lines, and keep its frame and all that opened
    the link for as long as the link lasts: 0.7 KiB of each.
    """

    __slots__ = ("_link", "_nursery", "_open", "_stream", "_transport")

    def __init__(
        self,
        stream: GuardedStream,
        transport: trio.abc.Stream,
        open_in: Callable[[trio.Nursery], Awaitable[WebSocketLink]],
    ) -> None:
        self._stream = stream
        self._transport = transport
        self._open: Callable[[trio.Nursery], Awaitable[WebSocketLink]] | None = open_in
        self._link: WebSocketLink | None = None
        self._nursery = trio.open_nursery()

    async def __aenter__(self) -> Link:
        open_in, self._open = self._open, None
        assert open_in is not None, "a link is held once"
        nursery = await self._nursery.__aenter__()
        try:
            self._link = await open_in(nursery)
        except BaseException as error:
            await self.__aexit__(type(error), error, error.__traceback__)
            raise
        return self._link

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool:
        failure: LinkError | None = None
        try:
            try:
                if self._link is not None and error is None:
                    self._link.nursery.cancel_scope.cancel()
                is_over = await self._nursery.__aexit__(kind, error, traceback)
                if error is not None and not is_over:
                    raise error  # As `async with` would.
            except* LinkError as errors:
                failure = _first(errors)
            except* _LIBRARY_ERRORS as errors:
                broke = LinkReset(f"the link broke: {_first(errors)}")
                failure = broke if self._link else self._stream.failure
            if self._link is not None:
                await self._link.close_for(failure)
                await self._stream.linger()
        finally:
            await trio.aclose_forcefully(self._transport)
        if failure is not None:
            raise failure
        return True


async def _opened(
    stream: GuardedStream, opener: Opener, ends: _Ends, deadline: float, nursery: trio.Nursery
) -> WebSocketLink:
    """Shake hands. The library itself would wait for ever, even once the stream has ended."""
    connection: WebSocketConnection | None = None
    with trio.CancelScope(deadline=deadline) as opening:
        stream.on_ended = opening.cancel
        connection = await opener(nursery, stream)
    stream.on_ended = None
    if connection is None:
        raise stream.failure if stream.has_ended else DialTimedOut("no answer in time")
    stream.library = connection
    return WebSocketLink(connection, stream, nursery, ends)


class _Over:
    """Stands for the opening handshake of a link that is open."""

    def events(self) -> Iterator[Event]:
        return iter(())


_OVER: Final = _Over()


def _forget_handshake(websocket: WSConnection) -> None:
    """Let go of request, answer, and what read them: 5 KiB for each link, as long as it lasts."""
    if websocket.connection is not None:
        websocket.handshake = _OVER  # type: ignore[assignment]  # nothing else is asked of it


ErrorT = TypeVar("ErrorT", bound=Exception)


def _first(group: ExceptionGroup[ErrorT]) -> ErrorT:
    error = group.exceptions[0]
    return _first(error) if isinstance(error, ExceptionGroup) else error
