"""What a machine asks to be kept: rows of bytes under a table and a key."""

from dataclasses import dataclass
from typing import NamedTuple


class RowKey(NamedTuple):
    """Names one row."""

    table: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One durable value. The machine writes and reads `value`; nobody else does."""

    table: str
    key: str
    value: bytes
