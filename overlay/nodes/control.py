"""The operator's way in: `control.sock`, JSON lines, mode 0600.

One request a line, `{"command": …}`; one answer a line, `{"ok": true, …}` or
`{"ok": false, "detail": …}`. Commands: `status`, `accept-key` with `address`,
`reload`, `stop`.
"""

import json
import os
import socket
from collections.abc import AsyncGenerator, Awaitable, Callable
from pathlib import Path

import trio

from overlay.core.requests import AcceptKey, Carried, Declined, NodeStatus, Reply, StatusWanted
from overlay.core.requests import Request as NodeRequest
from overlay.errors import ConfigError, LinkError
from overlay.messages.ids import Address
from overlay.nodes.status import status_fields

Ask = Callable[[NodeRequest], Awaitable[Reply]]

_LINE_BYTES_MAX = 65_536
"""One request: an address and a word are far below."""


class Control:
    """Serves the control socket of one node."""

    def __init__(
        self,
        path: Path,
        *,
        ask: Ask,
        reload: Callable[[], None],
        stop: Callable[[], None],
    ) -> None:
        self._path = path
        self._ask = ask
        self._reload = reload
        self._stop = stop

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Serve until cancelled. Raises `ConfigError` if another node holds the socket."""
        listener = await self._listen()
        try:
            task_status.started()
            await trio.serve_listeners(self._serve, [listener])
        finally:
            self._path.unlink(missing_ok=True)

    async def _listen(self) -> trio.SocketListener:
        await _remove_stale(self._path)
        bound = trio.socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        before = os.umask(0o177)
        try:
            await bound.bind(str(self._path))
        except OSError as error:
            expected = "a path of at most 107 bytes in a directory we may write"
            raise ConfigError(str(self._path), str(error), expected) from None
        finally:
            os.umask(before)
        bound.listen(8)
        return trio.SocketListener(bound)

    async def _serve(self, stream: trio.SocketStream) -> None:
        async with stream:
            try:
                async for line in _lines(stream):
                    await stream.send_all(json.dumps(await self._answer(line)).encode() + b"\n")
            except trio.BrokenResourceError:
                return

    async def _answer(self, line: bytes) -> dict[str, object]:
        try:
            request = json.loads(line)
        except ValueError:
            return {"ok": False, "detail": "a request is one line of JSON"}
        match request:
            case {"command": "status"}:
                return _fields(await self._ask(StatusWanted()))
            case {"command": "accept-key", "address": str(address)}:
                return _fields(await self._ask(AcceptKey(Address(address))))
            case {"command": "reload"}:
                return self._try_reload()
            case {"command": "stop"}:
                self._stop()
                return {"ok": True}
            case _:
                return {"ok": False, "detail": "unknown command"}

    def _try_reload(self) -> dict[str, object]:
        try:
            self._reload()
        except ConfigError as error:
            return {"ok": False, "detail": str(error)}
        return {"ok": True}


async def ask_node(path: Path, **request: object) -> dict[str, object]:
    """Ask a running node through its control socket.

    Raises `LinkError` if no node runs there.
    """
    try:
        stream = await trio.open_unix_socket(str(path))
    except OSError:
        raise LinkError(f"{path}: no node runs in this directory; start it first") from None
    async with stream:
        try:
            await stream.send_all(json.dumps(request).encode() + b"\n")
            async for line in _lines(stream):
                answer: dict[str, object] = json.loads(line)
                return answer
        except trio.BrokenResourceError:
            pass
    raise LinkError(f"{path}: the node went away without an answer")


def _fields(reply: Reply) -> dict[str, object]:
    match reply:
        case NodeStatus():
            return {"ok": True, "status": status_fields(reply)}
        case Carried(detail):
            return {"ok": True, "detail": detail}
        case Declined(detail):
            return {"ok": False, "detail": detail}


async def _lines(stream: trio.SocketStream) -> AsyncGenerator[bytes, None]:
    buffer = b""
    while len(buffer) <= _LINE_BYTES_MAX:
        line, separator, rest = buffer.partition(b"\n")
        if separator:
            buffer = rest
            yield line
            continue
        received = await stream.receive_some(_LINE_BYTES_MAX)
        if not received:
            return
        buffer += received


async def _remove_stale(path: Path) -> None:
    """A socket that nobody serves was left by a node that was killed."""
    try:
        stream = await trio.open_unix_socket(str(path))
    except FileNotFoundError:
        return
    except OSError:
        await trio.Path(path).unlink(missing_ok=True)
        return
    await stream.aclose()
    raise ConfigError(str(path), "a node that runs in this directory", "one node for a directory")
