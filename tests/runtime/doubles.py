"""Stand-ins for what surrounds the runtime: links in memory, a machine that echoes."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from math import inf

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from overlay import limits
from overlay.errors import LinkError
from overlay.messages.ids import Address
from overlay.peering.effects import LinkEffect, Send, StoreEffect
from overlay.peering.events import (
    FrameReceived,
    LinkEvent,
    LinkId,
    LinkOpened,
    Stopping,
    StoreEvent,
    Wake,
)
from overlay.runtime.defects import ConnectionFailed
from overlay.runtime.inbox import Inbox
from overlay.runtime.links import Dialler, Links
from overlay.transport.link import Link, LinkOrderly, LinkReset

AnEvent = LinkEvent | StoreEvent | Wake | Stopping
ALL = 10_000
ADDRESS = Address("ws://127.0.0.1:7001/overlay")
_AFTER_ALL_OTHERS = 1e-4


class MemoryLink:
    """One end of a link in memory. Make both with `link_pair`."""

    remote_address = "192.0.2.1"
    certificate_fingerprint = None
    handshake_deadline: float | None = None

    def __init__(
        self, to_peer: trio.MemorySendChannel[bytes], from_peer: trio.MemoryReceiveChannel[bytes]
    ) -> None:
        self._to_peer = to_peer
        self._from_peer = from_peer
        self._peer_ended_with: Exception = LinkReset("vanished")
        self.peer: MemoryLink
        self.nursery: trio.Nursery
        self.closed_with: list[tuple[int, str]] = []
        self.message_bytes_max = limits.FRAME_BYTES_MAX
        self.on_unfinished: Callable[[int, int], None] | None = None

    def take_at_most(self, message_bytes_max: int) -> None:
        self.message_bytes_max = message_bytes_max

    def watch_unfinished(self, on_read: Callable[[int, int], None]) -> None:
        self.on_unfinished = on_read

    def hear_no_more(self) -> None:
        self.on_unfinished = None

    async def send(self, data: bytes) -> None:
        try:
            await self._to_peer.send(data)
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            raise self._peer_ended_with from None

    async def receive(self) -> bytes:
        try:
            return await self._from_peer.receive()
        except (trio.EndOfChannel, trio.ClosedResourceError):
            raise self._peer_ended_with from None

    async def close(self, code: int, reason: str) -> None:
        self.closed_with.append((code, reason))
        self.ends_with(LinkOrderly(code, reason))

    def ends_with(self, error: LinkError) -> None:
        """Nothing more goes from this end; the other end hears `error`."""
        self.peer._peer_ended_with = error
        self._to_peer.close()

    def hears_no_more(self) -> None:
        """Whatever the other end sends from now on fails; what was sent to it stays."""
        self._from_peer.close()

    def breaks_with(self, defect: Exception) -> None:
        """Reading it meets a defect from now on."""
        self._peer_ended_with = defect
        self.peer._to_peer.close()

    def received(self) -> list[bytes]:
        """What has been sent here and was not read, without waiting."""
        frames: list[bytes] = []
        try:
            while True:
                frames.append(self._from_peer.receive_nowait())
        except (trio.WouldBlock, trio.EndOfChannel):
            return frames


@asynccontextmanager
async def held(link: MemoryLink) -> AsyncIterator[Link]:
    """Have a link for as long as the block lasts."""
    async with trio.open_nursery() as link.nursery:
        yield link
        link.nursery.cancel_scope.cancel()


async def accepted(links: Links, link: MemoryLink) -> None:
    """Have links carry an accepted one to its end."""
    async with held(link):
        await links.accept(link)


def link_pair(room: float = inf) -> tuple[MemoryLink, MemoryLink]:
    """Two ends of one link; each direction holds `room` frames that nobody has read."""
    to_south, at_south = trio.open_memory_channel[bytes](room)
    to_north, at_north = trio.open_memory_channel[bytes](room)
    north, south = MemoryLink(to_south, at_north), MemoryLink(to_north, at_south)
    north.peer, south.peer = south, north
    return north, south


@dataclass
class Echo:
    """A machine that gathers frames and, when woken, sends back one for each link.

    It keeps what it was told, with the times, and asks to be woken at `alarms` too.
    """

    alarms: list[int] = field(default_factory=list)
    told: list[tuple[AnEvent, int]] = field(default_factory=list)
    gathered: dict[LinkId, list[bytes]] = field(default_factory=dict)
    due_ms: int | None = None

    def handle(self, event: AnEvent, now_ms: int) -> Sequence[LinkEffect | StoreEffect]:
        self.told.append((event, now_ms))
        if isinstance(event, FrameReceived):
            self.gathered.setdefault(event.link, []).append(event.data)
            self.due_ms = now_ms
        if not isinstance(event, Wake):
            return []
        self.alarms = [time_ms for time_ms in self.alarms if time_ms > now_ms]
        gathered, self.gathered, self.due_ms = self.gathered, {}, None
        return [Send(link, b"+".join(frames)) for link, frames in gathered.items()]

    def next_deadline_ms(self) -> int | None:
        times = self.alarms if self.due_ms is None else [*self.alarms, self.due_ms]
        return min(times, default=None)


class Overseen:
    """Links and the inbox they tell, with nobody taking from it but the test."""

    def __init__(self, links: Links, inbox: Inbox[LinkEvent], nursery: trio.Nursery) -> None:
        self.links = links
        self.inbox = inbox
        self._start = nursery.start_soon

    async def opens(self, link: MemoryLink) -> LinkId:
        """Accept `link` and take its opening."""
        return (await self.opened(link)).link

    async def opened(self, link: MemoryLink) -> LinkOpened:
        """What the machine is told of an accepted `link`."""
        self._start(accepted, self.links, link)
        (opened,) = await self.events()
        assert isinstance(opened, LinkOpened)
        return opened

    async def settles(self) -> None:
        """Let every task do what it can, be it that it waits for all others."""
        await wait_all_tasks_blocked(_AFTER_ALL_OTHERS)

    async def events(self) -> list[LinkEvent]:
        """What the machine is told, once everything has settled."""
        await self.settles()
        return self.inbox.take(ALL)

    async def next_events(self) -> list[LinkEvent]:
        """What wakes the machine next, however long that takes."""
        while True:
            if events := await self.events():
                return events
            await self.inbox.wait()


def must_not_fail(failed: ConnectionFailed) -> None:
    """Where no connection is to meet a defect."""
    pytest.fail(f"{failed.error} at {failed.places}")


def _links(inbox: Inbox[LinkEvent]) -> Links:
    return Links(inbox, must_not_fail)


def dials(outcome: MemoryLink | Exception) -> Dialler:
    """A dialler that always comes to the same."""

    @asynccontextmanager
    async def dialler(_: Address) -> AsyncIterator[Link]:
        if isinstance(outcome, Exception):
            raise outcome
        async with held(outcome) as link:
            yield link

    return dialler


@asynccontextmanager
async def overseen(
    make: Callable[[Inbox[LinkEvent]], Links] = _links, *, room: int = 100
) -> AsyncIterator[Overseen]:
    """Links that run for as long as the block lasts."""
    inbox = Inbox[LinkEvent](room)
    links = make(inbox)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(partial(links.run))
        yield Overseen(links, inbox, nursery)
        nursery.cancel_scope.cancel()
