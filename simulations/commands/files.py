"""Files that the command line reads and writes, and what it says of those that will not do."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from simulations.encoding import Unreadable
from simulations.pages import check_place, write_into
from simulations.recording import Recording, load
from simulations.scenarios import SCENARIOS


def recording_at(path: Path) -> Recording:
    """What a file holds. Raises click.ClickException with what is wrong and how to mend it."""
    try:
        recording = load(path)
    except Unreadable as error:
        raise click.UsageError(
            f"{path}: {error}\nA recording is what `run --record FILE` and `sweep` write."
        ) from error
    if recording.scenario not in SCENARIOS:
        raise click.UsageError(
            f"{path}: scenario {recording.scenario!r} is not known here;"
            " `python -m simulations list` shows those that are."
        )
    return recording


def save(recording: Recording, path: Path) -> None:
    """Write a recording. Raises click.ClickException where that cannot be done."""
    try:
        recording.save(path)
    except OSError as error:
        raise click.UsageError(f"{path}: cannot write it: {error.strerror}") from error


def check_page(page: Path | None, what: str) -> None:
    """Raises click.UsageError, before hours of work, where a table has no place on a page."""
    if page is not None:
        with _told_of(page):
            check_place(page, what)


def write_page(page: Path | None, what: str, table: str) -> None:
    """Put a table in its place on a page, if there is one. Raises click.UsageError."""
    if page is not None:
        with _told_of(page):
            write_into(page, what, table)


@contextmanager
def _told_of(page: Path) -> Iterator[None]:
    try:
        yield
    except Unreadable as error:
        raise click.UsageError(str(error)) from error
    except OSError as error:
        raise click.UsageError(f"{page}: cannot write it: {error.strerror}") from error
