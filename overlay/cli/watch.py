"""`overlay status --watch`: looks once a second, until Ctrl-C."""

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic, sleep, strftime
from typing import Any

from rich.console import Console
from rich.live import Live

from overlay.cli.output import put, put_json
from overlay.cli.watch_view import Status, Watched
from overlay.errors import LinkError

EVERY_SECONDS = 1.0

Fetch = Callable[[], dict[str, Any]]


def watch(fetch: Fetch, *, as_json: bool) -> None:
    """Show a status anew each second; returns at Ctrl-C.

    A screen where there is a terminal; else, as `vmstat` does, a line each
    second, or a document with `as_json`. Raises `LinkError` if there is no
    answer at all at first; later ones that do not come are told, and waited for.
    """
    status = fetch()
    try:
        with _interruptible():
            if as_json:
                _watch(fetch, status, _put_json)
            elif sys.stdout.isatty():
                _watch_screen(fetch, status)
            else:
                _watch_lines(fetch, status)
    except KeyboardInterrupt:
        return


@contextmanager
def _interruptible() -> Iterator[None]:
    """SIGINT and SIGTERM interrupt, also where whoever started this has them ignored."""
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, signal.default_int_handler) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)


def _watch(fetch: Fetch, status: Status | None, show: Callable[[Status | None], None]) -> None:
    """Show what was found, each second, as long as nobody interrupts."""
    next_look = monotonic()
    while True:
        show(status)
        next_look = max(next_look + EVERY_SECONDS, monotonic())
        sleep(max(next_look - monotonic(), 0))
        try:
            status = fetch()
        except LinkError:
            status = None


def _watch_screen(fetch: Fetch, status: Status) -> None:
    console = Console(highlight=False, markup=False)
    watched = Watched(has_blocks=console.encoding.startswith("utf"))
    noting = _Noting(watched)
    with Live(console=console, screen=True, auto_refresh=False) as live:

        def show(found: Status | None) -> None:
            noting.note(found)
            live.update(watched.screen(console.width, console.height), refresh=True)

        _watch(fetch, status, show)


def _watch_lines(fetch: Fetch, status: Status) -> None:
    watched = Watched()
    noting = _Noting(watched)

    def show(found: Status | None) -> None:
        noting.note(found)
        put(f"{strftime('%H:%M:%S')} {watched.line()}")

    _watch(fetch, status, show)


class _Noting:
    """Tells what is watched when it was last heard."""

    def __init__(self, watched: Watched) -> None:
        self._watched = watched
        self._heard = monotonic()

    def note(self, found: Status | None) -> None:
        now = monotonic()
        if found is None:
            self._watched.miss(now - self._heard)
        else:
            self._heard = now
            self._watched.take(found, now)


def _put_json(found: Status | None) -> None:
    put_json(found if found is not None else {"error": "no answer"})
