"""Which members belong to each key, in the order in which they came."""

from collections.abc import Collection
from typing import Generic, TypeVar

K = TypeVar("K")
M = TypeVar("M")


class Groups(Generic[K, M]):
    """A group of members for each key; a key without any is not held.

    Begins with the groups of `shared`, which must not change any more: a group
    is copied when it first changes here.
    """

    __slots__ = ("_own", "_shared")

    def __init__(self, shared: "Groups[K, M] | None" = None) -> None:
        self._shared = shared
        self._own: dict[K, dict[M, None]] = {}

    def of(self, key: K) -> Collection[M]:
        """The members of a key; empty where there are none."""
        own = self._own.get(key)
        if own is not None:
            return own
        return self._shared.of(key) if self._shared is not None else ()

    def add(self, key: K, member: M) -> None:
        """Have a member belong to a key; nothing changes if it does."""
        own = self._own.get(key)
        if own is None:
            own = self._own[key] = dict.fromkeys(self.of(key))
        own[member] = None

    def discard(self, key: K, member: M) -> None:
        """Have it belong there no longer; nothing changes if it did not."""
        if member not in self.of(key):
            return
        left = self._own.get(key)
        if left is None:
            left = self._own[key] = dict.fromkeys(self.of(key))
        del left[member]
        if not left and self._shared is None:
            del self._own[key]
