"""Pushes a picture to whoever watches, whenever it has changed: server-sent events."""

import json
from collections.abc import AsyncGenerator, Callable, Mapping
from typing import Final

import trio

from overlay import limits
from overlay.transport.http import HttpRefusedError

LOOK_MS: Final = 200
"""How often it is looked whether the picture has changed, while anybody watches."""

LOOK_SHARE: Final = 0.05
"""Of all time, at most, that looking takes: where a look is dear there are fewer."""

WATCHERS_MAX: Final = 16
"""Pages that watch one picture at once: a person has a few, a program one."""

QUIET_MS: Final = 5_000
"""Where nothing changes something is said all the same, so that a page can tell that we live."""

_REFUSED: Final = 503


class Feed:
    """One picture, for all who watch it. Nothing is looked at while nobody does."""

    def __init__(self, look: Callable[[], Mapping[str, object]]) -> None:
        self._look = look
        self._watchers = 0
        self._seen = ""
        self._next_look = 0.0

    def follow(self) -> AsyncGenerator[bytes, None]:
        """Events, each with a whole picture as JSON: at once, and whenever it has changed.

        Raises `HttpRefusedError` if too many watch already.
        """
        if self._watchers >= WATCHERS_MAX:
            again = ("retry-after", str(limits.LINK_RETRY_MS // 1_000))
            raise HttpRefusedError(_REFUSED, f"{WATCHERS_MAX} pages watch already", (again,))
        return self._events()

    async def _events(self) -> AsyncGenerator[bytes, None]:
        if self._watchers >= WATCHERS_MAX:
            return
        self._watchers += 1
        told, said = "", trio.current_time()
        try:
            while True:
                seen = self._seen_now()
                if seen != told:
                    told, said = seen, trio.current_time()
                    yield f"data: {seen}\n\n".encode()
                elif trio.current_time() >= said + QUIET_MS / 1_000:
                    said = trio.current_time()
                    yield b"event: quiet\ndata:\n\n"
                soonest = trio.current_time() + LOOK_MS / 1_000
                await trio.sleep_until(max(soonest, min(self._next_look, said + QUIET_MS / 1_000)))
        finally:
            self._watchers -= 1

    def _seen_now(self) -> str:
        """One look serves all who watch."""
        begun = trio.current_time()
        if begun >= self._next_look:
            self._seen = json.dumps(self._look(), separators=(",", ":"))
            took = trio.current_time() - begun
            self._next_look = begun + max(LOOK_MS / 1_000, took / LOOK_SHARE)
        return self._seen
