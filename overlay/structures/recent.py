"""Whether something has come before, remembered cheaply and for a time."""

from collections.abc import Hashable


class Recent:
    """What has come in at least the last `keep_ms`, and at most three times that, as hashes.

    At most `entries_max` in one such time; if there is more, the older half is
    forgotten early. Forgetting costs nothing for each entry.
    """

    __slots__ = ("_entries_max", "_keep_ms", "_old", "_turned_ms", "_young")

    def __init__(self, entries_max: int, keep_ms: int) -> None:
        self._entries_max = entries_max
        self._keep_ms = keep_ms
        self._young: set[int] = set()
        self._old: set[int] = set()
        self._turned_ms = 0

    def __len__(self) -> int:
        return len(self._young) + len(self._old)

    def take(self, key: Hashable, now_ms: int) -> bool:
        """Remember a key from now on; False when it was remembered already."""
        young = self._young
        if now_ms >= self._turned_ms + self._keep_ms or len(young) >= self._entries_max:
            self.turn(now_ms)
            young = self._young
        # The hash of a text depends on the process's secret, so nobody can make two of them alike.
        mark = hash(key)
        if mark in young or mark in self._old:
            return False
        young.add(mark)
        return True

    def turn(self, now_ms: int) -> None:
        """Forget what is old, once enough time has passed or enough has come."""
        passed_ms = now_ms - self._turned_ms
        if passed_ms < self._keep_ms and len(self._young) < self._entries_max:
            return
        self._old = self._young if passed_ms < 2 * self._keep_ms else set()
        self._young = set()
        self._turned_ms = now_ms
