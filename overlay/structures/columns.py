"""Tables of many holders over the same keys: what is equal in them is held once.

Each table is a row of small numbers, one for each key that any of them has ever
held; what the numbers stand for is common to all. A table of 10,000 keys takes
10 KB, where a dict of them takes 300 to 600.
"""

from array import array
from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from itertools import compress
from operator import gt
from typing import Generic, TypeAlias, TypeVar, overload

K = TypeVar("K")
V = TypeVar("V")
T = TypeVar("T")

_SMALL_MAX = 255
"""As long as no key has had more values than this, each takes a byte."""

Cells: TypeAlias = "bytes | bytearray | array[int]"


class Keys(Generic[K]):
    """Keys in the order in which they first came, each with its place. None is ever forgotten."""

    __slots__ = ("keys", "places")

    def __init__(self) -> None:
        self.keys: list[K] = []
        self.places: dict[K, int] = {}

    def place_of(self, key: K) -> int:
        """Where this key is, from now on if it was nowhere."""
        place = self.places.get(key)
        if place is None:
            place = self.places[key] = len(self.keys)
            self.keys.append(key)
        return place


class Vocabulary(Keys[K], Generic[K, V]):
    """The keys of many tables, and which values any of them has held under each.

    It grows with the changes, however many holders take part in each.
    """

    __slots__ = ("values",)

    def __init__(self) -> None:
        super().__init__()
        self.values: list[list[V | None]] = []
        """Of each place. Number 0 stands for no value."""

    def place_of(self, key: K) -> int:
        place = super().place_of(key)
        if place == len(self.values):
            self.values.append([None])
        return place

    def number_of(self, place: int, value: V) -> int:
        """What stands for a value there. Equal values have equal numbers."""
        values = self.values[place]
        if value is not None:
            # Mostly it is the very object that the last holder put: texts are long to compare.
            for number in range(len(values) - 1, 0, -1):
                if values[number] is value:
                    return number
        try:
            return values.index(value, 1)
        except ValueError:
            values.append(value)
            return len(values) - 1


class Column(MutableMapping[K, V]):
    """One of these tables. `like` makes another one, equal to it until either changes.

    The order is that in which any table of them first held the keys.
    """

    __slots__ = ("_cells", "_count", "_places", "_values", "vocabulary")

    def __init__(self, vocabulary: Vocabulary[K, V]) -> None:
        self.vocabulary = vocabulary
        self._places = vocabulary.places
        self._values = vocabulary.values
        self._cells: Cells = b""
        self._count = 0

    @classmethod
    def of(cls, table: Mapping[K, V]) -> "Column[K, V]":
        """A table equal to `table`: beside it, if that is one of these, which then costs nothing
        until one of them changes; or else the first over a vocabulary of its own."""
        if isinstance(table, Column):
            return table.like()
        column: Column[K, V] = cls(Vocabulary())
        column.update(table)
        return column

    def like(self) -> "Column[K, V]":
        """Another one, equal to this until either changes."""
        other = Column(self.vocabulary)
        if isinstance(self._cells, bytearray):
            self._cells = bytes(self._cells)
        other._cells = self._cells if isinstance(self._cells, bytes) else self._cells[:]
        other._count = self._count
        return other

    def named(self, key: K) -> K:
        """An equal key that all of these tables hold: one object where each has made its own."""
        vocabulary = self.vocabulary
        return vocabulary.keys[vocabulary.place_of(key)]

    @property
    def cells(self) -> Cells:
        """The numbers, by place; none where a table is shorter than the vocabulary. To read."""
        return self._cells

    def __len__(self) -> int:
        return self._count

    def __contains__(self, key: object) -> bool:
        place = self._places.get(key)  # type: ignore[arg-type]  # any key may be asked for
        return place is not None and place < len(self._cells) and self._cells[place] > 0

    def __getitem__(self, key: K) -> V:
        place = self._places[key]
        number = self._cells[place] if place < len(self._cells) else 0
        if not number:
            raise KeyError(key)
        return self._values[place][number]  # type: ignore[return-value]  # 0 alone is none

    @overload
    def get(self, key: K, /) -> V | None: ...

    @overload
    def get(self, key: K, default: V | T, /) -> V | T: ...

    def get(self, key: K, default: V | T | None = None, /) -> V | T | None:
        """The value of a key, or `default`. Asked more often than anything else."""
        place = self._places.get(key)
        if place is None:
            return default
        try:
            number = self._cells[place]
        except IndexError:
            return default
        return self._values[place][number] if number else default

    @overload
    def pop(self, key: K, /) -> V: ...

    @overload
    def pop(self, key: K, default: V | T, /) -> V | T: ...

    def pop(self, key: K, *default: V | T) -> V | T:
        """Remove a key and return its value, or `default`. Raises KeyError without one."""
        place = self._places.get(key)
        number = self._cells[place] if place is not None and place < len(self._cells) else 0
        if place is None or not number:
            if default:
                return default[0]
            raise KeyError(key)
        self._own()[place] = 0
        self._count -= 1
        return self._values[place][number]  # type: ignore[return-value]  # 0 alone is none

    def __setitem__(self, key: K, value: V) -> None:
        vocabulary, cells = self.vocabulary, self._cells
        place = self._places.get(key)
        if place is None:
            place = vocabulary.place_of(key)
        number = vocabulary.number_of(place, value)
        if isinstance(cells, bytes):
            cells = self._own()
        if number > _SMALL_MAX and isinstance(cells, bytearray):
            cells = self._cells = array("I", list(cells))
        if place >= len(cells):
            cells.extend([0] * (len(vocabulary.keys) - len(cells)))
        self._count += not cells[place]
        cells[place] = number

    def __delitem__(self, key: K) -> None:
        self.pop(key)

    def __iter__(self) -> Iterator[K]:
        return compress(self.vocabulary.keys, self._cells)

    def clear(self) -> None:
        self._cells, self._count = b"", 0

    def _own(self) -> "bytearray | array[int]":
        """The numbers, to be written: what is common to several is copied first."""
        cells = self._cells
        if isinstance(cells, bytes):
            cells = self._cells = bytearray(cells)
        return cells


class Marked(Mapping[K, None]):
    """Some of many keys, a byte for each of all: reads like a dict without values."""

    __slots__ = ("_count", "_keys", "_places", "marks")

    def __init__(self, keys: Keys[K], marks: bytes) -> None:
        """`marks` has a 1 for each place whose key belongs to it, and else 0."""
        self._keys = keys.keys
        self._places = keys.places
        self.marks = marks
        self._count = marks.count(1)

    def __len__(self) -> int:
        return self._count

    def __contains__(self, key: object) -> bool:
        place = self._places.get(key)  # type: ignore[arg-type]  # any key may be asked for
        return place is not None and place < len(self.marks) and self.marks[place] > 0

    def __getitem__(self, key: K) -> None:
        if key not in self:
            raise KeyError(key)

    def __iter__(self) -> Iterator[K]:
        return compress(self._keys, self.marks)

    def lacked(self, keys: Iterable[K]) -> list[K]:
        """Which of these keys are not in it, in order."""
        if isinstance(keys, Marked) and keys._places is self._places:
            if keys.marks == self.marks:
                return []
            length = max(len(self.marks), len(keys.marks))
            theirs, ours = (each.ljust(length, b"\0") for each in (keys.marks, self.marks))
            return list(compress(self._keys, map(gt, theirs, ours)))
        places, marks, end = self._places, self.marks, len(self.marks)
        return [
            key
            for key in keys
            if (place := places.get(key)) is None or place >= end or not marks[place]
        ]


def without(keys: Iterable[K], others: Mapping[K, None]) -> list[K]:
    """Those of the keys that are not among the others, in order."""
    if isinstance(others, Marked):
        return others.lacked(keys)
    return [key for key in keys if key not in others]


class Numbered(Mapping[K, int]):
    """A number for some of many keys, four bytes for each of all."""

    __slots__ = ("_cells", "_keys", "_places")

    def __init__(self, keys: Keys[K], cells: "array[int]") -> None:
        """`cells` holds for each place its number and one, or 0 where it has none."""
        self._keys = keys.keys
        self._places = keys.places
        self._cells = cells

    def __len__(self) -> int:
        return len(self._cells) - self._cells.count(0)

    def __getitem__(self, key: K) -> int:
        place = self._places[key]
        if place >= len(self._cells) or not self._cells[place]:
            raise KeyError(key)
        return self._cells[place] - 1

    def __iter__(self) -> Iterator[K]:
        return compress(self._keys, self._cells)
