"""One client machine on trio, with everything that performs its effects."""

from collections.abc import Callable
from itertools import count
from typing import assert_never

import trio

from overlay.client.effects import Answer, Effect, Open, Report, Seal
from overlay.client.events import Asked, Event
from overlay.client.facts import Fact
from overlay.client.requests import Reply, Request
from overlay.errors import OverlayError
from overlay.peering.events import Stopping, Ticket, Wake
from overlay.runtime.clock import now_ms
from overlay.runtime.defects import ConnectionFailed
from overlay.runtime.inbox import Inbox
from overlay.runtime.links import Dialler, Links
from overlay.runtime.machine import Machine
from overlay.runtime.persistence import Persistence, RowDamaged
from overlay.runtime.pump import Pump
from overlay.runtime.seals import Seals
from overlay.storage.contract import Store

GOODBYE_MS = 1_000
"""How long a client that is left waits for its link to close."""

ClientFact = Fact | RowDamaged | ConnectionFailed
"""What a running client has to say of itself."""
Then = Callable[[Reply], None]


class _Question:
    """A request whose answer somebody waits for."""

    def __init__(self, then: Then | None) -> None:
        self.then = then
        self.is_over = trio.Event()
        self.reply: Reply | None = None
        self.error: OverlayError | None = None


class Driver:
    """Carries requests and events in, facts and answers out."""

    def __init__(
        self,
        machine: Machine[Event, Effect],
        store: Store,
        dialler: Dialler,
        on_fact: Callable[[ClientFact], None],
    ) -> None:
        self._inbox: Inbox[Event] = Inbox()
        self._on_fact = on_fact
        self._tickets = count(1)
        self._questions: dict[Ticket, _Question] = {}
        self._closed: Callable[[], OverlayError] | None = None
        self._running = trio.CancelScope(shield=True)
        self._is_over = False
        self._links = Links(self._inbox, on_fact, dialler)
        self._persistence = Persistence(store, self._inbox, on_fact)
        self._seals = Seals(self._inbox)
        self._pump: Pump[Event, Seal | Open | Answer | Report] = Pump(
            machine,
            self._inbox,
            perform_link=self._links.perform,
            perform_store=self._persistence.perform,
            perform_other=self._perform,
        )

    async def run(self) -> None:
        """Drive the machine until `stop`.

        Nothing else cancels it: whoever is cancelled still has to say goodbye.
        A defect of the machine comes out.
        """
        try:
            with self._running:
                async with trio.open_nursery() as nursery:
                    for task in (self._pump.run, self._persistence.run, self._links.run):
                        nursery.start_soon(task)
        finally:
            self._is_over = True

    def stop(self) -> None:
        """End everything at once."""
        self._running.cancel()

    async def ask(self, request: Request, then: Then | None = None) -> Reply:
        """The machine's answer; `then` is called with it before anything else happens.

        Cancelled, the request may be carried out all the same. Raises: what
        `close` was given.
        """
        if self._closed is not None:
            raise self._closed()
        ticket, question = Ticket(next(self._tickets)), _Question(then)
        self._questions[ticket] = question
        try:
            self._inbox.put_nowait(Asked(ticket, request))
            await question.is_over.wait()
        finally:
            self._questions.pop(ticket, None)
        if question.reply is None:
            assert question.error is not None
            raise question.error
        return question.reply

    def tell(self, make: Callable[[], Request]) -> None:
        """Ask without caring for the answer; the request is made when the machine takes it."""
        self._inbox.put_made(lambda: Asked(Ticket(next(self._tickets)), make()))

    def close(self, make_error: Callable[[], OverlayError]) -> None:
        """Let nobody wait any longer: there will be no more answers."""
        self._closed = self._closed or make_error
        for question in self._questions.values():
            question.error = make_error()
            question.is_over.set()

    async def say_goodbye(self) -> None:
        """Let the machine detach, for a bounded while, even when cancelled."""
        if self._is_over:
            return
        with trio.CancelScope(shield=True, deadline=trio.current_time() + GOODBYE_MS / 1_000):
            await self._inbox.put(Stopping(now_ms() + GOODBYE_MS))
            await self._links.wait_none()
            await self._settle()

    async def _settle(self) -> None:
        """Return when the machine wants nothing more of the disk: each answer may lead to more."""
        is_settled = False
        while not is_settled:
            await self._persistence.wait_idle()
            # The round that takes this has handled every answer.
            await self._inbox.put(Wake())
            is_settled = self._persistence.is_idle

    def _perform(self, effect: Seal | Open | Answer | Report) -> None:
        match effect:
            case Seal() | Open():
                self._seals.perform(effect)
            case Report(fact):
                self._on_fact(fact)
            case Answer(ticket, reply):
                self._answer(ticket, reply)
            case _:
                assert_never(effect)

    def _answer(self, ticket: Ticket, reply: Reply) -> None:
        question = self._questions.get(ticket)
        if question is not None:
            question.reply = reply
            if question.then is not None:
                question.then(reply)
            question.is_over.set()
