"""Rounds: what is here now, one clock reading, a wake if due, then the effects in order."""

from collections.abc import Sequence
from dataclasses import dataclass

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from overlay import limits
from overlay.messages.ids import Address
from overlay.peering.effects import (
    CloseLink,
    Dial,
    Forget,
    LinkEffect,
    Load,
    Persist,
    Send,
    StoreEffect,
)
from overlay.peering.events import FrameReceived, LinkId, Stopping, Stored, Ticket, Wake
from overlay.runtime.clock import now_ms
from overlay.runtime.inbox import Inbox
from overlay.runtime.machine import Machine
from overlay.runtime.pump import Pump
from tests.runtime.doubles import AnEvent, Echo

NORTH, SOUTH = LinkId(1), LinkId(2)


@dataclass(frozen=True, slots=True)
class Answer:
    """An effect of one kind of machine only."""

    words: str


AnEffect = LinkEffect | StoreEffect | Answer


class Performed:
    """A pump whose effects are kept instead of performed."""

    def __init__(self, machine: Machine[AnEvent, AnEffect]) -> None:
        self.inbox = Inbox[AnEvent]()
        self.effects: list[tuple[str, AnEffect]] = []
        self.pump = Pump[AnEvent, Answer](
            machine,
            self.inbox,
            perform_link=lambda effect: self.effects.append(("link", effect)),
            perform_store=lambda effect: self.effects.append(("store", effect)),
            perform_other=lambda effect: self.effects.append(("other", effect)),
        )


class Scripted:
    """A machine that answers any event with all its effects."""

    def __init__(self, *effects: AnEffect) -> None:
        self._effects = effects

    def handle(self, event: AnEvent, now_ms: int) -> Sequence[AnEffect]:
        return self._effects

    def next_deadline_ms(self) -> int | None:
        return None


def test_a_round_handles_what_is_here_at_one_time_and_then_wakes_the_machine() -> None:
    echo = Echo()
    performed = Performed(echo)
    events: list[AnEvent] = [
        FrameReceived(NORTH, b"1"),
        Stored(Ticket(7)),
        FrameReceived(SOUTH, b"2"),
    ]
    for event in events:
        performed.inbox.put_nowait(event)

    performed.pump.run_round(4_000)

    assert echo.told == [(event, 4_000) for event in [*events, Wake()]]


def test_all_that_a_round_has_for_one_link_leaves_as_one_frame() -> None:
    performed = Performed(Echo())
    for data in (b"1", b"2", b"3"):
        performed.inbox.put_nowait(FrameReceived(NORTH, data))

    performed.pump.run_round(4_000)

    assert performed.effects == [("link", Send(NORTH, b"1+2+3"))]


def test_a_machine_that_is_not_due_is_not_woken() -> None:
    echo = Echo(alarms=[4_001])

    Performed(echo).pump.run_round(4_000)

    assert echo.told == []


def test_a_round_is_bounded() -> None:
    echo = Echo()
    performed = Performed(echo)
    for number in range(limits.ROUND_EVENTS_MAX + 1):
        performed.inbox.put_nowait(Stored(Ticket(number)))

    performed.pump.run_round(4_000)

    assert [event for event, _ in echo.told] == [
        Stored(Ticket(number)) for number in range(limits.ROUND_EVENTS_MAX)
    ]


def test_effects_reach_whoever_performs_them_in_order() -> None:
    effects: list[tuple[str, AnEffect]] = [
        ("link", Send(NORTH, b"1")),
        ("store", Persist([], Ticket(1))),
        ("other", Answer("yes")),
        ("link", CloseLink(NORTH, "stopping")),
        ("store", Forget([], Ticket(2))),
        ("link", Dial(Address("ws://127.0.0.1:7001/overlay"))),
        ("store", Load([], Ticket(3))),
    ]
    performed = Performed(Scripted(*(effect for _, effect in effects)))
    performed.inbox.put_nowait(Stopping(9_000))

    performed.pump.run_round(4_000)

    assert performed.effects == effects


async def test_the_pump_handles_what_comes_while_it_sleeps() -> None:
    echo = Echo()
    performed = Performed(echo)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(performed.pump.run)
        await wait_all_tasks_blocked()
        await performed.inbox.put(FrameReceived(NORTH, b"1"))
        await wait_all_tasks_blocked()
        nursery.cancel_scope.cancel()

    assert performed.effects == [("link", Send(NORTH, b"1"))]


async def test_the_machine_is_woken_once_at_each_deadline(autojump_clock: MockClock) -> None:
    start_ms = now_ms()
    alarms = [start_ms + 1, start_ms + 7, start_ms + 86_400_003, start_ms + 99_999_999]
    echo = Echo(alarms=list(alarms))
    performed = Performed(echo)

    with trio.move_on_after(100_000):
        await performed.pump.run()

    assert echo.told == [(Wake(), alarm) for alarm in alarms]


async def test_what_the_machine_raises_stops_whoever_runs_it() -> None:
    class Broken(Scripted):
        def handle(self, event: AnEvent, now_ms: int) -> Sequence[AnEffect]:
            raise ZeroDivisionError

    performed = Performed(Broken())
    performed.inbox.put_nowait(Wake())

    with pytest.raises(ZeroDivisionError):
        await performed.pump.run()


async def test_answers_made_while_effects_are_performed_come_in_the_next_round() -> None:
    class AnswersItself(Echo):
        def handle(self, event: AnEvent, now_ms: int) -> Sequence[LinkEffect | StoreEffect]:
            super().handle(event, now_ms)
            return [] if isinstance(event, Stored) else [Load([], Ticket(1))]

    machine, inbox = AnswersItself(), Inbox[AnEvent]()
    pump = Pump[AnEvent, Answer](
        machine,
        inbox,
        perform_link=lambda _: None,
        perform_store=lambda effect: inbox.put_nowait(Stored(effect.ticket)),
        perform_other=lambda _: None,
    )
    inbox.put_nowait(Stopping(1))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(pump.run)
        await wait_all_tasks_blocked()
        nursery.cancel_scope.cancel()

    assert [event for event, _ in machine.told] == [Stopping(1), Stored(Ticket(1))]
