"""Bounds what is kept of messages that have begun on links and have not ended."""

from collections.abc import Callable
from typing import Generic, NamedTuple, TypeVar

LinkT = TypeVar("LinkT")


class _Kept(NamedTuple):
    message: int
    size_bytes: int


class Unfinished(Generic[LinkT]):
    """What links share of such messages.

    With more than there is room for the message that began first gives way, with its
    link: who is slow loses, not who has just begun.
    """

    def __init__(self, bytes_max: int, give_up: Callable[[LinkT], None]) -> None:
        self._bytes_max = bytes_max
        self._give_up = give_up
        self._oldest_first: dict[LinkT, _Kept] = {}
        self._bytes = 0

    def keep(self, link: LinkT, message: int, size_bytes: int) -> None:
        """`link` has that much of its message of that number by now; 0 when it has ended."""
        before = self._oldest_first.get(link)
        if before is None or before.message != message or not size_bytes:
            self.forget(link)
        else:
            self._bytes -= before.size_bytes
        if size_bytes:
            self._oldest_first[link] = _Kept(message, size_bytes)
            self._bytes += size_bytes
        while self._bytes > self._bytes_max:
            slowest = next(iter(self._oldest_first))
            self.forget(slowest)
            self._give_up(slowest)

    def forget(self, link: LinkT) -> None:
        """It keeps nothing any more, or nothing that is shared."""
        kept = self._oldest_first.pop(link, None)
        if kept is not None:
            self._bytes -= kept.size_bytes
