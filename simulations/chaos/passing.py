"""One connection through a gate: what comes at one end goes out at the other, as the rules say."""

import socket
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import trio

from simulations.chaos.hellos import HelloReader
from simulations.chaos.weather import Weather

CHUNK_BYTES: Final = 65_536
CHUNKS_MAX: Final = 64
"""What is under way in one direction; whoever sends more has to wait, as with a full network."""

NOBODY: Final = ""
"""Who dials, until their hello has said so."""

_RESET_AT_ONCE: Final = struct.pack("ii", 1, 0)
_GONE: Final = (trio.BrokenResourceError, trio.ClosedResourceError)


@dataclass(frozen=True, slots=True)
class _Piece:
    """Bytes with the time at which they may go out; None in their place where an end broke."""

    due: float
    data: bytes | None


@dataclass(frozen=True, slots=True)
class _Way:
    """One direction of a connection."""

    source: trio.SocketStream
    target: trio.SocketStream
    is_from_dialler: bool


class Passing:
    """Passes one connection on. Each end sees what befell the other when that may get to it."""

    def __init__(
        self,
        ends: tuple[trio.SocketStream, trio.SocketStream],
        host: str,
        names: Mapping[str, str],
        weather: Weather,
    ) -> None:
        """`ends` are who dials and who listens, which is `host`; `names` tells hosts by id."""
        self._dialler, self._listener = ends
        self._hello = HelloReader()
        self._names = names
        self._weather = weather
        self._listening = host
        self._dialling = NOBODY

    @property
    def host(self) -> str:
        """Who dials, by name; `NOBODY` before they have said so."""
        return self._dialling

    @property
    def other(self) -> "_End":
        """The other end: who listens."""
        return _End(self._listening, self)

    def is_between(self, one: str, other: str) -> bool:
        """Whether these two are its ends."""
        return {one, other} == {self._dialling, self._listening}

    async def run(self) -> None:
        """Return when both ends have ended, in whatever way."""
        async with self._dialler, self._listener, trio.open_nursery() as nursery:
            nursery.start_soon(self._pass_on, _Way(self._dialler, self._listener, True))
            nursery.start_soon(self._pass_on, _Way(self._listener, self._dialler, False))

    def reset(self) -> None:
        """Both ends are told that the connection is broken, at once."""
        for stream in (self._dialler, self._listener):
            reset_stream(stream)

    async def _pass_on(self, way: _Way) -> None:
        sending, receiving = trio.open_memory_channel[_Piece](CHUNKS_MAX)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._read, way, sending)
            nursery.start_soon(self._write, way, receiving)

    async def _read(self, way: _Way, sending: trio.MemorySendChannel[_Piece]) -> None:
        async with sending:
            try:
                while data := await way.source.receive_some(CHUNK_BYTES):
                    if way.is_from_dialler:
                        self._overhear(data)
                    await sending.send(_Piece(self._due(way), data))
            except trio.BrokenResourceError:
                # The end broke, or what it says goes nowhere any more.
                try:
                    await sending.send(_Piece(self._due(way), None))
                except trio.BrokenResourceError:
                    return
            except trio.ClosedResourceError:
                return

    async def _write(self, way: _Way, receiving: trio.MemoryReceiveChannel[_Piece]) -> None:
        async with receiving:
            try:
                async for piece in receiving:
                    await trio.sleep_until(piece.due)
                    await self._weather.wait_passable(*self._hosts(way))
                    if piece.data is None:
                        reset_stream(way.target)
                        return
                    if not self._weather.is_swallowed(*self._hosts(way)):
                        await way.target.send_all(piece.data)
                await self._weather.wait_passable(*self._hosts(way))
                await way.target.send_eof()
            except _GONE:
                await self._tell_broken(way)

    async def _tell_broken(self, way: _Way) -> None:
        """Whoever sends hears, once that can get back, that nobody takes it any more."""
        sender, receiver = self._hosts(way)
        await self._weather.wait_passable(receiver, sender)
        reset_stream(way.source)

    def _due(self, way: _Way) -> float:
        return trio.current_time() + self._weather.delay_ms(*self._hosts(way)) / 1_000

    def _hosts(self, way: _Way) -> tuple[str, str]:
        """Who sends and who receives, by name."""
        ends = (self._dialling, self._listening)
        return ends if way.is_from_dialler else ends[::-1]

    def _overhear(self, data: bytes) -> None:
        self._hello.feed(data)
        if self._hello.key is not None:
            self._dialling = self._names.get(self._hello.key, NOBODY)


@dataclass(frozen=True, slots=True)
class _End:
    """The listening end of a connection, as checkers know ends of links."""

    host: str
    other: Passing


def reset_stream(stream: trio.SocketStream) -> None:
    """Close a stream so that its other end sees it reset, not ended."""
    try:
        stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_AT_ONCE)
    except (trio.ClosedResourceError, OSError):
        return
    stream.socket.close()
