"""The one task that owns a machine."""

from collections.abc import Callable
from typing import Generic, TypeVar

import trio

from overlay import limits
from overlay.peering.effects import (
    CloseLink,
    Dial,
    Forget,
    Hold,
    LinkEffect,
    Load,
    Persist,
    Send,
    StoreEffect,
    Trust,
)
from overlay.peering.events import Wake
from overlay.runtime.clock import deadline_at, now_ms
from overlay.runtime.inbox import Inbox
from overlay.runtime.lag import Lag
from overlay.runtime.machine import Machine

EventT = TypeVar("EventT")
OtherT = TypeVar("OtherT")


class Pump(Generic[EventT, OtherT]):
    """Hands events to a machine in rounds, and its effects to those who perform them.

    None of the three performers may wait. What one machine of a kind wants
    beyond links and rows goes to `perform_other`.
    """

    def __init__(
        self,
        machine: Machine[EventT, LinkEffect | StoreEffect | OtherT],
        inbox: Inbox[EventT],
        *,
        perform_link: Callable[[LinkEffect], None],
        perform_store: Callable[[StoreEffect], None],
        perform_other: Callable[[OtherT], None],
    ) -> None:
        self._machine = machine
        self._inbox = inbox
        self._perform_link = perform_link
        self._perform_store = perform_store
        self._perform_other = perform_other
        self.lag = Lag()

    async def run(self) -> None:
        """Run until cancelled. What the machine raises comes out: it is a defect."""
        while True:
            with trio.CancelScope() as until_deadline:
                await self._run_rounds(until_deadline)
            time = trio.current_time()
            self.lag.note(time, time - until_deadline.deadline)

    async def _run_rounds(self, until_deadline: trio.CancelScope) -> None:
        while True:
            self.run_round(now_ms())
            deadline = deadline_at(self._machine.next_deadline_ms())
            # Most rounds leave it as it was; a scope for each of them cost a tenth of all time.
            if deadline != until_deadline.deadline:
                until_deadline.deadline = deadline
            await self._inbox.wait()

    def run_round(self, time_ms: int) -> None:
        """Handle what is here, wake the machine if it is due, perform the effects in order.

        Machines ask to be woken at once when they have gathered something: so
        all that a round has for one link leaves as one frame.
        """
        effects: list[LinkEffect | StoreEffect | OtherT] = []
        for event in self._inbox.take(limits.ROUND_EVENTS_MAX):
            effects += self._machine.handle(event, time_ms)
        deadline_ms = self._machine.next_deadline_ms()
        if deadline_ms is not None and deadline_ms <= time_ms:
            effects += self._machine.handle(Wake(), time_ms)
        for effect in effects:
            self._perform(effect)

    def _perform(self, effect: LinkEffect | StoreEffect | OtherT) -> None:
        match effect:
            case Send() | CloseLink() | Hold() | Trust() | Dial():
                self._perform_link(effect)
            case Persist() | Forget() | Load():
                self._perform_store(effect)
            case _:
                self._perform_other(effect)
