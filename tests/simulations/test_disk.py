"""Disks of a world: in order, late, and forgetful in a crash."""

from random import Random

from overlay.peering.effects import Forget, Load, Persist
from overlay.peering.events import Loaded, Stored, Ticket
from overlay.peering.rows import Row, RowKey
from simulations.calendar import Calendar
from simulations.disk import COMMIT_MS_MAX, Disk

FIRST = Row(table="pins", key="south", value=b"one")
SECOND = Row(table="pins", key="south", value=b"two")


def test_a_row_is_durable_before_its_machine_is_told() -> None:
    calendar, disk = Calendar(), Disk(Random(1))
    seen: list[tuple[object, list[Row]]] = []

    disk.perform(Persist([FIRST], Ticket(7)), calendar, lambda e: seen.append((e, disk.rows())))
    before = disk.rows()
    run_all(calendar)

    assert before == []
    assert seen == [(Stored(Ticket(7)), [FIRST])]
    assert 0 < calendar.now_ms <= COMMIT_MS_MAX + 1


def test_what_is_asked_is_done_in_that_order_whatever_the_delays() -> None:
    for seed in range(20):
        calendar, disk = Calendar(), Disk(Random(seed))
        answers: list[object] = []
        effects = (
            Persist([FIRST], Ticket(1)),
            Persist([SECOND], Ticket(2)),
            Load([RowKey("pins", "south"), RowKey("pins", "east")], Ticket(3)),
            Forget([RowKey("pins", "south")], Ticket(4)),
        )

        for effect in effects:
            disk.perform(effect, calendar, answers.append)
        run_all(calendar)

        assert answers == [
            Stored(Ticket(1)),
            Stored(Ticket(2)),
            Loaded(Ticket(3), [SECOND]),
            Stored(Ticket(4)),
        ]
        assert disk.rows() == []


def test_a_crash_forgets_what_is_not_durable_and_keeps_what_is() -> None:
    calendar, disk = Calendar(), Disk(Random(1))
    answers: list[object] = []
    disk.perform(Persist([FIRST], Ticket(1)), calendar, answers.append)
    run_all(calendar)

    disk.perform(Persist([SECOND], Ticket(2)), calendar, answers.append)
    disk.crash()
    run_all(calendar)

    assert disk.rows() == [FIRST]
    assert answers == [Stored(Ticket(1))]


def test_after_a_crash_a_disk_works_as_before() -> None:
    calendar, disk = Calendar(), Disk(Random(1))
    disk.crash()

    disk.perform(Persist([FIRST], Ticket(1)), calendar, lambda _: None)
    run_all(calendar)

    assert disk.rows() == [FIRST]


def run_all(calendar: Calendar) -> None:
    while calendar.next_ms() is not None:
        calendar.take()()
