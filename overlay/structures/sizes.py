"""How full tables are, beside the bounds that they keep to."""

from collections.abc import Iterable, Sized
from typing import NamedTuple


class Size(NamedTuple):
    """One table, queue or cache: what it holds, in entries or in bytes, and the most it may."""

    table: str
    size: int
    size_max: int


def fullest(tables: Iterable[Sized]) -> int:
    """The entries of the fullest of these; 0 where there is none."""
    return max((len(table) for table in tables), default=0)
