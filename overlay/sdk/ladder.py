"""What became of each message that was sent."""

from collections.abc import Callable
from typing import Final

import trio

from overlay.client.facts import LadderStepped
from overlay.client.requests import MessageId
from overlay.errors import OverlayError, UsageError
from overlay.sdk.errors import NotDelivered
from overlay.sdk.values import State

_RANKS: Final[dict[State, int]] = {"queued": 0, "accepted": 1, "delivered": 2, "failed": 3}


class Handle:
    """One message on its way: `queued`, `accepted`, then `delivered`; or `failed`.

    It goes on its way whether anybody waits or not, and whether the handle is
    kept or not; also in a later run of the same identity. Waiting can be
    cancelled and repeated, by any number of tasks.
    """

    def __init__(self, message: MessageId, to: str, *, has_receipts: bool) -> None:
        """Made by `Client.send` and `Client.say`."""
        self.message = message
        self.to = to
        """The account, or the channel, that it is for."""
        self._has_receipts = has_receipts
        self._state: State = "queued"
        self._stalled_because: str | None = None
        self._given_up: OverlayError | None = None
        self._changed = trio.Event()

    def __repr__(self) -> str:
        return f"<Handle of {self.message[:8]} to {self.to[:8]}: {self._state}>"

    @property
    def state(self) -> State:
        """How far it has come."""
        return self._state

    @property
    def stalled_because(self) -> str | None:
        """Why it is no further, as far as somebody told: a code such as `away` or `no_way`."""
        return self._stalled_because

    @property
    def is_over(self) -> bool:
        """Whether nothing more can become of it: it came as far as it can, or failed."""
        last: State = "delivered" if self._has_receipts else "accepted"
        return _RANKS[self._state] >= _RANKS[last]

    async def accepted(self) -> None:
        """Wait until our home holds it.

        Raises: `NotDelivered` if it was given up, `ClientClosed` if the client
        was left meanwhile.
        """
        await self._wait_for("accepted")

    async def delivered(self) -> None:
        """Wait until a client of the person it is for has it durably.

        Raises: as `accepted`; `UsageError` for a channel, where nobody says so.
        """
        if not self._has_receipts:
            raise UsageError("what is said in a channel is accepted, and never receipted")
        await self._wait_for("delivered")

    async def changed(self) -> None:
        """Wait until `state` or `stalled_because` changes once more.

        Raises: `ClientClosed` if the client was left, before or meanwhile.
        """
        if self._given_up is not None and not self.is_over:
            self._raise_if_given_up()
        await self._changed.wait()
        if not self.is_over:
            self._raise_if_given_up()

    async def _wait_for(self, state: State) -> None:
        await trio.lowlevel.checkpoint()
        while _RANKS[self._state] < _RANKS[state]:
            self._raise_if_given_up()
            await self._changed.wait()
        if self._state == "failed":
            self._raise_if_given_up()

    def _raise_if_given_up(self) -> None:
        if self._given_up is not None:
            # A fresh traceback for each who waits: one error object would gather them all.
            raise self._given_up.with_traceback(None)

    def _step(self, fact: LadderStepped) -> None:
        if fact.step == "stalled":
            self._stalled_because = fact.reason
        elif _RANKS[fact.step] > _RANKS[self._state]:
            self._state = fact.step
            if fact.step != "accepted":
                # A home may say what it waits for before it says that it has accepted.
                self._stalled_because = fact.reason
            if fact.step == "failed":
                self._given_up = NotDelivered(fact.reason or "failed", "it was given up")
        self._wake()

    def _abandon(self, error: OverlayError) -> None:
        self._given_up = self._given_up or error
        self._wake()

    def _wake(self) -> None:
        self._changed.set()
        self._changed = trio.Event()


class Ladders:
    """The handles of messages that are not over, by message."""

    def __init__(self) -> None:
        self._handles: dict[MessageId, Handle] = {}

    def __len__(self) -> int:
        return len(self._handles)

    def follow(self, message: MessageId, to: str, *, has_receipts: bool) -> Handle:
        """A handle for a message that was just queued."""
        handle = self._handles[message] = Handle(message, to, has_receipts=has_receipts)
        return handle

    def on_step(self, fact: LadderStepped) -> None:
        """A message came further, or stalled; it may be one of an earlier run."""
        handle = self._handles.get(fact.message)
        if handle is None:
            return
        handle._step(fact)
        if handle.is_over:
            del self._handles[fact.message]

    def close(self, make_error: Callable[[], OverlayError]) -> None:
        """Nobody will tell any more what becomes of them."""
        handles, self._handles = self._handles, {}
        for handle in handles.values():
            handle._abandon(make_error())
