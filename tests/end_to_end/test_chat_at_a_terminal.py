"""A chat as a person has it: keys go into a terminal, and a screen comes out."""

import os
import pty
import signal
import sys
import termios
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trio

from overlay.sdk import Identity, connect
from tests.end_to_end.waiting import failsafe
from tests.support.running import a_node


class Terminal:
    """The other end of a terminal in which a command runs."""

    def __init__(self, descriptor: int, process: trio.Process) -> None:
        self._descriptor = descriptor
        self.process = process
        self.screen = ""

    @property
    def modes(self) -> list[object]:
        """How the terminal treats keys and lines."""
        return termios.tcgetattr(self._descriptor)

    def types(self, keys: str) -> None:
        os.write(self._descriptor, keys.encode())

    async def shows(self, words: str) -> None:
        """Return once these words are on the screen, after those waited for last."""
        with failsafe(f"the terminal shows {words!r}; so far {self.screen!r}"):
            while words not in self.screen:
                await trio.lowlevel.wait_readable(self._descriptor)
                self.screen += os.read(self._descriptor, 65_536).decode()
        self.screen = self.screen.partition(words)[2]

    async def ends(self) -> int:
        with failsafe("the chat ends"):
            return await self.process.wait()
        raise AssertionError


@asynccontextmanager
async def chat_of_alice(node: str, home: Path) -> AsyncIterator[Terminal]:
    ours, theirs = pty.openpty()
    process = await trio.lowlevel.open_process(
        [sys.executable, "-m", "overlay", "chat", "--node", node, "--name", "alice"],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
        env={**os.environ, "OVERLAY_HOME": str(home), "TERM": "xterm", "NO_COLOR": "1"},
    )
    os.close(theirs)
    try:
        yield Terminal(ours, process)
    finally:
        process.kill()
        await process.wait()
        os.close(ours)


async def test_two_people_talk_and_see_their_marks(tmp_path: Path) -> None:
    async with (
        a_node(tmp_path) as north,
        connect(north.address, Identity.temporary("bob")) as bob,
        chat_of_alice(north.address, tmp_path) as terminal,
    ):
        await terminal.shows("/help lists the commands.")
        await terminal.shows("● bob is online at north")
        await terminal.shows("> ")

        terminal.types("/to bob hello therx\x7fe\r")
        await terminal.shows("→ bob: hello there  [1]")
        message = await anext(bob)
        assert message.text == "hello there"
        await terminal.shows("✓✓ [1] delivered to bob")
        await terminal.shows("bob> ")

        terminal.types("half a li")
        await terminal.shows("bob> half a li")
        await bob.send(message.person, "and you?")
        await terminal.shows("bob: and you?")
        await terminal.shows("bob> half a li")

        terminal.types("ne\r")
        assert (await anext(bob)).text == "half a line"
        terminal.types("/quit\r")
        assert await terminal.ends() == 0


@pytest.mark.parametrize(("keys", "code"), [("\x04", 0), ("/quit\r", 0)])
async def test_a_chat_ends_when_it_is_told_to(tmp_path: Path, keys: str, code: int) -> None:
    async with a_node(tmp_path) as north, chat_of_alice(north.address, tmp_path) as terminal:
        await terminal.shows("> ")

        terminal.types(keys)

        assert await terminal.ends() == code


async def test_an_interrupted_chat_leaves_the_terminal_as_it_was(tmp_path: Path) -> None:
    async with a_node(tmp_path) as north, chat_of_alice(north.address, tmp_path) as terminal:
        before = terminal.modes
        await terminal.shows("> ")
        assert terminal.modes != before

        terminal.process.send_signal(signal.SIGINT)

        assert await terminal.ends() == 130
        assert terminal.modes == before
