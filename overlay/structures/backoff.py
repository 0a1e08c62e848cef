"""How long to wait before trying again."""

from random import Random

JITTER = 0.5
"""The part of each wait that is left to chance, so that many who failed at one moment do not
come back at one moment."""


class Backoff:
    """Waits that double from `first_ms` to `cap_ms`, each shortened at random by up to half.

    So no wait is longer than `cap_ms` or shorter than half of `first_ms`.
    Raises ValueError unless 1 <= first_ms <= cap_ms.
    """

    __slots__ = ("_cap_ms", "_first_ms", "_full_ms")

    def __init__(self, first_ms: int, cap_ms: int) -> None:
        if not 1 <= first_ms <= cap_ms:
            raise ValueError(f"waits from {first_ms} to {cap_ms} ms cannot be")
        self._first_ms = first_ms
        self._cap_ms = cap_ms
        self._full_ms = first_ms

    def next_ms(self, random: Random) -> int:
        """Return how long to wait now; the wait after it is about twice as long."""
        full_ms = self._full_ms
        self._full_ms = min(2 * full_ms, self._cap_ms)
        return full_ms - int(full_ms * JITTER * random.random())

    def clear(self) -> None:
        """Start over: there was a sign of life."""
        self._full_ms = self._first_ms
