"""Somebody who reads the page in a real Chromium."""

import os
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, TypeVar

import trio
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

FAILSAFE_MS: Final = 60_000
FLAGS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
ValueT = TypeVar("ValueT")


class Chromium:
    """A browser with a thread of its own: its driver belongs to one thread only.

    `home` is its person's home directory, where the authorities are that they trust.
    """

    def __init__(self, path: str, home: Path | None = None) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1)
        self._browser = self._thread.submit(self._launch, path, home).result()

    def _launch(self, path: str, home: Path | None) -> Browser:
        expect.set_options(timeout=FAILSAFE_MS)
        self._driver = sync_playwright().start()
        environment = {**os.environ} if home is None else {**os.environ, "HOME": str(home)}
        return self._driver.chromium.launch(
            executable_path=path, args=list(FLAGS), env=dict(environment)
        )

    def close(self) -> None:
        self._thread.submit(self._browser.close).result()
        self._thread.submit(self._driver.stop).result()
        self._thread.shutdown()

    def close_pages(self) -> None:
        """End every page and profile that was opened."""

        def act() -> None:
            for context in self._browser.contexts:
                context.close()

        self._thread.submit(act).result()

    async def do(self, what: Callable[[], ValueT]) -> ValueT:
        """Do something with the browser, in its thread."""
        return await trio.to_thread.run_sync(lambda: self._thread.submit(what).result())

    async def page(self) -> Page:
        """A page in an empty browser profile; what is done with it is done with `do`."""
        context = await self.do(self._browser.new_context)
        return await self.do(context.new_page)

    async def reader(self, name: str, address: str) -> "Reader":
        """Somebody new, with an empty browser profile, who has named themselves."""
        context = await self.do(self._browser.new_context)
        reader = Reader(self, name, context, await self.do(context.new_page))
        await reader.opens(address)
        return reader


class Reader:
    """Acts on the page as a person does; `complaints` are errors of its scripts."""

    def __init__(self, chromium: Chromium, name: str, context: BrowserContext, page: Page) -> None:
        self.name = name
        self.requested: list[str] = []
        self.complaints: list[str] = []
        self._chromium = chromium
        self._context = context
        self._page = page
        page.set_default_timeout(FAILSAFE_MS)
        page.on("request", lambda request: self.requested.append(request.url))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    async def opens(self, address: str) -> None:
        def act() -> None:
            self._page.goto(address)
            self._page.get_by_test_id("name-field").fill(self.name)
            self._page.get_by_test_id("connect-button").click()

        await self._chromium.do(act)

    async def is_at(self, *nodes: str) -> None:
        """Wait until the page is attached to one of these nodes."""

        def look() -> None:
            state = self._page.get_by_test_id("connection-state")
            expect(state).to_have_attribute("data-state", "attached")
            expect(state).to_have_attribute("data-node", re.compile("|".join(nodes)))

        await self._chromium.do(look)

    async def chats_with(self, name: str) -> None:
        person = self._page.locator(f'[data-testid="person"][data-name="{name}"]')
        await self._chromium.do(person.click)

    async def joins(self, channel: str) -> None:
        def act() -> None:
            self._page.get_by_test_id("channel-field").fill(channel)
            self._page.get_by_test_id("join-button").click()
            self._page.locator(f'[data-testid="channel"][data-name="{channel}"]').click()

        await self._chromium.do(act)

    async def says(self, text: str) -> None:
        def act() -> None:
            self._page.get_by_test_id("message-input").fill(text)
            self._page.get_by_test_id("send-button").click()

        await self._chromium.do(act)

    async def shows(self, text: str, state: str | None = None) -> None:
        """Wait until a text is shown, once, and in a state if one is given."""

        def look() -> None:
            message = self._page.get_by_test_id("message").filter(has_text=text)
            expect(message).to_have_count(1)
            if state is not None:
                expect(message).to_have_attribute("data-state", state)

        await self._chromium.do(look)

    async def reloads(self) -> None:
        await self._chromium.do(self._page.reload)

    async def overflow(self, width: int) -> int:
        """How many pixels of the page are beyond a window of this width."""

        def look() -> int:
            self._page.set_viewport_size({"width": width, "height": 640})
            wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            beyond: int = self._page.evaluate(wide)
            return beyond

        return await self._chromium.do(look)
