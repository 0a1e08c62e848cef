"""Data on stdout, words on stderr; nothing from other people may steer a terminal."""

import json
import os
import re
import sys
from collections.abc import Mapping, Sequence
from typing import Final

import click

_JOINERS: Final = "\u200c\u200d"
"""Invisible, and part of how emoji and some scripts are written."""

_UNSAFE_IN_JSON: Final = re.compile("[\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]")


def prepare_streams() -> None:
    """Let no text fail to be written for the want of a character in the terminal's encoding."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


def leave_streams() -> None:
    """Nobody reads them any more: let the interpreter's last flush of them go nowhere.

    Source: the note on SIGPIPE in the documentation of Python's module `signal`.
    """
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        os.dup2(nowhere, stream.fileno())


def shown(text: str) -> str:
    """A text of somebody else's as one line that is safe to print: no control, no direction."""
    return "".join(
        character
        if character.isprintable() or character in _JOINERS
        else " ⏎ "
        if character == "\n"
        else "\N{REPLACEMENT CHARACTER}"
        for character in text
    )


def say(words: str, colour: str | None = None) -> None:
    """Words for a person, on stderr."""
    click.echo(_styled(words, colour), err=True)


def put(line: str, colour: str | None = None) -> None:
    """A line of data, on stdout, at once."""
    click.echo(_styled(line, colour))
    _flush()


def _flush() -> None:
    # There is none where whoever started us closed it.
    if sys.stdout is not None:
        sys.stdout.flush()


def _styled(text: str, colour: str | None) -> str:
    return click.style(shown(text), fg=colour) if colour is not None else shown(text)


def put_json(value: Mapping[str, object] | Sequence[object]) -> None:
    """A JSON document on a line of its own, on stdout, at once."""
    text = json.dumps(value, ensure_ascii=False)
    click.echo(_UNSAFE_IN_JSON.sub(lambda match: f"\\u{ord(match[0]):04x}", text))
    _flush()


def put_table(rows: Sequence[Sequence[str]]) -> None:
    """Rows of cells, each column as wide as it must be, on stdout."""
    from rich.cells import cell_len

    safe = [[shown(cell) for cell in row] for row in rows]
    widths = [max(map(cell_len, column)) for column in zip(*safe, strict=True)]
    for row in safe:
        padded = [
            cell + " " * (width - cell_len(cell)) for cell, width in zip(row, widths, strict=True)
        ]
        click.echo("  ".join(padded).rstrip())
    _flush()
