"""Everything together: two machines, each with its own pump, over a real link."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial

import trio

from overlay.messages.ids import Address
from overlay.peering.effects import CloseLink, Dial, LinkEffect, Send, StoreEffect
from overlay.peering.events import FrameReceived, LinkClosed, LinkOpened, Stopping
from overlay.runtime.inbox import Inbox
from overlay.runtime.links import Links
from overlay.runtime.machine import Machine
from overlay.runtime.pump import Pump
from overlay.transport.addresses import Endpoint
from overlay.transport.http import Request, Response
from overlay.transport.listen import listening_at, open_listeners
from overlay.transport.port import Port
from tests.runtime.doubles import AnEvent, Echo, must_not_fail

AnEffect = LinkEffect | StoreEffect


class Counting:
    """A machine that sends numbers one by one, each after the echo of the one before."""

    def __init__(self, last: int, on_end: Callable[[], None]) -> None:
        self._last = last
        self._on_end = on_end
        self.heard: list[bytes] = []
        self.closed: list[LinkClosed] = []

    def handle(self, event: AnEvent, now_ms: int) -> Sequence[AnEffect]:
        match event:
            case LinkOpened(link=link):
                return [Send(link, b"[1]")]
            case FrameReceived(link, data):
                self.heard.append(data)
                number = len(self.heard) + 1
                done = number > self._last
                return [CloseLink(link, "stopping") if done else Send(link, b"[%d]" % number)]
            case LinkClosed():
                self.closed.append(event)
                self._on_end()
                return []
            case Stopping():
                return []
            case _:
                return []

    def next_deadline_ms(self) -> int | None:
        return None


async def no_pages(_: Request) -> Response:
    return Response(404)


@asynccontextmanager
async def pumped(machine: Machine[AnEvent, AnEffect]) -> AsyncIterator[Links]:
    """Drive a machine for as long as the block lasts."""
    inbox = Inbox[AnEvent]()
    links = Links(inbox, must_not_fail)
    pump = Pump[AnEvent, AnEffect](
        machine,
        inbox,
        perform_link=links.perform,
        perform_store=lambda _: None,
        perform_other=lambda _: None,
    )
    async with trio.open_nursery() as nursery:
        nursery.start_soon(links.run)
        nursery.start_soon(pump.run)
        yield links
        nursery.cancel_scope.cancel()


async def test_two_machines_talk_over_a_real_link_until_one_closes_it() -> None:
    ended = trio.Event()
    echo, counting = Echo(), Counting(50, ended.set)
    (listener,) = await open_listeners(Endpoint("127.0.0.1", 0))

    async with pumped(echo) as listening, pumped(counting) as dialling:
        port = Port(answer=no_pages, carry=listening.accept)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(partial(trio.serve_listeners, port.serve, [listener]))
            dialling.perform(Dial(Address(f"ws://{listening_at(listener)}/overlay")))
            await ended.wait()
            await listening.wait_none()
            nursery.cancel_scope.cancel()

    assert counting.heard == [b"[%d]" % number for number in range(1, 51)]
    assert [closed.reason for closed in counting.closed] == ["stopped"]
    endings = [event for event, _ in echo.told if isinstance(event, LinkClosed)]
    assert [closed.reason for closed in endings] == ["orderly"]
