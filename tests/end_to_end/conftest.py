"""What the end-to-end tests share: overlays of real processes on loopback."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack

import pytest

from overlay.cli import run
from overlay.nodes.local import LocalOverlay
from tests.end_to_end.commands import Ended
from tests.end_to_end.overlays import converged_overlay
from tests.end_to_end.reader import Chromium

OverlayOf = Callable[[int, str], Awaitable[LocalOverlay]]
CommandHere = Callable[..., Ended]


@pytest.fixture
async def local_overlay_of() -> AsyncIterator[OverlayOf]:
    """Makes overlays of so many nodes in a shape; their processes end with the test."""
    async with AsyncExitStack() as stack:

        async def make(count: int, shape: str) -> LocalOverlay:
            return await stack.enter_async_context(converged_overlay(count, shape))

        yield make


@pytest.fixture(scope="session")
def browser(chromium_path: str) -> Iterator[Chromium]:
    """One browser for all tests, started for the first that asks."""
    browser = Chromium(chromium_path)
    yield browser
    browser.close()


@pytest.fixture
def chromium(browser: Chromium) -> Iterator[Chromium]:
    """A browser without a page; those that a test opens end with it, rather than draw on."""
    yield browser
    browser.close_pages()


@pytest.fixture
def command_here(capfd: pytest.CaptureFixture[str]) -> CommandHere:
    """Runs a command in this process, for failures that need no other one."""

    def end(*arguments: object) -> Ended:
        code = run([str(argument) for argument in arguments])
        said = capfd.readouterr()
        return Ended(code, said.out, said.err)

    return end
