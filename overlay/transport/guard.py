"""The stream between TCP and trio-websocket, which refuses what that library would let in.

What it guards against, each seen in trio-websocket 0.12 and wsproto 1.3: sizes
are judged once payload is kept, and in characters; foreign header values raise
out of a background task, as do a wrong answer to our opening request and a
ping that arrives while we close; the body of a refusal is kept without bound;
a protocol error is answered without a close frame. So the library sees no
foreign request, no byte of a frame that is too large, no answer but 101, and
cannot write after our close frame.
"""

from collections.abc import Callable
from math import inf
from typing import Final

import trio
from trio_websocket import WebSocketConnection
from wsproto.connection import Connection, ConnectionType
from wsproto.events import CloseConnection

from overlay import limits
from overlay.errors import LinkError
from overlay.transport.frames import FrameHeaders
from overlay.transport.link import DialTurnedAway, LinkReset, NotOverlay
from overlay.transport.tls import TLS_WANTED

CLOSE_MS: Final = 1_000
"""From our close frame to the end of the stream, whatever the peer does."""

LINGER_BYTES_MAX: Final = limits.OUTBOX_BYTES_MAX
"""Discarded while we wait for the peer's close frame: what its outbox may have held."""

RESPONSE_HEAD_BYTES_MAX: Final = 8_192
"""A listener's answer to the opening request; a node needs some 130 bytes."""

_RECEIVE_BYTES: Final = 65_536

_SHARED_RECEIVE_BYTES: Final = 16_384
"""Per read of a client: a crowd that says much at once has read, all in the same turn of the event
loop, what cannot be counted yet."""

_CLOSE_FRAME: Final = 0x88
_HEAD_END: Final = b"\r\n\r\n"

_HELD_BACK_BYTES_MIN: Final = 1_024
"""The library keeps what it has read last, and its text, until it reads something else: of every
client that attached, and of whoever has said something long. Of more than this it gets the last
byte by itself, and keeps that."""

_GONE: Final = (trio.BrokenResourceError, trio.ClosedResourceError)


class GuardedStream(trio.abc.Stream):
    """A stream as trio-websocket wants it; whoever made it closes `transport`.

    `on_ended` is called once nothing more will come out of it. `failure` says why
    there is no link, if it ended before one was open. Once it `has_lost_peer`
    what is sent goes nowhere, and what has come can still be read.
    """

    __slots__ = ("_close_deadline", "_early", "_failure", "_headers", "_is_deaf", "_is_gone",
                 "_is_open", "_is_sending", "_is_torn", "_last_byte", "_sent", "_transport",
                 "has_ended", "has_lost_peer", "has_sent_close", "library", "on_ended",
                 "on_unfinished")  # fmt: skip

    side: ConnectionType

    def __init__(self, transport: trio.abc.Stream) -> None:
        self._transport = transport
        self._headers = FrameHeaders(limits.FRAME_BYTES_MAX)
        self._early = b""
        self._is_open = False
        self._is_sending = False
        self._is_torn = False
        self._is_gone = False
        self._is_deaf = False
        self._last_byte = b""
        self._sent: trio.Event | None = None
        """There is one while somebody waits until something is written."""
        self._close_deadline = inf
        self.has_sent_close = False
        self.has_lost_peer = False
        self.has_ended = False
        self.library: WebSocketConnection | None = None
        """What reads from here, once the link is open."""
        self.on_ended: Callable[[], None] | None = None
        self.on_unfinished: Callable[[int, int], None] | None = None
        """As of `Link.watch_unfinished`."""
        self._failure: LinkError | None = None

    @property
    def failure(self) -> LinkError:
        """Why there is no link, once it has ended without one."""
        return self._failure or LinkReset("it ended before the link was open")

    @property
    def is_too_large(self) -> bool:
        """Whether it ended because of a message above the limit."""
        return self._headers.is_too_large

    @property
    def has_heard_close(self) -> bool:
        """Whether a close frame has come."""
        return self._headers.has_close

    def take_at_most(self, message_bytes_max: int) -> None:
        """Judge what comes by another limit from now on."""
        self._headers.message_bytes_max = message_bytes_max

    def hear_no_more(self) -> None:
        """Give the library nothing more to read."""
        self._is_deaf = True
        self.on_unfinished = None

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        """Write what the library sends, one whole frame a call."""
        if self.has_sent_close:
            raise trio.ClosedResourceError("our close frame is written")
        self.has_sent_close = data[0] == _CLOSE_FRAME
        if self.has_lost_peer:
            return
        try:
            await self._write(data)
        except _GONE:
            if not self._is_open:
                self._end()
                raise
            # To the library it is written: it would not read what the peer has said before.
            self.has_lost_peer = True

    async def _write(self, data: bytes | bytearray | memoryview) -> None:
        # Cancelled here, nothing is written yet: a close frame can still follow what was.
        await trio.lowlevel.checkpoint_if_cancelled()
        self._is_sending = self._is_torn = True
        try:
            await self._transport.send_all(bytes(data))
            self._is_torn = False
        finally:
            self._is_sending = False
            if self._sent is not None:
                self._sent.set()
                self._sent = None

    async def _wait_sent(self) -> None:
        """Return when something more is written."""
        self._sent = self._sent or trio.Event()
        await self._sent.wait()

    def _end(self) -> None:
        self.has_ended = True
        if self.on_ended is not None:
            self.on_ended()

    async def wait_send_all_might_not_block(self) -> None:
        """As for any stream; the library never asks."""
        await self._transport.wait_send_all_might_not_block()

    async def receive_some(self, max_bytes: int | None = None) -> bytes:
        """The next bytes that the library may see."""
        if not self._is_open:
            head = await self._receive_opening()
            if head is not None:
                return head
        # The library would go on reading, and keeping, what comes behind a frame that it refuses.
        is_refused = self.library is not None and self.library.closed is not None
        is_over = self.has_sent_close or is_refused or self._is_deaf
        if self._last_byte and not is_over:
            last, self._last_byte = self._last_byte, b""
            return last
        data = b"" if is_over or self.is_too_large else await self._take(max_bytes)
        passed = self._headers.feed(data)
        if self.on_unfinished is not None:
            self.on_unfinished(self._headers.begun, self._headers.unfinished_bytes)
        if passed and not self._is_deaf:
            if passed > _HELD_BACK_BYTES_MIN:
                passed -= 1
                self._last_byte = data[passed : passed + 1]
            return data if passed == len(data) else data[:passed]
        self._end()
        raise trio.ClosedResourceError

    async def _receive_opening(self) -> bytes | None:
        raise NotImplementedError

    async def _take(self, max_bytes: int | None) -> bytes:
        if self._early:
            data, self._early = self._early, b""
            return data
        try:
            data = bytes(await self._transport.receive_some(self._worth_reading(max_bytes)))
        except _GONE:
            data = b""
        self._is_gone = not data
        return data

    def _worth_reading(self, max_bytes: int | None) -> int | None:
        is_limited = self._headers.message_bytes_max < limits.FRAME_BYTES_MAX
        return _SHARED_RECEIVE_BYTES if is_limited or self.on_unfinished is not None else max_bytes

    async def aclose(self) -> None:
        """Nothing more goes either way; the transport stays for our close frame."""
        self._end()
        await trio.lowlevel.checkpoint()

    async def send_close(self, code: int, reason: str) -> None:
        """Write a close frame after what is being written, within `CLOSE_MS`, if one can be."""
        if self.has_sent_close:
            return
        self.has_sent_close = True
        self._close_deadline = trio.current_time() + CLOSE_MS / 1000
        with trio.CancelScope(deadline=self._close_deadline):
            if self._is_sending:
                await self._wait_sent()
            if not self._is_torn and not self._is_gone:
                await self._write_close(code, reason)

    async def _write_close(self, code: int, reason: str) -> None:
        frame = Connection(self.side).send(CloseConnection(code=code, reason=reason))
        try:
            await self._write(frame)
        except _GONE:
            self._is_gone = True

    async def linger(self) -> None:
        """Let our close frame arrive: discard until the peer's, its end, or a bound.

        A socket closed with bytes unread sends a reset, which can overtake the
        close frame at the peer.
        """
        if not self.has_sent_close or self._is_torn:
            return
        left_bytes = LINGER_BYTES_MAX
        with trio.CancelScope(deadline=self._close_deadline):
            await self._end_writing()
            while not (self._is_gone or self._headers.has_close) and left_bytes > 0:
                data = await self._take(_RECEIVE_BYTES)
                left_bytes -= len(data)
                self._headers.feed(data)

    async def _end_writing(self) -> None:
        if self._is_gone or not isinstance(self._transport, trio.abc.HalfCloseableStream):
            return
        try:
            await self._transport.send_eof()
        except _GONE:
            self._is_gone = True


class AcceptedStream(GuardedStream):
    """A peer's stream after its opening request; `early` is what came behind that.

    Nothing may be read before the answer is sent.
    """

    __slots__ = ()

    side = ConnectionType.SERVER

    def __init__(self, transport: trio.abc.Stream, *, early: bytes) -> None:
        super().__init__(transport)
        self._early = early

    async def _receive_opening(self) -> bytes | None:
        self._is_open = True
        return None


class DialledStream(GuardedStream):
    """A stream on which the library asks for a link."""

    __slots__ = ()

    side = ConnectionType.CLIENT

    def __init__(self, transport: trio.abc.Stream) -> None:
        super().__init__(transport)
        self._failure = DialTurnedAway("it ended before the link was open")

    async def _receive_opening(self) -> bytes | None:
        received = b""
        while _HEAD_END not in received:
            if len(received) > RESPONSE_HEAD_BYTES_MAX:
                return await self._fail(received)
            data = await self._take(_RECEIVE_BYTES)
            if not data:
                return await self._fail(received)
            received += data
        head, _, self._early = received.partition(_HEAD_END)
        if not head.startswith(b"HTTP/1.1 101") or not head.isascii():
            return await self._fail(received)
        self._failure = NotOverlay("it answers the opening request wrongly")
        self._is_open = True
        return head + _HEAD_END

    async def _fail(self, received: bytes) -> bytes:
        if received.startswith(b"HTTP/1.1 503"):
            self._failure = DialTurnedAway("it has no room for another link now")
        elif TLS_WANTED.encode() in received:
            self._failure = NotOverlay("TLS is spoken there: write wss://")
        elif received:
            self._failure = NotOverlay("what answers there is no node")
        self._end()
        raise trio.ClosedResourceError
