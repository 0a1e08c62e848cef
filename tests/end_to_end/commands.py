"""Runs the command `overlay` as its users do: as a process, through pipes."""

import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import trio

from tests.end_to_end.waiting import failsafe

OVERLAY = (sys.executable, "-m", "overlay")


@dataclass(frozen=True, slots=True)
class Ended:
    """What a command said, and how it ended."""

    code: int
    out: str
    err: str

    @property
    def error(self) -> str:
        """The one line that it said of its failure."""
        (line,) = self.err.splitlines()
        assert line.startswith("Error: "), line
        return line.removeprefix("Error: ")


async def command(
    *arguments: object, text: str = "", home: Path | None = None, cwd: Path | None = None
) -> Ended:
    """Run a command to its end; `home` is where it keeps identities."""
    with failsafe(f"overlay {arguments} ends"):
        done = await trio.run_process(
            [*OVERLAY, *map(str, arguments)],
            stdin=text.encode(),
            capture_stdout=True,
            capture_stderr=True,
            check=False,
            env=_environment(home),
            cwd=cwd,
        )
        return Ended(done.returncode, done.stdout.decode(), done.stderr.decode())
    raise AssertionError


class Running:
    """A command that goes on, until the test ends it."""

    def __init__(self, process: trio.Process) -> None:
        self.process = process
        self._lines = {"out": _Lines(process.stdout), "err": _Lines(process.stderr)}

    async def types(self, line: str) -> None:
        """Write a line to its standard input."""
        assert self.process.stdin is not None
        await self.process.stdin.send_all(f"{line}\n".encode())

    async def ends_input(self) -> None:
        assert self.process.stdin is not None
        await self.process.stdin.aclose()

    async def says(self, *words: str, where: str = "out") -> str:
        """The next line on standard output, or error, that holds all of these words."""
        with failsafe(f"it says {words}; so far {self._lines[where].seen}"):
            while True:
                line = await self._lines[where].next()
                if all(word in line for word in words):
                    return line
        raise AssertionError

    async def everything(self) -> str:
        """What is left on its standard output, up to its end, however long it takes to say it."""
        assert self.process.stdout is not None
        said = b""
        while True:
            with failsafe(f"it goes on after {said.decode()}"):
                data = await self.process.stdout.receive_some()
            if not data:
                return said.decode()
            said += data

    async def last_words(self) -> str:
        """What is left on its standard error, up to its end."""
        assert self.process.stderr is not None
        return b"".join([data async for data in self.process.stderr]).decode()

    async def stops_reading(self) -> None:
        """Close our ends of its standard output and error."""
        for pipe in (self.process.stdout, self.process.stderr):
            assert pipe is not None
            await pipe.aclose()

    async def ends(self) -> int:
        """Its exit code."""
        with failsafe("it ends"):
            return await self.process.wait()
        raise AssertionError


class _Lines:
    def __init__(self, stream: trio.abc.ReceiveStream | None) -> None:
        assert stream is not None
        self._stream = stream
        self._unread = b""
        self.seen: list[str] = []

    async def next(self) -> str:
        while b"\n" not in self._unread:
            data = await self._stream.receive_some()
            assert data, f"it ended after {self.seen}"
            self._unread += data
        line, _, self._unread = self._unread.partition(b"\n")
        self.seen.append(line.decode())
        return self.seen[-1]


@asynccontextmanager
async def running(
    *arguments: object, home: Path | None = None, cwd: Path | None = None
) -> AsyncIterator[Running]:
    """Run a command for as long as the block lasts, at most."""
    process = await trio.lowlevel.open_process(
        [*OVERLAY, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=_environment(home),
        cwd=cwd,
    )
    try:
        yield Running(process)
    finally:
        with trio.CancelScope(shield=True):
            process.kill()
            await process.wait()
            for pipe in (process.stdin, process.stdout, process.stderr):
                assert pipe is not None
                await pipe.aclose()


def _environment(home: Path | None) -> dict[str, str]:
    own = {} if home is None else {"OVERLAY_HOME": str(home)}
    return os.environ | {"NO_COLOR": "1"} | own
