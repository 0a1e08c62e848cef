"""Plays one case at a node's port and compares what is answered: docs/protocol.md, section 1.5."""

import json
import re
import socket
import struct
from contextlib import suppress
from typing import assert_never

import trio
from wsproto.connection import Connection, ConnectionType
from wsproto.events import CloseConnection, Event, Pong, TextMessage

from tests.end_to_end.raw.cases import (
    HEAD_END,
    Alerts,
    Answer,
    Answers,
    Awaits,
    Case,
    Closes,
    Doing,
    Door,
    Drops,
    Ends,
    Step,
)
from tests.end_to_end.raw.hellos import ALERT, takes_anything
from tests.end_to_end.waiting import failsafe
from tests.unit.transport.peers import ACCEPT_OF_KEY

_STATUS = re.compile(rb"HTTP/1\.1 (\d{3}) ")
_FATAL = 2
_NO_CODE = 1005
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_GONE = (trio.BrokenResourceError, trio.ClosedResourceError)


async def play(case: Case, door: Door, port: int) -> None:
    """Do what a case says; fails unless the node answers as it must, and ends."""
    with failsafe(f"{case.name}, {door.value}"):
        async with await trio.open_tcp_stream("127.0.0.1", port) as transport:
            somebody = _Somebody(transport)
            if door is Door.SECURED:
                await somebody.enters_tls()
            async with trio.open_nursery() as nursery:
                nursery.start_soon(somebody.says, case)
                await somebody.hears()
                nursery.cancel_scope.cancel()
        try:
            compare(case.answer, bytes(somebody.heard))
        except AssertionError as error:
            error.add_note(f"{case.name}, {door.value}")
            raise


class _Somebody:
    """One end of a connection, who hears all the time."""

    def __init__(self, transport: trio.SocketStream) -> None:
        self._transport = transport
        self._hearing: trio.abc.Stream = transport
        self._saying: trio.abc.Stream = transport
        self._has_heard = trio.Event()
        self.heard = bytearray()

    async def enters_tls(self) -> None:
        """From here on what is said and heard is within TLS."""
        tls = trio.SSLStream(self._transport, takes_anything(), https_compatible=True)
        await tls.do_handshake()
        self._hearing = self._saying = tls

    async def hears(self) -> None:
        """Return at the end of the connection."""
        with suppress(*_GONE):
            while data := await self._hearing.receive_some(65_536):
                self.heard += data
                self._has_heard.set()
                self._has_heard = trio.Event()

    async def says(self, case: Case) -> None:
        """A node may end the connection before everything is said."""
        with suppress(*_GONE):
            for step in case.steps:
                await self.does(step)

    async def does(self, step: Step) -> None:
        match step:
            case bytes():
                await self._saying.send_all(step)
            case Awaits(words):
                while words not in self.heard:
                    await self._has_heard.wait()
            case Doing.ENDS_WRITING:
                await self._transport.send_eof()
            case Doing.RESETS:
                now = struct.pack("ii", 1, 0)
                self._transport.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, now)
                await self._transport.aclose()
            case Doing.BREAKS_OUT:
                self._saying = self._transport
            case _:
                assert_never(step)


def compare(answer: Answer, heard: bytes) -> None:
    """Fails unless what was heard is this answer."""
    match answer:
        case Answers(statuses, holds, lacks):
            assert statuses_of(heard) == statuses, heard[:2_000]
            assert holds.lower() in heard.lower(), heard[:2_000]
            assert lacks not in heard.lower()
        case Closes(code=code, reason=reason, refusals=refusals, pongs=pongs):
            events = events_of(heard)
            assert closing_of(events) == (code, reason), closing_of(events)
            assert refusals_of(events) == refusals
            assert tuple(bytes(e.payload) for e in events if isinstance(e, Pong)) == pongs
        case Drops():
            assert not heard.startswith(b"HTTP/1.1 ") or closing_of(events_of(heard)) is None, heard
        case Alerts(descriptions):
            assert heard[:1] == bytes([ALERT]), heard
            assert (len(heard), heard[5]) == (7, _FATAL), heard
            assert heard[6] in descriptions, heard[6]
        case Ends():
            assert heard == b"", heard
        case _:
            assert_never(answer)


def statuses_of(heard: bytes) -> tuple[int, ...]:
    """Of all responses; nothing may stand between or behind them."""
    found: list[int] = []
    while heard:
        head, end, heard = heard.partition(HEAD_END)
        status, length = _STATUS.match(head), _LENGTH.search(head)
        assert status is not None, head
        assert length is not None, head
        assert end == HEAD_END, head
        found.append(int(status[1]))
        heard = heard[int(length[1]) :]
    return tuple(found)


def events_of(heard: bytes) -> list[Event]:
    """What came on a link behind the answer that opened it, in which nothing was negotiated."""
    head, _, frames = heard.partition(HEAD_END)
    assert head.startswith(b"HTTP/1.1 101 "), head
    assert f"sec-websocket-accept: {ACCEPT_OF_KEY}".lower() in head.decode().lower()
    assert b"sec-websocket-extensions" not in head.lower()
    assert b"sec-websocket-protocol" not in head.lower()
    websocket = Connection(ConnectionType.CLIENT)
    websocket.receive_data(frames)
    return list(websocket.events())


def closing_of(events: list[Event]) -> tuple[int | None, str] | None:
    """Code and reason of the close frame, behind which nothing comes."""
    closings = [event for event in events if isinstance(event, CloseConnection)]
    assert closings in ([], events[-1:]), events
    if not closings:
        return None
    code = int(closings[0].code)
    return (None if code == _NO_CODE else code, closings[0].reason or "")


def refusals_of(events: list[Event]) -> tuple[str, ...]:
    """The codes of all refusals."""
    frames = [json.loads(event.data) for event in events if isinstance(event, TextMessage)]
    said = [message for frame in frames for message in frame]
    return tuple(message["code"] for message in said if message["type"] == "refusal")
