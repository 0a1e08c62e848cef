"""A terminal in which a command runs, as a person has it."""

import os
import pty
import sys
import termios
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import trio

from tests.end_to_end.waiting import failsafe


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
        with failsafe("the command ends"):
            return await self.process.wait()
        raise AssertionError


@asynccontextmanager
async def at_terminal(
    *arguments: object, home: Path, columns: int = 80, lines: int = 24
) -> AsyncIterator[Terminal]:
    """The command `overlay` in a terminal of this size, for as long as the block lasts."""
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (lines, columns))
    process = await trio.lowlevel.open_process(
        [sys.executable, "-m", "overlay", *map(str, arguments)],
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
