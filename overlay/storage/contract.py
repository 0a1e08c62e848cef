"""What any store of rows promises."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from overlay.peering.rows import Row, RowKey


class Store(Protocol):
    """Rows of bytes under a table and a key; one call at a time, from any thread.

    Every method raises `StoreError` when the disk says no.
    """

    def read_all(self) -> list[Row]:
        """Every sound row, in the order of table and key."""

    def read(self, keys: Iterable[RowKey]) -> list[Row]:
        """The sound rows under `keys`, in their order; missing ones are left out."""

    def apply(self, writes: Sequence[Row], deletes: Sequence[RowKey]) -> None:
        """Write and delete together: all of it is durable on return, or none of it is done.

        No key is in both. A row that is there is replaced, a key that is not
        there is deleted without complaint.
        """

    def take_damaged(self) -> list[RowKey]:
        """The rows found damaged, and left out, since this was asked last."""

    def close(self) -> None:
        """Let go of the store. Closing twice is harmless; nothing else may follow."""
