"""Somebody who looks at the map in a real Chromium."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Final, Literal, TypeVar

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.end_to_end.reader import FAILSAFE_MS, Chromium

WEB: Final = Path(__file__).parents[2] / "overlay" / "web"
BUILT: Final = WEB / "dist" / "overlay-map.html"
_AXE: Final = WEB / "node_modules" / "axe-core" / "axe.min.js"

ValueT = TypeVar("ValueT")


class MapReader:
    """Acts on the map as a person does; `complaints` are errors of its scripts and its policy."""

    def __init__(self, chromium: Chromium, page: Page) -> None:
        self.requested: list[str] = []
        self.complaints: list[str] = []
        self._chromium = chromium
        self._page = page
        page.set_default_timeout(FAILSAFE_MS)
        page.on("request", lambda request: self.requested.append(request.url))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._hear)

    def _hear(self, message: object) -> None:
        text = str(getattr(message, "text", message))
        # What a page that lost its node says of that is no fault of its scripts.
        if getattr(message, "type", "") == "error" and "ERR_" not in text:
            self.complaints.append(text)

    async def opens(self, address: str) -> None:
        await self.do(lambda page: page.goto(address))

    async def do(self, what: Callable[[Page], ValueT]) -> ValueT:
        return await self._chromium.do(lambda: what(self._page))

    async def sees_node(self, name: str, state: str) -> None:
        """Wait until a node is shown so."""
        await self.do(lambda page: expect(node(page, name)).to_have_attribute("data-state", state))

    async def sees(self, test_id: str, words: str) -> None:
        """Wait until a part of the page says this."""
        await self.do(lambda page: expect(page.get_by_test_id(test_id)).to_contain_text(words))

    async def sees_links(self, count: int, state: str) -> None:
        """Wait until so many links are drawn in a state."""

        def look(page: Page) -> None:
            lines = page.locator(f'[data-testid="link"][data-state="{state}"]')
            expect(lines).to_have_count(count)

        await self.do(look)

    async def stands_still(self) -> None:
        """Wait until every node has its place."""

        def look(page: Page) -> None:
            expect(page.get_by_test_id("graph")).to_have_attribute("data-moving", "false")

        await self.do(look)

    async def loses_the_feed(self) -> None:
        def look(page: Page) -> None:
            expect(page.get_by_test_id("feed-state")).to_have_attribute("data-live", "false")

        await self.do(look)

    async def places(self) -> dict[str, str]:
        """Where each node stands."""

        def look(page: Page) -> dict[str, str]:
            found: dict[str, str] = page.evaluate(
                "Object.fromEntries([...document.querySelectorAll('[data-testid=node]')]"
                ".map(each => [each.dataset.name, each.getAttribute('transform')]))"
            )
            return found

        return await self.do(look)

    async def presses(self, *keys: str) -> None:
        def act(page: Page) -> None:
            for key in keys:
                page.keyboard.press(key)

        await self.do(act)

    async def focus(self) -> str:
        """What the element that has the focus is called."""
        script = (
            "document.activeElement.getAttribute('aria-label')"
            " ?? document.activeElement.textContent"
        )
        name: str = await self.do(lambda page: page.evaluate(script))
        return name

    async def prefers(
        self,
        *,
        scheme: Literal["light", "dark"] = "light",
        motion: Literal["reduce", "no-preference"] = "no-preference",
        width: int = 1280,
    ) -> None:
        def act(page: Page) -> None:
            page.emulate_media(color_scheme=scheme, reduced_motion=motion)
            page.set_viewport_size({"width": width, "height": 800})

        await self.do(act)

    async def overflow(self) -> int:
        """How many pixels of the page are beyond the window."""
        wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        beyond: int = await self.do(lambda page: page.evaluate(wide))
        return beyond

    async def barriers(self) -> list[str]:
        """What axe-core finds on the page as it is."""

        def look(page: Page) -> list[str]:
            # Evaluated by the driver, since the page's policy lets in no script of others.
            page.evaluate(axe_source())
            found: list[str] = page.evaluate(
                "axe.run().then(({violations}) => violations.flatMap(({id, nodes}) =>"
                " nodes.map(({html, failureSummary}) => `${id}: ${html} ${failureSummary}`)))"
            )
            return found

        return await self.do(look)


def node(page: Page, name: str) -> Locator:
    return page.locator(f'[data-testid="node"][data-name="{name}"]')


def axe_source() -> str:
    """axe-core as one script; without it the test is skipped, or fails under REQUIRE_BROWSER."""
    if not _AXE.exists():
        reason = "axe-core is not installed: make page"
        if "REQUIRE_BROWSER" in os.environ:
            pytest.fail(reason)
        pytest.skip(reason)
    return _AXE.read_text("utf-8")


async def map_at(chromium: Chromium, endpoint: str, fragment: str = "") -> MapReader:
    """Somebody new who has opened the map of a node, and sees it stand still."""
    reader = MapReader(chromium, await chromium.page())
    await reader.prefers()
    await reader.opens(f"http://{endpoint}/overlay-map{fragment}")
    await reader.stands_still()
    return reader
