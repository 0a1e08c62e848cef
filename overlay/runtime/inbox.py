"""Where events wait for the task that owns the machine."""

from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

import trio

from overlay import limits
from overlay.runtime.doorbell import Doorbell

EventT = TypeVar("EventT")


class Inbox(Generic[EventT]):
    """A bounded queue, first in, first out; implements `Sink`.

    Who puts a frame waits until it is taken. So a link has at most one frame
    here, links are served in turn, and a busy machine slows its peers down.
    """

    def __init__(self, events_max: int = limits.INBOX_EVENTS_MAX) -> None:
        self._room = trio.Semaphore(events_max)
        self._entries: deque[tuple[Callable[[], EventT | None], trio.Event | None]] = deque()
        self._bell = Doorbell()

    def __len__(self) -> int:
        return len(self._entries)

    async def put(self, event: EventT) -> None:
        """See `Sink`. Cancelled while waiting, the event may be taken all the same."""
        try:
            # Without its checkpoint: there is one below, and this is for every frame.
            self._room.acquire_nowait()
        except trio.WouldBlock:
            await self._room.acquire()
        taken = trio.Event()
        self._entries.append((lambda: event, taken))
        self._bell.ring()
        await taken.wait()

    def put_nowait(self, event: EventT) -> None:
        """See `Sink`."""
        self.put_made(lambda: event)

    def put_made(self, make: Callable[[], EventT | None], *, is_urgent: bool = True) -> None:
        """See `Sink`."""
        self._entries.append((make, None))
        if is_urgent:
            self._bell.ring()

    def take(self, events_max: int) -> list[EventT]:
        """What is here now, at most `events_max` of it."""
        events: list[EventT] = []
        for _ in range(min(events_max, len(self._entries))):
            make, taken = self._entries.popleft()
            if taken is not None:
                taken.set()
                self._room.release()
            event = make()
            if event is not None:
                events.append(event)
        if self._entries:
            self._bell.ring()
        return events

    async def wait(self) -> None:
        """Return when something urgent has come since this returned last."""
        await self._bell.wait()
