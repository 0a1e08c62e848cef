"""Disks of a world: in order, late, and forgetful in a crash."""

from dataclasses import dataclass
from random import Random

import pytest

from overlay.peering.effects import Forget, Load, Persist
from overlay.peering.events import Loaded, Stored, StoreFailed, Ticket
from overlay.peering.rows import Row, RowKey
from simulations.calendar import Calendar
from simulations.decisions import CommitMoment
from simulations.disk import Disk

FIRST = Row(table="pins", key="south", value=b"one")
SECOND = Row(table="pins", key="south", value=b"two")
THIRD = Row(table="pins", key="west", value=b"three")


def test_a_row_is_durable_before_its_machine_is_told() -> None:
    calendar, disk = Calendar(), Disk(Random(1))
    seen: list[tuple[object, list[Row]]] = []

    disk.perform(Persist([FIRST], Ticket(7)), calendar, lambda e: seen.append((e, disk.rows())))
    before = disk.rows()
    run_all(calendar)

    assert before == []
    assert seen == [(Stored(Ticket(7)), [FIRST])]


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


def test_a_disk_that_refuses_says_so_keeps_nothing_and_then_works_again() -> None:
    calendar, disk = Calendar(), Disk(Random(1))
    answers: list[object] = []
    disk.refusals = 1

    disk.perform(Persist([FIRST], Ticket(1)), calendar, answers.append)
    disk.perform(Persist([SECOND], Ticket(2)), calendar, answers.append)
    run_all(calendar)

    assert answers == [StoreFailed(Ticket(1), "the disk is full"), Stored(Ticket(2))]
    assert disk.rows() == [SECOND]


@pytest.mark.parametrize(
    ("moment", "kept", "losses"),
    [("before", [], 0), ("torn", [FIRST], 1), ("after", [FIRST, THIRD], 0)],
)
def test_a_crash_in_a_commit_leaves_none_some_or_all_of_it_and_nobody_is_told(
    moment: CommitMoment, kept: list[Row], losses: int
) -> None:
    calendar, disk = Calendar(), Disk(Random(1))
    crashes: list[int] = []
    answers: list[object] = []

    def crash() -> None:
        crashes.append(calendar.now_ms)
        disk.crash()

    disk.plan_crash(moment, crash)
    tell_who_lives = Telling(crashes, answers)
    disk.perform(Persist([FIRST, THIRD], Ticket(1)), calendar, tell_who_lives)
    run_all(calendar)

    assert len(crashes) == 1
    assert (disk.rows(), answers, disk.losses) == (kept, [], losses)


@dataclass
class Telling:
    """A machine that has died is told nothing any more: its world sees to that."""

    crashes: list[int]
    answers: list[object]

    def __call__(self, answer: object) -> None:
        if not self.crashes:
            self.answers.append(answer)


def test_a_mended_disk_does_neither() -> None:
    calendar, disk = Calendar(), Disk(Random(1))
    disk.refusals = 5
    disk.plan_crash("before", disk.crash)

    disk.mend()
    disk.perform(Persist([FIRST], Ticket(1)), calendar, lambda _: None)
    run_all(calendar)

    assert disk.rows() == [FIRST]


def a_disk_with(*rows: Row) -> Disk:
    calendar, disk = Calendar(), Disk(Random(1))
    disk.perform(Persist(rows, Ticket(1)), calendar, lambda _: None)
    run_all(calendar)
    return disk


def test_an_old_disk_holds_what_was_durable_when_it_was_copied() -> None:
    calendar, disk = Calendar(), a_disk_with(FIRST)
    was_copied_before = disk.roll_back()

    disk.copy()
    disk.perform(Persist([SECOND, THIRD], Ticket(2)), calendar, lambda _: None)
    run_all(calendar)
    was_copied = disk.roll_back()

    assert (was_copied_before, was_copied) == (False, True)
    assert (disk.rows(), disk.losses) == ([FIRST], 1)


def test_a_wiped_disk_is_empty_and_only_a_loss_counts_as_one() -> None:
    disk = a_disk_with(FIRST, THIRD)

    disk.wipe()
    disk.wipe()

    assert (disk.rows(), disk.losses) == ([], 1)


def test_one_row_can_be_lost_and_a_changed_one_counts_as_lost() -> None:
    lost, corrupted, empty = a_disk_with(FIRST, THIRD), a_disk_with(FIRST, THIRD), a_disk_with()

    lost.lose_row(3)
    corrupted.corrupt_row(2)
    empty.lose_row(1)
    empty.corrupt_row(1)

    assert (lost.rows(), lost.losses) == ([FIRST], 1)
    assert corrupted.rows() == [THIRD]
    assert (corrupted.losses, empty.losses) == (1, 0)


def run_all(calendar: Calendar) -> None:
    calendar.run(10_000)
