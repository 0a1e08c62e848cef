"""Sets of whole numbers that mostly come in rows."""

from bisect import bisect_right
from collections.abc import Iterable
from typing import Self


class Ranges:
    """A set of integers from 0 up, kept as at most `ranges_max` rows of neighbours.

    Raises ValueError for a bound below one.
    """

    __slots__ = ("_firsts", "_lasts", "_ranges_max")

    def __init__(self, ranges_max: int) -> None:
        if ranges_max < 1:
            raise ValueError(f"a set of at most {ranges_max} ranges holds nothing")
        self._ranges_max = ranges_max
        self._firsts: list[int] = []
        self._lasts: list[int] = []

    @classmethod
    def of(cls, pairs: Iterable[tuple[int, int]], ranges_max: int) -> Self:
        """Return the set that `pairs()` of another one described.

        Raises ValueError unless the pairs rise with a gap between any two, and
        there are at most `ranges_max` of them.
        """
        ranges = cls(ranges_max)
        free = 0
        for first, last in pairs:
            if not free <= first <= last or len(ranges._firsts) == ranges_max:
                raise ValueError(f"no set of {ranges_max} ranges: ({first}, {last})")
            ranges._firsts.append(first)
            ranges._lasts.append(last)
            free = last + 2
        return ranges

    def __contains__(self, number: int) -> bool:
        place = bisect_right(self._firsts, number) - 1
        return place >= 0 and number <= self._lasts[place]

    def __len__(self) -> int:
        """Return the number of ranges, not of the numbers in them."""
        return len(self._firsts)

    def add(self, number: int) -> bool:
        """Put `number` in; return whether it is in now.

        It is not, and nothing has changed, where it would need one range too
        many. Raises ValueError for a negative number.
        """
        if number < 0:
            raise ValueError(f"{number} is below zero")
        after = bisect_right(self._firsts, number)
        if after and number <= self._lasts[after - 1]:
            return True
        joins_before = after > 0 and self._lasts[after - 1] == number - 1
        joins_after = after < len(self._firsts) and self._firsts[after] == number + 1
        if joins_before and joins_after:
            self._lasts[after - 1] = self._lasts.pop(after)
            self._firsts.pop(after)
        elif joins_before:
            self._lasts[after - 1] = number
        elif joins_after:
            self._firsts[after] = number
        elif len(self._firsts) == self._ranges_max:
            return False
        else:
            self._firsts.insert(after, number)
            self._lasts.insert(after, number)
        return True

    def pairs(self) -> tuple[tuple[int, int], ...]:
        """Return the ranges as (first, last), both included, in rising order."""
        return tuple(zip(self._firsts, self._lasts, strict=True))
