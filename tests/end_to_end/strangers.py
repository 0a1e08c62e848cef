"""Whoever speaks to a node without our client: raw WebSockets, real keys, any words."""

import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TypeVar

import trio
from trio_websocket import ConnectionClosed, WebSocketConnection, wrap_client_stream
from wsproto.events import TextMessage

from overlay import limits
from overlay.messages.clients import Done
from overlay.messages.ids import NodeId
from overlay.messages.links import Ack, Hello, Proof, Refusal, Welcome
from overlay.messages.union import Message
from overlay.wire.codec import decode_frame, encode_frame
from tests.end_to_end.waiting import failsafe
from tests.support.farend import FarEnd
from tests.support.people import ClientKeys, NodeKeys

MessageT = TypeVar("MessageT")
_SEGMENT_BYTES = 536


@dataclass(frozen=True, slots=True)
class Closing:
    """How a node ended a link: the reason in its close frame, and its refusals before that."""

    reason: str
    refusals: tuple[str, ...]


class Stranger:
    """One raw link. It reads only when the test asks for something."""

    def __init__(self, link: WebSocketConnection) -> None:
        self._link = link
        self._unread: list[Message] = []
        self.number = 0

    async def says(self, *messages: Message) -> None:
        await self._link.send_message(encode_frame(*messages).decode())

    async def says_raw(self, frame: str | bytes) -> None:
        """Text goes as a text message, bytes as a binary one."""
        await self._link.send_message(frame)

    async def begins(self, text: str) -> None:
        """Send the beginning of a text message, with no end."""
        await self._link._send(TextMessage(data=text, message_finished=False))

    async def hears_raw(self) -> str | bytes:
        """The next frame, whatever is in it. Raises `ConnectionClosed`."""
        frame: str | bytes = await self._link.get_message()
        return frame

    async def hears(
        self, wanted: type[MessageT] | tuple[type[MessageT], type[MessageT]]
    ) -> MessageT:
        """The next message of a kind; others before it are skipped."""
        with failsafe(f"the node says {wanted}"):
            while True:
                while self._unread:
                    message = self._unread.pop(0)
                    if isinstance(message, wanted):
                        return message
                frame = await self._link.get_message()
                self._unread += decode_frame(frame.encode() if isinstance(frame, str) else frame)
        raise AssertionError

    async def hears_answer_to(self, number: int) -> Ack | Refusal:
        """What the node says to the envelope of a number."""
        while True:
            answer: Ack | Refusal = await self.hears((Ack, Refusal))
            if answer.number == number:
                return answer

    async def hears_the_end(self) -> Closing:
        """How the node ends the link."""
        refusals: list[str] = []
        with failsafe("the node closes the link"):
            try:
                while True:
                    frame: list[dict[str, str]] = json.loads(await self._link.get_message())
                    refusals += [said["code"] for said in frame if said["type"] == "refusal"]
            except ConnectionClosed as closed:
                words = closed.reason.reason if closed.reason is not None else None
                return Closing(words or "", tuple(refusals))
        raise AssertionError

    async def enters(self, who: ClientKeys | NodeKeys) -> None:
        """Prove who one is, and be welcome."""
        far_end = FarEnd(who, dials=True)
        await self.says(*far_end.on_message(await self.hears(Hello)))
        far_end.on_message(await self.hears(Proof))
        assert far_end.is_proved
        await self.hears(Welcome)

    async def attaches(self, who: ClientKeys, home: NodeId, home_incarnation: int = 1) -> None:
        """Become a client that the node serves."""
        await self.enters(who)
        await self.says(who.attach_at(home, home_incarnation))
        await self.hears(Done)

    def next_number(self) -> int:
        """The number of the next envelope on this link."""
        self.number += 1
        return self.number


@asynccontextmanager
async def connection_to(
    endpoint: str, *, buffer_bytes: int | None = None
) -> AsyncIterator[trio.SocketStream]:
    """A bare TCP connection; with `buffer_bytes` little fits into it that nobody reads."""
    host, _, port = endpoint.rpartition(":")
    connection = trio.socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    with connection:
        if buffer_bytes is not None:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer_bytes)
            # On loopback segments are so large that some of them fill the sender's buffer.
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, _SEGMENT_BYTES)
        await connection.connect((host, int(port)))
        async with trio.SocketStream(connection) as stream:
            yield stream


@asynccontextmanager
async def stranger_at(endpoint: str, *, buffer_bytes: int | None = None) -> AsyncIterator[Stranger]:
    """A raw link to a node; one message of it waits here until the test reads it."""
    async with (
        connection_to(endpoint, buffer_bytes=buffer_bytes) as stream,
        trio.open_nursery() as nursery,
    ):
        link = await wrap_client_stream(
            nursery,
            stream,
            endpoint,
            "/overlay",
            message_queue_size=1,
            max_message_size=limits.FRAME_BYTES_MAX,
        )
        yield Stranger(link)
        nursery.cancel_scope.cancel()


async def read_to_the_end(stream: trio.SocketStream) -> bytes:
    """All that a node says before it ends the connection."""
    received = b""
    with failsafe("the node closes the connection"):
        try:
            async for data in stream:
                received += data
        except trio.BrokenResourceError:
            pass
    return received
