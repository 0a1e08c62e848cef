"""A store that lives as long as its process: for tests and simulated worlds."""

from collections.abc import Iterable, Sequence

from overlay.peering.rows import Row, RowKey


class MemoryStore:
    """A `Store` in a dict. What it holds survives whoever uses it."""

    def __init__(self, rows: Iterable[Row] = ()) -> None:
        self._values = {RowKey(row.table, row.key): row.value for row in rows}

    def read_all(self) -> list[Row]:
        return self.read(sorted(self._values))

    def read(self, keys: Iterable[RowKey]) -> list[Row]:
        return [
            Row(table=key.table, key=key.key, value=self._values[key])
            for key in keys
            if key in self._values
        ]

    def apply(self, writes: Sequence[Row], deletes: Sequence[RowKey]) -> None:
        for row in writes:
            self._values[RowKey(row.table, row.key)] = row.value
        for key in deletes:
            self._values.pop(key, None)

    def take_damaged(self) -> list[RowKey]:
        return []

    def close(self) -> None:
        """Nothing to let go of."""
