"""Changes on their way to whoever listens to them."""

from collections.abc import Hashable
from dataclasses import replace
from typing import Self
from weakref import WeakSet

import trio

from overlay.sdk.values import Change, KeysChange, PersonChange, Status


class ChangeStream:
    """Every change since it was made; iterate over it, in one task. It ends with the client.

    Of each person it keeps the newest state and what was before: a slow
    listener misses steps in between, never the outcome.
    """

    def __init__(self) -> None:
        """Made by `Client.changes`."""
        self._changes: dict[Hashable, Change] = {}
        self._came = trio.lowlevel.ParkingLot()
        self._is_over = False

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Change:
        await trio.lowlevel.checkpoint()
        while not self._changes:
            if self._is_over:
                raise StopAsyncIteration
            await self._came.park()
        return self._changes.pop(next(iter(self._changes)))

    def _put(self, change: Change) -> None:
        key = _key(change)
        old = self._changes.pop(key, None)
        if isinstance(change, PersonChange) and isinstance(old, PersonChange):
            change = replace(change, before=old.before)
        self._changes[key] = change
        self._came.unpark()

    def _end(self) -> None:
        self._is_over = True
        self._came.unpark_all()


class Changes:
    """Hands each change to every stream that is still held by somebody."""

    def __init__(self) -> None:
        self._streams: WeakSet[ChangeStream] = WeakSet()
        self._is_over = False

    def __len__(self) -> int:
        return len(self._streams)

    def put(self, change: Change) -> None:
        for stream in list(self._streams):
            stream._put(change)

    def stream(self) -> ChangeStream:
        """Everything from now on."""
        stream = ChangeStream()
        if self._is_over:
            stream._end()
        self._streams.add(stream)
        return stream

    def close(self) -> None:
        """Streams end once what is in them is taken."""
        self._is_over = True
        for stream in list(self._streams):
            stream._end()


def _key(change: Change) -> Hashable:
    match change:
        case PersonChange(person):
            return "person", person.id
        case KeysChange(id=account):
            return "keys", account
        case Status():
            return "status"
