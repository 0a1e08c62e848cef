"""The page in a real Chromium talks with Python clients at other nodes."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest

from overlay.nodes.local import LocalNode
from tests.end_to_end.conftest import OverlayOf
from tests.end_to_end.people import attached
from tests.end_to_end.reader import Chromium

BUILT = Path(__file__).parents[2] / "overlay" / "web" / "dist" / "index.html"

pytestmark = pytest.mark.skipif(not BUILT.exists(), reason="the page is not built: make page")


def page_of(node: LocalNode) -> str:
    return f"http://{node.endpoint}/"


async def test_page_and_python_client_talk_both_ways_across_three_nodes(
    chromium: Chromium, local_overlay_of: OverlayOf
) -> None:
    north, _, south = (await local_overlay_of(3, "line")).nodes
    async with attached("bob", south) as bob:
        alice = await chromium.reader("alice", page_of(north))
        await alice.chats_with("bob")

        await alice.says("hello from the page")

        await bob.wait("alice's text", lambda: bob.texts == ["hello from the page"])
        await alice.shows("hello from the page", "delivered")

        handle = await bob.client.send("alice", "hello from Python")

        await alice.shows("hello from Python")
        await handle.delivered()
        assert alice.complaints == []


async def test_the_page_hears_a_channel_and_is_heard_in_it(
    chromium: Chromium, local_overlay_of: OverlayOf
) -> None:
    north, south = (await local_overlay_of(2, "line")).nodes
    async with attached("bob", south) as bob:
        alice = await chromium.reader("alice", page_of(north))
        await alice.is_at(north.name)
        await bob.client.join("town")
        await alice.joins("town")

        await alice.says("anybody here?")

        await bob.wait("the channel's text", lambda: bob.texts == ["anybody here?"])
        await alice.shows("anybody here?", "accepted")

        await bob.client.say("town", "I am")

        await alice.shows("I am")


async def test_the_page_goes_on_at_another_node_when_its_own_dies(
    chromium: Chromium, local_overlay_of: OverlayOf
) -> None:
    overlay = await local_overlay_of(4, "ring")
    home, *others = overlay.nodes
    async with attached("bob", others[1]) as bob:
        alice = await chromium.reader("alice", page_of(home))
        await alice.is_at(home.name)
        await alice.chats_with("bob")

        await overlay.kill(home)
        await alice.is_at(*(node.name for node in others))
        await alice.says("still here")

        await alice.shows("still here", "delivered")
        assert bob.texts == ["still here"]


async def test_the_page_remembers_who_it_is_and_what_was_said(
    chromium: Chromium, local_overlay_of: OverlayOf
) -> None:
    north, south = (await local_overlay_of(2, "line")).nodes
    async with attached("bob", south) as bob:
        alice = await chromium.reader("alice", page_of(north))
        await alice.chats_with("bob")
        await alice.says("before")
        await alice.shows("before", "delivered")

        await alice.reloads()
        await alice.chats_with("bob")
        await alice.says("after")

        await alice.shows("after", "delivered")
        assert {message.person for message in bob.shown} == {bob.shown[0].person}
        assert bob.texts == ["before", "after"]


async def test_the_page_asks_nobody_but_its_node_and_fits_a_phone(
    chromium: Chromium, local_overlay_of: OverlayOf
) -> None:
    (north,) = (await local_overlay_of(1, "line")).nodes

    alice = await chromium.reader("alice", page_of(north))
    await alice.is_at(north.name)

    hosts = {urlsplit(url).netloc for url in alice.requested if not url.startswith("data:")}
    assert hosts == {north.endpoint}
    assert await alice.overflow(360) == 0
    assert alice.complaints == []
