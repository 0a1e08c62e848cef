"""Lines from standard input: typed at a terminal, or read from a file or a pipe."""

import os
import shutil
import sys
import termios
import tty
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import contextmanager
from typing import Final

import trio

from overlay.cli.line_editor import LineEditor
from overlay.errors import UsageError

_READ_BYTES: Final = 65_536
_LINE_BYTES_MAX: Final = 131_072
"""A line longer than any message: what is piped in here is no script."""

_CLEAR_LINE: Final = "\r\x1b[K"


class TypedLines:
    """A prompt at the bottom of a terminal, above which others may print."""

    def __init__(self, prompt: Callable[[], str]) -> None:
        self._prompt = prompt
        self._editor = LineEditor()

    @contextmanager
    def at_terminal(self) -> Iterator[None]:
        """Take the terminal's keys as they are typed; as it was before, in the end."""
        descriptor = sys.stdin.fileno()
        before = termios.tcgetattr(descriptor)
        try:
            tty.setcbreak(descriptor, termios.TCSADRAIN)
            self._show()
            yield
        finally:
            termios.tcsetattr(descriptor, termios.TCSADRAIN, before)
            self._write(_CLEAR_LINE)

    async def lines(self) -> AsyncGenerator[str, None]:
        """Each line that is finished with Enter, until Ctrl-D."""
        while not self._editor.is_over:
            keys = await _read_input()
            if not keys:
                return
            for line in self._editor.feed(keys):
                yield line
            self._show()

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Put the prompt away while something is printed."""
        self._write(_CLEAR_LINE)
        yield
        self._show()

    def _show(self) -> None:
        columns = shutil.get_terminal_size().columns
        self._write(_CLEAR_LINE + self._editor.view(self._prompt(), columns))

    def _write(self, text: str) -> None:
        sys.stdout.write(text)
        sys.stdout.flush()


async def read_lines() -> AsyncGenerator[str, None]:
    """The lines of standard input as they come, until it ends.

    Raises: `UsageError` for what is no text.
    """
    begun = b""
    while data := await _read_input():
        *whole, begun = (begun + data).split(b"\n")
        for line in whole:
            yield _decoded(line)
        if len(begun) > _LINE_BYTES_MAX:
            raise UsageError("standard input: a line longer than any message")
    if begun:
        yield _decoded(begun)


def _decoded(line: bytes) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError:
        raise UsageError("standard input: a line that is not UTF-8") from None


async def _read_input() -> bytes:
    if sys.stdin is None:
        # Whoever started us closed it.
        return b""
    descriptor = sys.stdin.fileno()
    try:
        await trio.lowlevel.wait_readable(descriptor)
    except OSError:
        # A plain file can always be read, so the system does not offer to wait for it.
        await trio.lowlevel.checkpoint()
    return os.read(descriptor, _READ_BYTES)
