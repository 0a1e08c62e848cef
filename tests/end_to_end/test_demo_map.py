"""The map of a demo, in a real Chromium: what one does to its nodes there, and how it heals."""

import os
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page

from tests.end_to_end.commands import Running, running
from tests.end_to_end.map_reader import BUILT, MapReader, map_at, node
from tests.end_to_end.overlays import short_directory
from tests.end_to_end.reader import Chromium

pytestmark = pytest.mark.skipif(not BUILT.exists(), reason="the page is not built: make page")

PICTURE = "map.png"


@asynccontextmanager
async def a_demo(*arguments: object) -> AsyncIterator[tuple[Running, str, str]]:
    """A demo, the endpoint of its map, and the fragment with its token."""
    with short_directory() as home:
        async with running("demo", *arguments, home=home) as demo:
            line = await demo.says("The map:")
            found = re.search(r"http://\S+", line)
            assert found is not None
            address = urlsplit(found[0])
            assert address.path == "/overlay-map"
            assert address.query == ""
            yield demo, address.netloc, f"#{address.fragment}"
            demo.process.terminate()
            await demo.ends()


async def orders(reader: MapReader) -> list[str]:
    """The names of all buttons that do something to the chosen node."""

    def look(page: Page) -> list[str]:
        return page.locator("button.order").all_inner_texts()

    return await reader.do(look)


async def clicks(reader: MapReader, button: str) -> None:
    await reader.do(lambda page: page.get_by_role("button", name=button).click())


async def test_a_node_is_killed_from_the_map_and_the_overlay_heals_before_our_eyes(
    chromium: Chromium, tmp_path: Path
) -> None:
    async with a_demo("--nodes", 7, "--shape", "line") as (_, endpoint, token):
        reader = await map_at(chromium, endpoint, token)
        await reader.sees("summary", "as all its nodes see it: 7 of 7 nodes alive, 6 links")
        before = await reader.places()
        await reader.do(lambda page: node(page, "n4").click())
        await reader.sees("details", "6 of 6 other nodes see it alive")

        await clicks(reader, "Kill n4")

        await reader.sees("outcome", "n4 was killed.")
        await reader.sees_node("n4", "dead")
        await reader.sees("details", "0 of 6 other nodes see it alive")
        await reader.sees("summary", "6 of 7 nodes alive")
        await reader.sees("changes", "are linked")
        await reader.do(picture_into(tmp_path))
        assert await reader.places() == before

        await clicks(reader, "Revive n4")

        await reader.sees("outcome", "n4 runs again.")
        await reader.sees_node("n4", "alive")
        await reader.sees("details", "6 of 6 other nodes see it alive")
        assert reader.complaints == []
    assert (tmp_path / PICTURE).stat().st_size > 10_000


def picture_into(directory: Path) -> "Picture":
    """Keep what the page looks like; in the README, too, if whoever runs the tests says so."""
    return Picture(directory, os.environ.get("OVERLAY_PICTURES"))


class Picture:
    def __init__(self, *directories: Path | str | None) -> None:
        self._directories = [Path(each) for each in directories if each]

    def __call__(self, page: Page) -> None:
        for directory in self._directories:
            page.screenshot(path=directory / PICTURE, animations="disabled")


async def test_a_node_is_paused_and_goes_on_and_a_link_is_cut_and_mended_all_by_keyboard(
    chromium: Chromium,
) -> None:
    async with a_demo("--nodes", 3, "--shape", "ring") as (_, endpoint, token):
        reader = await map_at(chromium, endpoint, token)
        await reader.presses("Tab", "Home", "Tab", "Tab")
        assert await reader.focus() == "Pause n1"

        await reader.presses("Enter")
        await reader.sees_node("n1", "paused")
        await reader.sees("details", "0 of 2 other nodes see it alive")
        await reader.presses("Tab", "Enter")
        await reader.sees_node("n1", "alive")
        await reader.sees_links(3, "open")

        await reader.presses("Tab", "Enter")
        await reader.sees_links(1, "cut")
        assert await reader.focus() == "Mend n1 and n2"
        await reader.presses("Enter")

        await reader.sees("outcome", "n1 and n2 may be linked again.")
        await reader.sees_links(3, "open")
        assert reader.complaints == []


@pytest.mark.parametrize("token", ["", "#token=another"])
async def test_without_the_token_one_may_look_and_there_are_no_buttons(
    chromium: Chromium, token: str
) -> None:
    async with a_demo("--nodes", 3) as (_, endpoint, _):
        reader = await map_at(chromium, endpoint, token)
        await reader.presses("Tab", "Home")
        await reader.sees("details", "n1")

        assert await orders(reader) == []


async def test_no_barrier_is_found_where_there_are_buttons(chromium: Chromium) -> None:
    async with a_demo("--nodes", 3) as (_, endpoint, token):
        reader = await map_at(chromium, endpoint, token)
        await reader.presses("Tab", "Home", "Tab", "Enter")
        await reader.sees_node("n1", "dead")

        found = {}
        for scheme in ("light", "dark"):
            await reader.prefers(scheme="dark" if scheme == "dark" else "light")
            found[scheme] = await reader.barriers()

        assert found == {"light": [], "dark": []}
