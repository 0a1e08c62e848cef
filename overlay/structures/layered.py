"""A table over another one that is shared with many: what it changes it keeps by itself."""

from collections.abc import Iterator, Mapping, MutableMapping
from enum import Enum, auto
from typing import TypeVar, overload

K = TypeVar("K")
V = TypeVar("V")
T = TypeVar("T")


class _Own(Enum):
    """What stands where no value of our own does."""

    NONE = auto()
    GONE = auto()
    """Held below, and not here."""


class Layered(MutableMapping[K, V]):
    """Reads like `base` until a key is set or deleted here; `base` itself is never changed.

    Nor may anybody else change it from now on. Memory follows what was changed
    here. The order is that of `base`, without what was changed; then what was,
    in the order in which it first was.
    """

    __slots__ = ("_base", "_count", "_own")

    def __init__(self, base: Mapping[K, V]) -> None:
        self._base = base
        self._own: dict[K, V | _Own] = {}
        self._count = len(base)

    def __len__(self) -> int:
        return self._count

    def __contains__(self, key: object) -> bool:
        own = self._own.get(key, _Own.NONE)  # type: ignore[arg-type]  # any key may be asked for
        return key in self._base if own is _Own.NONE else own is not _Own.GONE

    def __getitem__(self, key: K) -> V:
        own = self._own.get(key, _Own.NONE)
        if isinstance(own, _Own):
            if own is _Own.GONE:
                raise KeyError(key)
            return self._base[key]
        return own

    @overload
    def get(self, key: K, /) -> V | None: ...

    @overload
    def get(self, key: K, default: V | T, /) -> V | T: ...

    def get(self, key: K, default: V | T | None = None, /) -> V | T | None:
        """The value of a key, or `default`. Asked more often than anything else."""
        own = self._own.get(key, _Own.NONE)
        if own is _Own.NONE:
            return self._base.get(key, default)
        return default if own is _Own.GONE else own

    def __setitem__(self, key: K, value: V) -> None:
        self._count += key not in self
        self._own[key] = value

    def __delitem__(self, key: K) -> None:
        if key not in self:
            raise KeyError(key)
        self._count -= 1
        if key in self._base:
            self._own[key] = _Own.GONE
        else:
            del self._own[key]

    def __iter__(self) -> Iterator[K]:
        own = self._own
        yield from (key for key in self._base if key not in own)
        yield from (key for key, value in own.items() if value is not _Own.GONE)

    def clear(self) -> None:
        """Hold nothing; what was shared is let go."""
        self._base, self._own, self._count = {}, {}, 0
