"""How many links strangers may have, and what may come on one before the proof."""

from functools import partial

import pytest
import trio

from overlay import limits
from overlay.peering.effects import Send, Trust
from overlay.runtime.links import Links
from tests.runtime.doubles import link_pair, must_not_fail, overseen


async def test_a_stranger_may_say_little_until_the_machine_trusts_it() -> None:
    """docs/protocol.md, section 2.4."""
    north, _ = link_pair()
    north.take_at_most(limits.OPENING_BYTES_MAX)
    async with overseen() as overlay:
        link = await overlay.opens(north)
        overlay.links.perform(Send(link, b"[hello]"))
        overlay.links.perform(Send(link, b"[refusal]"))
        await overlay.settles()
        before = north.message_bytes_max

        overlay.links.perform(Trust(link))

        assert (before, north.message_bytes_max) == (16_384, limits.FRAME_BYTES_MAX)


@pytest.mark.usefixtures("autojump_clock")
async def test_a_handshake_has_what_its_connection_has_left_of_the_time() -> None:
    """docs/protocol.md, section 2.4: from the TCP accept, not from the last byte of the request."""
    slow, late = link_pair()
    slow.handshake_deadline = trio.current_time() + 1.5
    late.handshake_deadline = trio.current_time() - 0.1
    async with overseen() as overlay:
        times_ms = [(await overlay.opened(link)).handshake_ms for link in (slow, late)]

    assert times_ms == [1_500, 0]


async def test_links_beyond_the_bound_are_refused_with_a_code() -> None:
    first, _ = link_pair()
    second, _ = link_pair()
    async with overseen(partial(Links, report=must_not_fail, links_max=1)) as overlay:
        await overlay.opens(first)

        await overlay.links.accept(second)

        assert second.closed_with == [(1013, "too_many_links")]
        assert await overlay.events() == []
