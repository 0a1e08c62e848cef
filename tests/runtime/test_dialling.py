"""Links are dialled; a dial that comes to nothing says why, and hurts no other."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial

import pytest

from overlay.errors import LinkError
from overlay.messages.ids import Address
from overlay.peering.effects import Dial, Send
from overlay.peering.events import (
    DialFailed,
    DialReason,
    LinkClosed,
    LinkId,
    LinkOpened,
)
from overlay.runtime.defects import ConnectionFailed
from overlay.runtime.links import Links
from overlay.transport.link import (
    AddressWithoutTls,
    BadAddress,
    DialRefused,
    DialTimedOut,
    DialTurnedAway,
    DialUnreachable,
    Link,
    LinkReset,
    NotOverlay,
)
from tests.runtime.doubles import ADDRESS, dials, link_pair, must_not_fail, overseen


async def test_a_dialled_link_is_opened_with_its_address() -> None:
    north, _ = link_pair()
    async with overseen(partial(Links, report=must_not_fail, dialler=dials(north))) as overlay:
        overlay.links.perform(Dial(ADDRESS))

        assert await overlay.events() == [
            LinkOpened(link=LinkId(1), dialled=ADDRESS, remote_address="192.0.2.1")
        ]


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (DialRefused(), "refused"),
        (DialTurnedAway(), "turned_away"),
        (DialTimedOut(), "timed_out"),
        (DialUnreachable(), "unreachable"),
        (BadAddress(), "bad_address"),
        (AddressWithoutTls(), "without_tls"),
        (NotOverlay(), "not_overlay"),
    ],
)
async def test_a_dial_that_comes_to_nothing_says_why(error: LinkError, reason: DialReason) -> None:
    async with overseen(partial(Links, report=must_not_fail, dialler=dials(error))) as overlay:
        overlay.links.perform(Dial(ADDRESS))

        assert await overlay.events() == [DialFailed(ADDRESS, reason)]


async def test_a_dialled_link_that_broke_was_opened_and_closed_but_did_not_fail() -> None:
    north, south = link_pair()

    @asynccontextmanager
    async def breaks(_: Address) -> AsyncIterator[Link]:
        yield north
        raise LinkReset

    async with overseen(partial(Links, report=must_not_fail, dialler=breaks)) as overlay:
        overlay.links.perform(Dial(ADDRESS))
        await overlay.events()

        south.ends_with(LinkReset())

        assert await overlay.events() == [LinkClosed(LinkId(1), "reset")]


async def test_a_defect_that_an_address_meets_in_us_fails_that_dial_alone() -> None:
    failed: list[ConnectionFailed] = []
    links = partial(Links, report=failed.append, dialler=dials(ValueError("port out of range")))
    async with overseen(links) as overlay:
        overlay.links.perform(Dial(ADDRESS))
        overlay.links.perform(Dial(ADDRESS))

        assert await overlay.events() == [DialFailed(ADDRESS, "unreachable")] * 2

    assert [each.error for each in failed] == ["ValueError: port out of range"] * 2
    assert failed[0].remote_address == ADDRESS
    assert failed[0].places[-1].endswith(" dialler")


async def test_a_defect_that_a_peer_meets_in_us_ends_its_link_alone() -> None:
    broken, sound = link_pair()[0], link_pair()[0]
    dialled = iter([broken, sound])
    failed: list[ConnectionFailed] = []

    def dialler(address: Address) -> AbstractAsyncContextManager[Link]:
        return dials(next(dialled))(address)

    async with overseen(partial(Links, report=failed.append, dialler=dialler)) as overlay:
        overlay.links.perform(Dial(ADDRESS))
        overlay.links.perform(Dial(ADDRESS))
        first, second = [each for each in await overlay.events() if isinstance(each, LinkOpened)]

        broken.breaks_with(KeyError("what nobody thought of"))

        assert await overlay.events() == [LinkClosed(first.link, "reset")]
        overlay.links.perform(Send(second.link, b"[1]"))
        await overlay.settles()
        assert sound.peer.received() == [b"[1]"]

    assert [each.error for each in failed] == ["KeyError: 'what nobody thought of'"]
