"""Neighbours files: any bytes are a file that can be written again, or are explained."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from tempfile import gettempdir

from overlay.config import NodeFile, read_node_file, write_node_file
from overlay.errors import ConfigError
from tests.fuzz.shapes import shapes
from tests.fuzz.targets import Notice, Target

Read = Callable[[Path], NodeFile]


def target(notice: Notice) -> Target:
    return NeighboursFiles(read_node_file, notice)


def broken(notice: Notice) -> Target:
    """It has no word for more links than three."""
    return NeighboursFiles(_read_with_words, notice)


class NeighboursFiles:
    """Judges a reader of neighbours files."""

    def __init__(self, read: Read, notice: Notice) -> None:
        self._notice = notice
        self._read = read
        self._path = Path(gettempdir()) / f"overlay-fuzz-{os.getpid()}.json"

    def __call__(self, data: bytes) -> None:
        try:
            self._judge(data)
        finally:
            self._path.unlink(missing_ok=True)

    def _judge(self, data: bytes) -> None:
        self._path.write_bytes(data)
        try:
            file = self._read(self._path)
        except ConfigError as error:
            # A person reads it at a terminal.
            str(error).encode()
            self._notice(error.expected)
            return
        for each in shapes(file):
            self._notice(each)
        for ignored in file.ignored:
            ignored.encode()
        write_node_file(self._path, file)
        assert read_node_file(self._path) == replace(file, ignored=())


def _read_with_words(path: Path) -> NodeFile:
    file = read_node_file(path)
    {2: "two", 3: "three"}[file.extra_links]
    return file
