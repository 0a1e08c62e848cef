"""How late a machine is woken, as its status tells it."""

import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from overlay.runtime.clock import now_ms
from overlay.runtime.inbox import Inbox
from overlay.runtime.lag import SPAN_SECONDS, Lag
from overlay.runtime.pump import Pump
from tests.runtime.doubles import AnEvent, Echo


def test_the_worst_of_late_is_told_for_one_to_two_spans() -> None:
    lag = Lag()
    lag.note(10.1, 0.25)
    lag.note(10.2, 0.05)

    assert lag.worst_ms(10.9) == 250.0
    assert lag.worst_ms(10.9 + SPAN_SECONDS) == 250.0
    assert lag.worst_ms(10.9 + 2 * SPAN_SECONDS) == 0.0


def test_after_a_long_silence_nothing_is_told() -> None:
    lag = Lag()
    lag.note(10.1, 0.25)

    assert lag.worst_ms(99.0) == 0.0


async def test_a_pump_that_is_kept_from_its_deadline_notes_by_how_much(
    mock_clock: MockClock,
) -> None:
    pump = Pump[AnEvent, object](
        Echo(alarms=[now_ms() + 1_000]),
        Inbox[AnEvent](),
        perform_link=lambda _: None,
        perform_store=lambda _: None,
        perform_other=lambda _: None,
    )

    async with trio.open_nursery() as nursery:
        nursery.start_soon(pump.run)
        await wait_all_tasks_blocked()
        mock_clock.jump(1.5)
        await wait_all_tasks_blocked()
        nursery.cancel_scope.cancel()

    assert 499 <= pump.lag.worst_ms(trio.current_time()) <= 501
