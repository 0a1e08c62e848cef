"""Tables that never hold more than they were told to."""

from collections import OrderedDict
from collections.abc import Hashable, ItemsView, Iterator, KeysView, ValuesView
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

# Both use OrderedDict: taking the oldest out of a plain dict walks over the
# gaps that earlier removals left in front of it, so a full table would cost
# ever more for each entry.


class BoundedDict(Generic[K, V]):
    """At most `entries_max` entries; a new one beyond that pushes out the oldest.

    The order is that of insertion. Replacing a value keeps its key's place.
    Raises ValueError for a bound below one.
    """

    __slots__ = ("_entries", "_entries_max")

    def __init__(self, entries_max: int) -> None:
        if entries_max < 1:
            raise ValueError(f"a table of at most {entries_max} entries holds nothing")
        self._entries: OrderedDict[K, V] = OrderedDict()
        self._entries_max = entries_max

    def __contains__(self, key: object) -> bool:
        return key in self._entries

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[K]:
        return iter(self._entries)

    def __getitem__(self, key: K) -> V:
        return self._entries[key]

    def get(self, key: K) -> V | None:
        """Return the value of `key`, or None."""
        return self._entries.get(key)

    def put(self, key: K, value: V) -> tuple[K, V] | None:
        """Hold `value` under `key`; return the entry that had to go for it, if any."""
        self._entries[key] = value
        if len(self._entries) > self._entries_max:
            return self._entries.popitem(last=False)
        return None

    def pop(self, key: K) -> V | None:
        """Remove `key` and return its value, or None if it was not there."""
        return self._entries.pop(key, None)

    def keys(self) -> KeysView[K]:
        """Return the keys, oldest first."""
        return self._entries.keys()

    def values(self) -> ValuesView[V]:
        """Return the values, oldest first."""
        return self._entries.values()

    def items(self) -> ItemsView[K, V]:
        """Return the entries, oldest first."""
        return self._entries.items()


class LruCache(Generic[K, V]):
    """At most `entries_max` entries; a new one pushes out the one longest unused.

    `get` and `put` count as use, asking with `in` does not. Raises ValueError
    for a bound below one.
    """

    __slots__ = ("_entries", "_entries_max")

    def __init__(self, entries_max: int) -> None:
        if entries_max < 1:
            raise ValueError(f"a cache of at most {entries_max} entries holds nothing")
        self._entries: OrderedDict[K, V] = OrderedDict()
        self._entries_max = entries_max

    def __contains__(self, key: object) -> bool:
        return key in self._entries

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: K) -> V | None:
        """Return the value of `key` and count that as use, or return None."""
        value = self._entries.get(key)
        if value is not None:
            self._entries.move_to_end(key)
        return value

    def put(self, key: K, value: V) -> tuple[K, V] | None:
        """Hold `value` under `key`; return the entry that had to go for it, if any."""
        self._entries[key] = value
        self._entries.move_to_end(key)
        if len(self._entries) > self._entries_max:
            return self._entries.popitem(last=False)
        return None

    def pop(self, key: K) -> V | None:
        """Remove `key` and return its value, or None if it was not there."""
        return self._entries.pop(key, None)

    def values(self) -> ValuesView[V]:
        """Return the values, longest unused first; that is no use of them."""
        return self._entries.values()
