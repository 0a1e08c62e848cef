"""Many named deadlines, of which the next is known at once."""

import heapq
from collections.abc import Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)

_STALE_ENTRIES_MIN = 64
"""Below this many entries a heap is not worth rebuilding."""


class Timers(Generic[K]):
    """One deadline for each key, in integer milliseconds of the caller's clock.

    Setting a key anew replaces its deadline. What was replaced or cancelled
    stays in the heap until it surfaces, but never more of it than there are
    live keys (or a small constant): memory follows the number of keys, not
    the number of calls.
    """

    __slots__ = ("_heap", "_serial", "_serials")

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, K]] = []
        self._serials: dict[K, int] = {}
        self._serial = 0

    def __contains__(self, key: object) -> bool:
        return key in self._serials

    def __len__(self) -> int:
        return len(self._serials)

    def set(self, key: K, at_ms: int) -> None:
        """Have `key` due at `at_ms`, instead of whenever it was due before."""
        # A serial of its own for each call orders equal deadlines by insertion
        # and keeps the heap from ever comparing keys.
        self._serial += 1
        self._serials[key] = self._serial
        heapq.heappush(self._heap, (at_ms, self._serial, key))
        self._compact()

    def cancel(self, key: K) -> None:
        """Forget `key`. Nothing happens if it is not set."""
        if self._serials.pop(key, None) is not None:
            self._compact()

    def due(self, now_ms: int) -> list[K]:
        """Remove and return the keys whose deadline is `now_ms` or earlier.

        They come by deadline; of equal deadlines the one set first comes first.
        """
        due: list[K] = []
        heap, serials = self._heap, self._serials
        while heap and heap[0][0] <= now_ms:
            _, serial, key = heapq.heappop(heap)
            if serials.get(key) == serial:
                del serials[key]
                due.append(key)
        return due

    def next_ms(self) -> int | None:
        """Return the earliest deadline, or None when nothing is set."""
        if self._heap and len(self._heap) == len(self._serials):
            # Nothing in the heap is stale. Asked after every event.
            return self._heap[0][0]
        while self._heap:
            at_ms, serial, key = self._heap[0]
            if self._serials.get(key) == serial:
                return at_ms
            heapq.heappop(self._heap)
        return None

    def _compact(self) -> None:
        if len(self._heap) <= 2 * len(self._serials) + _STALE_ENTRIES_MIN:
            return
        self._heap = [entry for entry in self._heap if self._serials.get(entry[2]) == entry[1]]
        heapq.heapify(self._heap)
