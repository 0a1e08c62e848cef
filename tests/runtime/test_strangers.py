"""What may come on a link before its other end has proved itself."""

from overlay import limits
from overlay.peering.effects import Send
from tests.runtime.doubles import link_pair, overseen


async def test_a_stranger_may_say_little_until_it_is_answered_more_than_hello() -> None:
    """docs/protocol.md, section 2.4: our second frame answers its proof."""
    north, _ = link_pair()
    north.take_at_most(limits.OPENING_BYTES_MAX)
    async with overseen() as overlay:
        link = await overlay.opens(north)
        overlay.links.perform(Send(link, b"[hello]"))
        await overlay.settles()
        before = north.message_bytes_max

        overlay.links.perform(Send(link, b"[proof, welcome]"))
        await overlay.settles()

        assert (before, north.message_bytes_max) == (16_384, limits.FRAME_BYTES_MAX)
