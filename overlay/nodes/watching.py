"""Follows the map of a node on this machine, as a page does."""

import json
from collections.abc import AsyncGenerator
from contextlib import aclosing

import h11
import trio

from overlay.errors import LinkError
from overlay.nodes.feed import QUIET_MS
from overlay.nodes.picture import Picture, picture_from

_READ_BYTES = 65_536
_LINE_BYTES_MAX = 4_194_304
"""One picture of as many nodes as one has, each with the most links: some 300 bytes for each."""

_PATIENCE = 3
"""So often a node may miss to say that it is there, before it is taken to stand still."""


async def follow_map(endpoint: str) -> AsyncGenerator[Picture, None]:
    """What the node at `host:port` sees, at once and whenever that changes.

    Raises `LinkError` when it answers nothing, or nonsense, or nothing more.
    """
    host, _, port = endpoint.rpartition(":")
    try:
        stream = await trio.open_tcp_stream(host.strip("[]"), int(port))
        async with stream, aclosing(_lines(stream, endpoint)) as lines:
            async for line in lines:
                name, _, value = line.partition(b": ")
                if name == b"data" and value:
                    yield picture_from(json.loads(value))
    except (OSError, trio.BrokenResourceError, h11.RemoteProtocolError) as error:
        raise LinkError(f"{endpoint}: no map ({error})") from None
    except (ValueError, KeyError, TypeError) as error:
        raise LinkError(f"{endpoint}: what it sends is no map ({error!r:.80})") from None
    raise LinkError(f"{endpoint}: the map has ended")


async def _lines(stream: trio.SocketStream, endpoint: str) -> AsyncGenerator[bytes, None]:
    http = h11.Connection(h11.CLIENT)
    headers = [("host", endpoint), ("accept", "text/event-stream")]
    head = h11.Request(method="GET", target="/overlay-map/events", headers=headers)
    await stream.send_all((http.send(head) or b"") + (http.send(h11.EndOfMessage()) or b""))
    unread = b""
    while len(unread) <= _LINE_BYTES_MAX:
        event = http.next_event()
        if event is h11.NEED_DATA:
            http.receive_data(await _receive(stream, endpoint))
        elif isinstance(event, h11.Response) and event.status_code != 200:
            raise LinkError(f"{endpoint}: it shows no map ({event.status_code})")
        elif isinstance(event, h11.Data):
            *lines, unread = (unread + bytes(event.data)).split(b"\n")
            for line in lines:
                yield line
        elif isinstance(event, h11.EndOfMessage | h11.ConnectionClosed):
            return


async def _receive(stream: trio.SocketStream, endpoint: str) -> bytes:
    with trio.move_on_after(_PATIENCE * QUIET_MS / 1_000):
        return bytes(await stream.receive_some(_READ_BYTES))
    raise LinkError(f"{endpoint}: nothing more came")
