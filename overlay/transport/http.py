"""HTTP/1.1 on a connection that may turn out to want a link. h11 does the protocol."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass, replace
from typing import Final

import h11
import trio

HEAD_BYTES_MAX: Final = 16_384
"""Request line and headers: twice what browsers with many cookies send."""

BODY_BYTES_MAX: Final = 16_384
"""A request's body: GET and HEAD have no use for one yet."""

RESPONSE_MS: Final = 30_000
"""From a request to its response written: a page of 300 kB on a slow mobile link."""

CHUNK_MS: Final = 10_000
"""From one piece of a stream to it written: whoever takes longer comes back for a newer one."""

LINGER_MS: Final = 1_000
"""From our last byte to the end of the connection, so that the peer can read that byte."""

_READ_BYTES: Final = 4_096
_LINGER_BYTES_MAX: Final = 65_536
READING: Final = ("GET", "HEAD")
"""The methods that change nothing."""

Headers = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One HTTP request. Header names are lower case, in the order sent."""

    method: str
    target: str
    headers: Headers = ()
    version: str = "1.1"
    body: bytes = b""
    remote_address: str = ""

    @property
    def path(self) -> str:
        """The target without its query."""
        return self.target.partition("?")[0]

    def header(self, name: str) -> str:
        """All values of the header `name`, joined; empty if there is none."""
        return ", ".join(value for key, value in self.headers if key == name)


@dataclass(frozen=True, slots=True)
class Response:
    """One HTTP response. Its length is written by us."""

    status: int
    headers: Headers = ()
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Streamed:
    """A response that goes on for as long as its pieces do, and the peer takes them."""

    status: int
    headers: Headers
    pieces: AsyncGenerator[bytes, None]


Answer = Callable[[Request], Awaitable[Response | Streamed]]


class HttpRefusedError(Exception):
    """A request that is answered with an error, after which the connection ends."""

    def __init__(self, status: int, words: str, headers: Headers = ()) -> None:
        super().__init__(words)
        plain = ("content-type", "text/plain; charset=utf-8")
        self.response = Response(status, (plain, *headers), f"{words}\n".encode())


class HttpConnection:
    """One TCP connection, as a sequence of requests and responses.

    Every method raises trio's `BrokenResourceError` when the peer has gone.
    """

    def __init__(
        self,
        stream: trio.abc.Stream,
        *,
        remote_address: str = "",
        methods: Sequence[str] = READING,
    ) -> None:
        self._stream = stream
        self._remote_address = remote_address
        self._methods = methods
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=HEAD_BYTES_MAX)
        self._head_only = False
        self._is_over = False

    @property
    def has_begun(self) -> bool:
        """Whether part of a request has come."""
        return self._http.their_state is not h11.IDLE or bool(self._http.trailing_data[0])

    @property
    def is_reusable(self) -> bool:
        """Whether another request may follow the response."""
        return self._http.our_state is h11.DONE and self._http.their_state is h11.DONE

    @property
    def may_answer(self) -> bool:
        """Whether no response is half written, and our end is open."""
        return not self._is_over and self._http.our_state in (h11.IDLE, h11.SEND_RESPONSE)

    def take_early(self) -> bytes:
        """What came behind a request to upgrade."""
        return self._http.trailing_data[0]

    async def next_request(self) -> Request | None:
        """The next request; None when the peer has none.

        Raises: `HttpRefusedError` for one that is not to be answered.
        """
        if self.is_reusable:
            self._http.start_next_cycle()
            # What is refused before its method is read is answered in full.
            self._head_only = False
        head = await self._next_event()
        if not isinstance(head, h11.Request):
            return None
        request = _read_head(head)
        _check_is_understood(request)
        if request.method not in self._methods:
            allowed = ("allow", ", ".join(self._methods))
            raise HttpRefusedError(405, f"only {allowed[1]} are answered", (allowed,))
        body = await self._read_body()
        return replace(request, body=body, remote_address=self._remote_address)

    async def _read_body(self) -> bytes:
        body = b""
        while True:
            event = await self._next_event()
            if not isinstance(event, h11.Data):
                return body
            body += event.data
            if len(body) > BODY_BYTES_MAX:
                raise HttpRefusedError(413, f"a body has at most {BODY_BYTES_MAX} bytes")

    async def _next_event(self) -> h11.Event | None:
        while True:
            try:
                event = self._http.next_event()
            except h11.RemoteProtocolError as error:
                raise HttpRefusedError(error.error_status_hint, str(error)) from None
            if isinstance(event, h11.Request):
                # Before anything of it is judged: a refusal has no body either.
                self._head_only = event.method == b"HEAD"
            if isinstance(event, h11.Event):
                return event
            if event is h11.PAUSED:
                return None
            self._http.receive_data(bytes(await self._stream.receive_some(_READ_BYTES)))

    async def respond(self, response: Response, *, closes: bool = False) -> None:
        """Write `response`; `closes` says in it that no other request is answered."""
        headers = [*response.headers, ("content-length", str(len(response.body)))]
        if closes:
            headers.append(("connection", "close"))
        head = h11.Response(status_code=response.status, headers=headers)
        data = self._http.send(head) or b""
        if not self._head_only:
            data += self._http.send(h11.Data(data=response.body)) or b""
        data += self._http.send(h11.EndOfMessage()) or b""
        await self._stream.send_all(data)

    async def stream(self, response: Streamed) -> None:
        """Write `response` piece by piece until it or the peer ends. No request can follow."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._watch_end, nursery.cancel_scope)
            # Within the nursery, which would wrap it: the peer has gone, there is nobody to tell.
            with suppress(trio.BrokenResourceError):
                await self._send_pieces(response)
            nursery.cancel_scope.cancel()

    async def _send_pieces(self, response: Streamed) -> None:
        async with aclosing(response.pieces) as pieces:
            headers = [*response.headers, ("connection", "close")]
            head = h11.Response(status_code=response.status, headers=headers)
            await self._send_soon(self._http.send(head) or b"")
            if not self._head_only:
                async for piece in pieces:
                    await self._send_soon(self._http.send(h11.Data(data=piece)) or b"")
            await self._send_soon(self._http.send(h11.EndOfMessage()) or b"")

    async def _send_soon(self, data: bytes) -> None:
        with trio.move_on_after(CHUNK_MS / 1000) as patience:
            await self._stream.send_all(data)
        if patience.cancelled_caught:
            raise trio.BrokenResourceError("a piece was not taken")

    async def _watch_end(self, streaming: trio.CancelScope) -> None:
        """Whoever closes a page says nothing; what else comes meanwhile is no request."""
        with suppress(trio.BrokenResourceError):
            while await self._stream.receive_some(_READ_BYTES):
                pass
        streaming.cancel()

    async def end(self, refusal: HttpRefusedError) -> None:
        """Say no for the last time, within a bounded time."""
        with trio.move_on_after(LINGER_MS / 1000):
            await self.respond(refusal.response, closes=True)
            await self.linger()

    async def linger(self) -> None:
        """Let the last response arrive: a socket closed with bytes unread sends a reset."""
        self._is_over = True
        with trio.move_on_after(LINGER_MS / 1000):
            if isinstance(self._stream, trio.abc.HalfCloseableStream):
                await self._stream.send_eof()
            left_bytes = _LINGER_BYTES_MAX
            while left_bytes > 0 and (data := await self._stream.receive_some(_READ_BYTES)):
                left_bytes -= len(data)


def _read_head(head: h11.Request) -> Request:
    headers = tuple((name.decode("ascii"), value.decode("latin-1")) for name, value in head.headers)
    return Request(
        method=head.method.decode("ascii"),
        target=head.target.decode("ascii"),
        headers=headers,
        version=head.http_version.decode("ascii"),
    )


def _check_is_understood(request: Request) -> None:
    """Raises `HttpRefusedError` for what h11 lets pass. Source: RFC 9112, sections 2.3 and 6.3."""
    if not request.version.startswith("1."):
        raise HttpRefusedError(505, "HTTP/1.1 is spoken here")
    if request.header("transfer-encoding") and request.header("content-length"):
        # A proxy before us may have believed the other: where does the next request begin?
        raise HttpRefusedError(400, "a body has a length or chunks, not both")
