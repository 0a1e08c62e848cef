"""Which entries of a table that many fill each of them has come across lately."""

from array import array
from typing import Generic, TypeVar

from overlay.structures.columns import Keys

K = TypeVar("K")
V = TypeVar("V")


class Entries(Keys[K], Generic[K, V]):
    """What anybody has ever put under each key: the first that was."""

    __slots__ = ("values",)

    def __init__(self) -> None:
        super().__init__()
        self.values: list[V] = []


class Recalled(Generic[K, V]):
    """At most `entries_max` of common entries; a new one beyond that pushes out the oldest.

    Reads like a `BoundedDict` whose entries are nobody else's, but for the
    value, which is that of whoever put the key first. Four bytes an entry.
    """

    __slots__ = ("_bits", "_common", "_entries_max", "_next", "_order")

    def __init__(self, common: Entries[K, V], entries_max: int) -> None:
        self._common = common
        self._entries_max = entries_max
        self._bits = bytearray()
        self._order = array("I")
        """The places of what is recalled; at `_next` the oldest of them, once they are so many."""
        self._next = 0

    def __len__(self) -> int:
        return len(self._order)

    def __contains__(self, key: object) -> bool:
        place = self._common.places.get(key)  # type: ignore[arg-type]  # any key may be asked for
        return place is not None and self._has(place)

    def get(self, key: K) -> V | None:
        """Return the value of `key`, or None."""
        place = self._common.places.get(key)
        return self._common.values[place] if place is not None and self._has(place) else None

    def put(self, key: K, value: V) -> None:
        """Recall `key` from now on."""
        common = self._common
        place = common.place_of(key)
        if place == len(common.values):
            common.values.append(value)
        if self._has(place):
            return
        if len(self._order) < self._entries_max:
            self._order.append(place)
        else:
            self._mark(self._order[self._next])
            self._order[self._next] = place
            self._next = (self._next + 1) % self._entries_max
        self._mark(place)

    def _has(self, place: int) -> bool:
        byte = place >> 3
        return byte < len(self._bits) and bool(self._bits[byte] >> (place & 7) & 1)

    def _mark(self, place: int) -> None:
        """Turn what is known of a place into its opposite."""
        byte = place >> 3
        if byte >= len(self._bits):
            self._bits.extend(bytes(byte + 1 - len(self._bits)))
        self._bits[byte] ^= 1 << (place & 7)
