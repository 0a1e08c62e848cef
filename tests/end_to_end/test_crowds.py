"""Whoever is turned away because too many come at once comes again, by itself."""

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
import trio

from overlay import limits
from overlay.client.facts import Attached, AttachRefused
from overlay.messages.ids import Address
from overlay.nodes.local import LocalNode
from overlay.sdk import Identity, connect
from overlay.transport.link import Link
from overlay.transport.websocket import dial
from tests.end_to_end.overlays import lasting_overlay
from tests.end_to_end.strangers import connection_to
from tests.end_to_end.waiting import failsafe
from tests.unit.transport.peers import opening


@pytest.fixture(scope="module")
def north() -> Iterator[LocalNode]:
    with lasting_overlay(1, "line") as overlay:
        yield overlay.nodes[0]


class InACrowd:
    """Dials, the first time so that a crowd of strangers comes in behind before a word is said."""

    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint
        self._is_crowded = True

    @asynccontextmanager
    async def __call__(self, address: Address) -> AsyncIterator[Link]:
        async with AsyncExitStack() as crowd, dial(address) as link:
            if self._is_crowded:
                self._is_crowded = False
                async with trio.open_nursery() as nursery:
                    for _ in range(limits.HALF_OPEN_MAX):
                        nursery.start_soon(self._come_in, crowd)
            yield link

    async def _come_in(self, crowd: AsyncExitStack) -> None:
        stranger = await crowd.enter_async_context(connection_to(self._endpoint))
        await stranger.send_all(opening())
        said = b""
        while b"hello" not in said:
            said += await stranger.receive_some()


async def test_a_client_whose_place_others_took_comes_again_by_itself(north: LocalNode) -> None:
    """docs/protocol.md, sections 2.4 and 8.5."""
    told: list[object] = []
    dialler = InACrowd(north.endpoint)

    with failsafe("a client is served in spite of a crowd"):
        async with connect(
            north.address, Identity.temporary("alice"), report=told.append, dialler=dialler
        ) as alice:
            assert alice.status.is_attached

    refusals = [fact.code for fact in told if isinstance(fact, AttachRefused)]
    assert refusals == ["too_many_links"]
    assert sum(isinstance(fact, Attached) for fact in told) == 1
