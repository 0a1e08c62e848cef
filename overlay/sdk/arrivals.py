"""Messages that have arrived, until the program takes them."""

from collections import deque
from collections.abc import Callable
from typing import Final

import trio

from overlay import limits
from overlay.client.durable.values import Place
from overlay.client.requests import HoldBack, Request, Taken
from overlay.errors import OverlayError
from overlay.sdk.values import Message

Arrived = tuple[Message, Place | None]
Tell = Callable[[Callable[[], Request]], None]
"""Has the machine told, in its next round, what is made then."""

_RESUMES_AT: Final = limits.UNTAKEN_MESSAGES_MAX // 2


class Arrivals:
    """A queue, first in, first out; each message goes to one task that takes.

    The machine is told what was taken, so that it need not be kept for the
    next run. When `UNTAKEN_MESSAGES_MAX` wait, it is told to hold its home
    back; when half of them are taken, to go on.
    """

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._messages: deque[Arrived] = deque()
        self._taken: list[Place] = []
        self._waiting = trio.lowlevel.ParkingLot()
        self._is_held_back = False
        self._end: OverlayError | None = None
        self._is_over = False

    def __len__(self) -> int:
        return len(self._messages)

    def put(self, message: Message, place: Place | None) -> None:
        """Add one, with its place if the machine keeps it until it is taken; never waits."""
        self._messages.append((message, place))
        self._waiting.unpark()
        if len(self._messages) >= limits.UNTAKEN_MESSAGES_MAX and not self._is_held_back:
            self._hold_back(True)

    async def take(self) -> Message | None:
        """The oldest, once there is one; None at the end. Cancelled, it has taken none."""
        await trio.lowlevel.checkpoint()
        while not self._messages:
            if self._is_over:
                if self._end is not None:
                    raise self._end.with_traceback(None)
                return None
            await self._waiting.park()
        message, place = self._messages.popleft()
        if place is not None:
            self._note_taken(place)
        if self._is_held_back and len(self._messages) <= _RESUMES_AT:
            self._hold_back(False)
        return message

    def close(self, error: OverlayError | None = None) -> None:
        """Nothing more will come; `error` says why where somebody should know."""
        self._is_over = True
        self._end = self._end or error
        self._waiting.unpark_all()

    def _note_taken(self, place: Place) -> None:
        self._taken.append(place)
        if len(self._taken) == 1:
            self._tell(self._take_taken)

    def _take_taken(self) -> Taken:
        """All that were taken until the machine's next round, in one request."""
        taken, self._taken = self._taken, []
        return Taken(tuple(taken))

    def _hold_back(self, is_held_back: bool) -> None:
        self._is_held_back = is_held_back
        self._tell(lambda: HoldBack(is_held_back))
