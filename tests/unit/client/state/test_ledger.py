"""What waits for the disk, and what may be done once it is there."""

from random import Random

import pytest

from overlay import limits
from overlay.client.effects import Effect, Report
from overlay.client.facts import ClientStoreFailed
from overlay.client.state.desk import Desk
from overlay.client.state.ledger import Ledger
from overlay.peering.effects import Forget, Persist
from overlay.peering.rows import Row, RowKey


def a_ledger() -> tuple[Ledger, list[str], Desk]:
    """A ledger, a list of what has followed, and the desk that hears of failures."""
    desk = Desk(Random("ledger"))
    return Ledger(desk), [], desk


def row(key: str, value: str = "") -> Row:
    return Row(table="t", key=key, value=value.encode())


def written(effects: list[Effect]) -> list[tuple[str, ...]]:
    """The keys of each effect, deleted ones with a minus."""
    keys = []
    for effect in effects:
        match effect:
            case Persist(rows):
                keys.append(tuple(each.key for each in rows))
            case Forget(forgotten):
                keys.append(tuple(f"-{each.key}" for each in forgotten))
            case _:
                raise AssertionError("a ledger does nothing else")
    return keys


def test_one_commit_is_under_way_at_a_time() -> None:
    ledger, done, _ = a_ledger()
    ledger.put(row("a"), lambda _: done.append("a"))
    (first,) = ledger.flush(0)
    ledger.put(row("b"), lambda _: done.append("b"))
    assert ledger.flush(1) == []

    assert isinstance(first, Persist)
    ledger.on_stored(first.ticket, 2)

    assert done == ["a"]
    assert written(ledger.flush(3)) == [("b",)]


def test_the_newest_value_of_a_key_is_written() -> None:
    ledger, done, _ = a_ledger()
    ledger.put(row("a", "old"), lambda _: done.append("old"))
    ledger.put(row("a", "new"), lambda _: done.append("new"))

    (persist,) = ledger.flush(0)

    assert isinstance(persist, Persist)
    assert [each.value for each in persist.rows] == [b"new"]
    ledger.on_stored(persist.ticket, 1)
    assert done == ["old", "new"]


def test_what_is_deleted_follows_only_when_both_parts_are_done() -> None:
    ledger, done, _ = a_ledger()
    ledger.put(row("a"))
    ledger.forget(RowKey("t", "b"), lambda _: done.append("both"))
    ledger.after(lambda at_ms: done.append(str(at_ms)))
    persist, forget = ledger.flush(0)
    assert written([persist, forget]) == [("a",), ("-b",)]
    assert isinstance(persist, Persist)
    assert isinstance(forget, Forget)

    ledger.on_stored(forget.ticket, 1)
    assert done == []
    ledger.on_stored(persist.ticket, 2)

    assert done == ["both", "2"]


def test_a_deletion_alone_writes_nothing() -> None:
    ledger, _, _ = a_ledger()
    ledger.forget(RowKey("t", "b"))

    assert written(ledger.flush(0)) == [("-b",)]


def test_what_the_disk_refuses_is_offered_again_with_what_came_since() -> None:
    ledger, done, desk = a_ledger()
    ledger.put(row("a", "old"), lambda _: done.append("a"))
    ledger.put(row("c"))
    (first,) = ledger.flush(0)
    ledger.put(row("a", "new"))
    assert isinstance(first, Persist)

    ledger.on_failed(first.ticket, "full", 10)

    assert desk.take() == [Report(ClientStoreFailed("full"))]
    assert ledger.flush(10 + limits.STORE_RETRY_MS - 1) == []
    assert desk.timers.next_ms() == 10 + limits.STORE_RETRY_MS
    (again,) = ledger.flush(10 + limits.STORE_RETRY_MS)
    assert isinstance(again, Persist)
    assert {each.key: each.value for each in again.rows} == {"a": b"new", "c": b""}
    ledger.on_stored(again.ticket, 5_000)
    assert done == ["a"]


def test_who_stops_asks_the_disk_once_more_at_once() -> None:
    ledger, _, _ = a_ledger()
    ledger.put(row("a"))
    (first,) = ledger.flush(0)
    assert isinstance(first, Persist)
    ledger.on_failed(first.ticket, "full", 10)

    ledger.hurry()

    assert written(ledger.flush(10)) == [("a",)]


def test_nothing_can_follow_from_nothing() -> None:
    ledger, done, _ = a_ledger()

    with pytest.raises(AssertionError):
        ledger.after(lambda _: done.append("never"))
