"""One TCP port for links and HTTP: each connection's first request decides which it is."""

import base64
import binascii
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass
from typing import Any, Final, Literal, NamedTuple
from urllib.parse import urlsplit

import trio

from overlay import limits
from overlay.errors import LinkError
from overlay.structures.hosts import block_of, is_loopback
from overlay.transport.addresses import OVERLAY_PATH
from overlay.transport.http import (
    READING,
    RESPONSE_MS,
    Answer,
    HttpConnection,
    HttpRefusedError,
    Request,
    Streamed,
)
from overlay.transport.link import Link
from overlay.transport.tls import NO_TLS, TLS_WANTED, PlainHttp, Presented, present
from overlay.transport.turns import Turnstile, let_others
from overlay.transport.websocket import accept

IDLE_MS: Final = limits.HANDSHAKE_MS
"""An answered connection waits this long for its next request: it takes a place meanwhile."""

REFUSING_MAX: Final = 64
"""Connections that are being told that there is no room; further ones just end."""

_WEBSOCKET_VERSION: Final = "13"
_KEY_BYTES: Final = 16

Reason = Literal["banned", "address", "room", "slow", "tls", "request"]


@dataclass(frozen=True, slots=True)
class TurnedAway:
    """A connection came to nothing here.

    It came from where somebody is `banned`, or from an `address` that has too many; there
    was no `room`, or its place went to a newer one; it was too `slow`; it spoke no `tls`
    that we take; its `request` was refused.
    """

    reason: Reason


Carry = Callable[[Link], Awaitable[None]]
"""What is done with an accepted link; it ends when this returns."""

HostCheck = Callable[[str], bool]
OnDefect = Callable[[Exception, str], None]


class _Opening(NamedTuple):
    """A valid request for a link: its key, and what came behind it."""

    key: bytes
    early: bytes


class Places:
    """Bounds the connections that are no link yet, in all and from one remote address.

    With one more than there is room for in all the oldest gives way: who is slow loses, not
    who has just come.
    """

    def __init__(
        self,
        places_max: int = limits.NO_LINK_MAX,
        per_address_max: int = limits.HALF_OPEN_PER_ADDRESS_MAX,
    ) -> None:
        self._places_max = places_max
        self._per_address_max = per_address_max
        self._taken: Counter[str] = Counter()
        self._oldest_first: dict[trio.CancelScope, str] = {}

    def take(self, address: str) -> trio.CancelScope | None:
        """A place for `address`: what is cancelled when it is lost to another.

        None if there is none at all, or this address has too many, or its customer, whom 64 bits
        of IPv6 stand for; loopback stands for many peers.
        """
        block = block_of(address)
        if not is_loopback(address) and self._taken[block] >= self._per_address_max:
            return None
        if len(self._oldest_first) >= self._places_max:
            oldest = next(iter(self._oldest_first), None)
            if oldest is None:
                return None
            oldest.cancel()
            self.leave(oldest)
        place = trio.CancelScope()
        self._oldest_first[place] = block
        self._taken[block] += 1
        return place

    @property
    def taken(self) -> int:
        """How many there are now."""
        return len(self._oldest_first)

    def leave(self, place: trio.CancelScope) -> None:
        """Give back a place, unless it is lost already."""
        block = self._oldest_first.pop(place, None)
        if block is None:
            return
        self._taken[block] -= 1
        if not self._taken[block]:
            del self._taken[block]


class Port:
    """Serves connections: `answer` makes HTTP responses, `carry` holds links.

    `host_is_ours` judges the host of a Host header, and of an Origin header where
    `origin_is_ours` is not given: a page from elsewhere whose name was made to
    resolve to us must get nothing. `methods` are those of the requests that
    `answer` gets. `presents` says what the next connection is presented. Connections from
    where `is_banned` just end. `on_defect` is told what a defect of ours raises on a
    connection, and where that comes from: it ends that connection alone. `on_turned_away` is
    told of connections that come to nothing, unless their peer just went. On a link a message
    has at most `message_bytes_max`, until whoever carries it takes more.
    """

    def __init__(
        self,
        *,
        answer: Answer,
        carry: Carry,
        host_is_ours: HostCheck = is_loopback,
        origin_is_ours: HostCheck | None = None,
        places: Places | None = None,
        methods: Sequence[str] = READING,
        presents: Callable[[], Presented] = lambda: NO_TLS,
        is_banned: Callable[[str], bool] = lambda _: False,
        on_defect: OnDefect | None = None,
        on_turned_away: Callable[[TurnedAway], None] = lambda _: None,
        message_bytes_max: int = limits.FRAME_BYTES_MAX,
    ) -> None:
        self._message_bytes_max = message_bytes_max
        self._methods = methods
        self._presents = presents
        self._is_banned = is_banned
        self._on_defect = on_defect
        self._on_turned_away = on_turned_away
        self._answer = answer
        self._carry = carry
        self._host_is_ours = host_is_ours
        self._origin_is_ours = origin_is_ours or host_is_ours
        self._places = places or Places()
        self._refusing = 0
        self._turnstile = Turnstile()

    def serve(self, stream: trio.SocketStream) -> Coroutine[Any, Any, None]:
        """Serve one accepted connection to its end; closes it."""
        deadline = trio.current_time() + limits.HANDSHAKE_MS / 1000
        try:
            address = str(stream.socket.getpeername()[0])
        except OSError:
            return stream.aclose()  # It has gone between our accept and now.
        return self.serve_stream(stream, address, deadline)

    async def serve_stream(self, stream: trio.abc.Stream, address: str, deadline: float) -> None:
        """`serve` for any stream: it is a link, or has asked something, by `deadline`."""
        async with stream:
            place: trio.CancelScope | None = None
            try:
                if self._is_banned(address):
                    # Before TLS, and before it takes a place: it costs us next to nothing.
                    self._on_turned_away(TurnedAway("banned"))
                    return
                place = self._places.take(address)
                if place is None:
                    self._on_turned_away(TurnedAway("address"))
                    await self._turn_away(stream, address)
                    return
                opening = await self._asked(stream, address, deadline, place)
                if opening is not None:
                    async with opening as link:
                        self._places.leave(place)
                        place = None  # Nor is it kept, then, for as long as the link lasts.
                        await self._carry(link)
            except LinkError:
                return  # Who carried the link knows; if nobody did, there was none.
            except Exception as defect:
                if self._on_defect is None:
                    raise
                self._on_defect(defect, address)
            finally:
                if place is not None:
                    self._places.leave(place)

    async def _asked(
        self,
        stream: trio.abc.Stream,
        address: str,
        deadline: float,
        place: trio.CancelScope,
    ) -> AbstractAsyncContextManager[Link] | None:
        """Serve what is no link; returns one that is to be opened. What read it is not kept."""
        presented = self._presents()
        secured: trio.abc.Stream | None = None
        http: HttpConnection | None = None
        with place:
            secured = await self._secured(stream, presented, deadline)
            if secured is None:
                return None
            http = self._http_on(secured, address)
            opening = await self._converse(http, deadline)
            if opening is None:
                return None
            http = None
            if await self._turnstile.goes_through(deadline):
                return accept(
                    secured,
                    key=opening.key,
                    early=opening.early,
                    remote_address=address,
                    certificate_fingerprint=presented.fingerprint,
                    message_bytes_max=self._message_bytes_max,
                    deadline=deadline,
                )
        # Cancelled alone, or too late: what ended otherwise has returned.
        self._on_turned_away(TurnedAway("room" if place.cancel_called else "slow"))
        if secured is not None:
            # It has lost its place to somebody, or has waited for its turn in vain.
            http = http or self._http_on(secured, address)
            if http.may_answer:
                await self._refuse(http)
        return None

    def _http_on(self, stream: trio.abc.Stream, address: str) -> HttpConnection:
        return HttpConnection(stream, remote_address=address, methods=self._methods)

    async def _secured(
        self, stream: trio.abc.Stream, presented: Presented, deadline: float
    ) -> trio.abc.Stream | None:
        """The stream in TLS, where that ends here; None if there will be none."""
        if presented.context is None:
            return stream
        try:
            with trio.CancelScope(deadline=deadline):
                return await present(stream, presented.context)
        except PlainHttp:
            self._on_turned_away(TurnedAway("tls"))
            needed = HttpRefusedError(400, TLS_WANTED)
            with suppress(trio.BrokenResourceError):
                await HttpConnection(stream).end(needed)
        except trio.BrokenResourceError:
            # The peer has gone, or will not understand us; there is nobody to tell.
            self._on_turned_away(TurnedAway("tls"))
        else:
            self._on_turned_away(TurnedAway("slow"))
        return None

    async def _turn_away(self, stream: trio.abc.Stream, address: str) -> None:
        if self._presents().context is None:
            await self._refuse(self._http_on(stream, address))

    async def _refuse(self, http: HttpConnection) -> None:
        if self._refusing >= REFUSING_MAX:
            return
        self._refusing += 1
        try:
            await let_others(limits.GOODBYE_TURN_MS)
            again = ("retry-after", str(limits.LINK_RETRY_MS // 1_000))
            no_room = HttpRefusedError(503, "no room for another connection now", (again,))
            await http.end(no_room)
        except trio.BrokenResourceError:
            return
        finally:
            self._refusing -= 1

    async def _converse(self, http: HttpConnection, deadline: float) -> _Opening | None:
        """Answer requests. Returns one that is to become a link."""
        try:
            try:
                return await self._answer_all(http, deadline)
            except HttpRefusedError as refusal:
                self._on_turned_away(
                    TurnedAway("slow" if refusal.response.status == 408 else "request")
                )
                await http.end(refusal)
        except trio.BrokenResourceError:
            pass  # The peer has gone; there is nobody to tell.
        return None

    async def _answer_all(self, http: HttpConnection, deadline: float) -> _Opening | None:
        request = await _next_request(http, deadline)
        if request is not None and _wants_link(request):
            self._check(request)
            return _Opening(_opening_key(request), http.take_early())
        if request is None and trio.current_time() >= deadline:
            self._on_turned_away(TurnedAway("slow"))
        while request is not None:
            await self._answer_one(http, request)
            if not http.is_reusable:
                break
            deadline = trio.current_time() + IDLE_MS / 1000
            request = await _next_request(http, deadline)
        await http.linger()
        return None

    async def _answer_one(self, http: HttpConnection, request: Request) -> None:
        self._check(request)
        if request.path == OVERLAY_PATH:
            upgrade = (("upgrade", "websocket"), ("connection", "upgrade"))
            raise HttpRefusedError(426, "links are WebSockets", upgrade)
        streamed: Streamed | None = None
        with trio.move_on_after(RESPONSE_MS / 1000) as scope:
            response = await self._answer(request)
            if isinstance(response, Streamed):
                streamed = response
            else:
                await http.respond(response)
        if scope.cancelled_caught:
            raise trio.BrokenResourceError("the response was not taken")
        if streamed is not None:
            await http.stream(streamed)

    def _check(self, request: Request) -> None:
        host = _host(f"//{request.header('host')}")
        if not self._host_is_ours(host):
            raise HttpRefusedError(421, f"this is not {host or 'so called'}")
        origin = request.header("origin")
        if _wants_link(request) and origin and not self._origin_is_ours(_host(origin)):
            raise HttpRefusedError(403, "links from pages of other hosts are refused")


def _host(url: str) -> str:
    """Empty where there is more in it than that and a port, or nothing that could be one."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    rest = (parts.path, parts.query, parts.fragment, parts.username)
    return "" if any(part for part in rest) else parts.hostname or ""


async def _next_request(http: HttpConnection, deadline: float) -> Request | None:
    request: Request | None = None
    with trio.CancelScope(deadline=deadline) as scope:
        request = await http.next_request()
    if scope.cancelled_caught:
        await let_others(limits.GOODBYE_TURN_MS)
        if http.has_begun:
            raise HttpRefusedError(408, "the request took too long")
    return request


def _wants_link(request: Request) -> bool:
    return request.header("upgrade").lower() == "websocket"


def _opening_key(request: Request) -> bytes:
    """The key of a valid opening request. Source: RFC 6455, section 4.2.1."""
    if request.path != OVERLAY_PATH:
        raise HttpRefusedError(404, f"links are opened at {OVERLAY_PATH}")
    tokens = [token.strip() for token in request.header("connection").lower().split(",")]
    is_one = request.method == "GET" and request.version != "1.0" and not request.body
    if not is_one or "upgrade" not in tokens:
        raise HttpRefusedError(400, "no valid opening request: see RFC 6455, section 4.1")
    if request.header("sec-websocket-version") != _WEBSOCKET_VERSION:
        version = ("sec-websocket-version", _WEBSOCKET_VERSION)
        raise HttpRefusedError(426, "only WebSocket version 13 is spoken", (version,))
    key = request.header("sec-websocket-key")
    try:
        is_valid = len(base64.b64decode(key, validate=True)) == _KEY_BYTES
    except (binascii.Error, ValueError):
        is_valid = False
    if not is_valid:
        raise HttpRefusedError(400, "Sec-WebSocket-Key is not 16 bytes in base64")
    return key.encode("ascii")
