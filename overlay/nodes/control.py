"""The operator's way in: `control.sock`, JSON lines, mode 0600.

One request a line, `{"command": …}`; one answer a line, `{"ok": true, …}` or
`{"ok": false, "detail": …}`. Commands: `status`, `accept-key` with `address`,
`keep-apart` with `node` (an id) and `seconds` (0 ends it), `reload`, `stop`,
`limits`, `set-limits` with `limits` (rates by name), `ban` with `who`, `seconds`
(null for good) and `reason`, `unban` with `who`.
"""

import json
import os
import socket
import struct
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Final

import trio

from overlay import limits
from overlay.core.requests import (
    AcceptKey,
    BanPeer,
    Carried,
    Declined,
    KeepApart,
    LimitsStatus,
    LimitsWanted,
    NodeStatus,
    Reply,
    StatusWanted,
    UnbanPeer,
)
from overlay.core.requests import Request as NodeRequest
from overlay.errors import ConfigError, LinkError
from overlay.messages.ids import Address, NodeId
from overlay.nodes.status import status_fields
from overlay.runtime.clock import wall_ms
from overlay.storage.looking import is_there, no_way_to

PATH_BYTES_MAX: Final = 107
"""Of a socket's path, where the system has 108 with the end. Source: unix(7)."""

ANSWER_SECONDS: Final = 10.0
"""A node answers from memory; one that takes longer is stuck."""

_NONE_RUNS: Final = "{}: no node runs in this directory; start it first"

_CREDENTIALS: Final = struct.Struct("3i")
"""Process, user and group. Source: unix(7), `struct ucred`."""

Ask = Callable[[NodeRequest], Awaitable[Reply]]

_REQUEST_BYTES_MAX = 65_536
"""One request: an address and a word are far below."""

_ANSWER_BYTES_MAX = 16_777_216
"""One answer: a status names every member, up to 16,384 of them, with its links."""

_READ_BYTES = 65_536


@asynccontextmanager
async def open_control(path: Path) -> AsyncIterator[trio.SocketListener]:
    """Hold the control socket of a node for as long as the block lasts.

    Raises: `ConfigError` if another node holds it, or it cannot be made.
    """
    await _remove_stale(path)
    bound = trio.socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    with bound:
        before = os.umask(0o177)
        try:
            await bound.bind(str(path))
        except OSError as error:
            expected = f"a path of at most {PATH_BYTES_MAX} bytes in a directory we may write"
            raise ConfigError(str(path), str(error), expected) from None
        finally:
            os.umask(before)
        try:
            bound.listen(8)
            yield trio.SocketListener(bound)
        finally:
            _remove(path)


class Control:
    """Serves the control socket of one node."""

    def __init__(
        self,
        *,
        ask: Ask,
        reload: Callable[[], str],
        stop: Callable[[], None],
        lag_ms: Callable[[], float] = lambda: 0.0,
        change_limits: Callable[[Mapping[str, str]], str] = lambda _: "",
        wall_ms: Callable[[], int] = wall_ms,
    ) -> None:
        self._lag_ms = lag_ms
        self._change_limits = change_limits
        self._wall_ms = wall_ms
        self._ask = ask
        self._reload = reload
        self._stop = stop

    async def run(self, listener: trio.SocketListener) -> None:
        """Serve until cancelled."""
        await trio.serve_listeners(self._serve, [listener])

    async def _serve(self, stream: trio.SocketStream) -> None:
        async with stream, aclosing(_lines(stream, _REQUEST_BYTES_MAX)) as lines:
            try:
                async for line in lines:
                    await stream.send_all(json.dumps(await self._answer(line)).encode() + b"\n")
            except trio.BrokenResourceError:
                return

    async def _answer(self, line: bytes) -> dict[str, object]:
        try:
            request = json.loads(line)
        except (ValueError, RecursionError):
            return {"ok": False, "detail": "a request is one line of JSON"}
        match request:
            case {"command": "status"}:
                return self._fields(await self._ask(StatusWanted()))
            case {"command": "accept-key", "address": str(address)}:
                return self._fields(await self._ask(AcceptKey(Address(address))))
            case {"command": "keep-apart", "node": str(node), "seconds": int(seconds)}:
                return self._fields(await self._ask(KeepApart(NodeId(node), seconds * 1_000)))
            case {"command": "limits"}:
                return self._fields(await self._ask(LimitsWanted()))
            case {"command": "set-limits", "limits": dict(changes)}:
                wanted = {str(name): str(rate) for name, rate in changes.items()}
                return self._try(lambda: self._change_limits(wanted))
            case {"command": "ban", "who": str(who), "reason": str(reason)}:
                return await self._ban(who, reason, request.get("seconds"))
            case {"command": "unban", "who": str(who)}:
                return self._fields(await self._ask(UnbanPeer(who)))
            case {"command": "reload"}:
                return self._try(self._reload)
            case {"command": "stop"}:
                self._stop()
                return {"ok": True}
            case _:
                return {"ok": False, "detail": "unknown command"}

    def _fields(self, reply: Reply) -> dict[str, object]:
        match reply:
            case NodeStatus():
                return {"ok": True, "status": status_fields(reply, self._lag_ms())}
            case LimitsStatus():
                return {"ok": True, "limits": asdict(reply)}
            case Carried(detail):
                return {"ok": True, "detail": detail}
            case Declined(detail):
                return {"ok": False, "detail": detail}

    async def _ban(self, who: str, reason: str, seconds: object) -> dict[str, object]:
        if seconds is None:
            return self._fields(await self._ask(BanPeer(who=who, reason=reason)))
        if not isinstance(seconds, int) or seconds <= 0:
            return {"ok": False, "detail": "a ban lasts for whole seconds, or for good"}
        for_ms = min(seconds * 1_000, limits.BAN_MS_MAX)
        until_at_ms = self._wall_ms() + for_ms
        asked = BanPeer(who=who, reason=reason, for_ms=for_ms, until_at_ms=until_at_ms)
        return self._fields(await self._ask(asked))

    def _try(self, change: Callable[[], str]) -> dict[str, object]:
        try:
            detail = change()
        except ConfigError as error:
            return {"ok": False, "detail": str(error)}
        return {"ok": True, "detail": detail} if detail else {"ok": True}


async def ask_node(path: Path, **request: object) -> dict[str, object]:
    """Ask a running node through its control socket.

    Raises `LinkError` if no node runs there, or it does not answer within
    `ANSWER_SECONDS`; `ConfigError` where we may not ask it.
    """
    stream = await _reach(path)
    process = _process_at(stream)
    with trio.move_on_after(ANSWER_SECONDS) as patience:
        async with stream, aclosing(_lines(stream, _ANSWER_BYTES_MAX)) as lines:
            try:
                if not _is_connected(stream):
                    # It takes no more connections: those before ours wait for it, too.
                    await trio.sleep_forever()
                await stream.send_all(json.dumps(request).encode() + b"\n")
                async for line in lines:
                    answer: dict[str, object] = json.loads(line)
                    return answer
            except trio.BrokenResourceError:
                pass
    if patience.cancelled_caught:
        raise LinkError(_stuck(path, process))
    raise LinkError(f"{path}: the node went away without an answer")


async def _reach(path: Path) -> trio.SocketStream:
    if len(os.fsencode(path)) > PATH_BYTES_MAX:
        raise LinkError(f"{path}: no node runs under a path of more than {PATH_BYTES_MAX} bytes")
    try:
        return await trio.open_unix_socket(str(path))
    except (FileNotFoundError, NotADirectoryError):
        if is_there(path.parent):
            raise LinkError(_NONE_RUNS.format(path)) from None
        made = f"`overlay node init {path.parent} …` makes a node"
        raise LinkError(f"{path.parent}: no such directory; {made}") from None
    except ConnectionRefusedError:
        raise LinkError(_NONE_RUNS.format(path)) from None
    except OSError as error:
        raise no_way_to(path, error) from None


def _is_connected(stream: trio.SocketStream) -> bool:
    """trio takes a socket for connected where the other end's queue is full."""
    try:
        stream.socket.getpeername()
    except OSError:
        return False
    return True


def _process_at(stream: trio.SocketStream) -> int:
    """Which process listens at the other end; 0 where the system does not say."""
    try:
        told = stream.socket.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    except (OSError, AttributeError):
        return 0
    return int(_CREDENTIALS.unpack(told)[0])


def _stuck(path: Path, process: int) -> str:
    asked = f"{path}: a node runs in this directory, and has not answered within"
    # What was written to its socket waits there.
    rest = "or has far too much to do; it may still do as it was told"
    if not process:
        return f"{asked} {ANSWER_SECONDS:g} s: it stands still, {rest}"
    return (
        f"{asked} {ANSWER_SECONDS:g} s: process {process} stands still (`kill -CONT {process}`"
        f" lets it run on), {rest}"
    )


async def _lines(stream: trio.SocketStream, line_bytes_max: int) -> AsyncGenerator[bytes, None]:
    buffer = b""
    while len(buffer) <= line_bytes_max:
        line, separator, rest = buffer.partition(b"\n")
        if separator:
            buffer = rest
            yield line
            continue
        received = await stream.receive_some(_READ_BYTES)
        if not received:
            return
        buffer += received


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)


async def is_served(path: Path) -> bool:
    """Whether a node runs that answers at this control socket."""
    try:
        stream = await trio.open_unix_socket(str(path))
    except OSError:
        return False
    await stream.aclose()
    return True


async def _remove_stale(path: Path) -> None:
    """A socket that nobody serves was left by a node that was killed."""
    if await is_served(path):
        found = "a node that runs in this directory"
        raise ConfigError(str(path), found, "one node for a directory")
    _remove(path)
