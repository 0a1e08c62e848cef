"""Sayings of which something may still come, so that a long run is not gone through each time."""

from itertools import islice

from simulations.sayings import Saying, Sayings

PENDING_MS = 600_000
"""Ten minutes: nobody waits longer for what is said in a storm of two."""


class Pending:
    """What has been said and is not done with."""

    def __init__(self, sayings: Sayings) -> None:
        self._sayings = sayings
        self._taken = 0
        self._open: list[Saying] = []

    def all(self, now_ms: int) -> list[Saying]:
        """In the order in which they were said; what is older than `PENDING_MS` is left out."""
        while self._open and self._open[0].said_ms + PENDING_MS < now_ms:
            del self._open[0]
        new = list(islice(self._sayings, self._taken, None))
        self._taken += len(new)
        self._open += new
        return list(self._open)

    def done_with(self, saying: Saying) -> None:
        """Nothing more is to be said of it."""
        self._open.remove(saying)
