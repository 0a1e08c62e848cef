"""Many named deadlines, of which the next is known at once."""

from overlay.structures.timers import Timers


def test_what_is_due_comes_by_deadline_and_then_in_the_order_it_was_set() -> None:
    timers: Timers[str] = Timers()
    timers.set("north", 20)
    timers.set("south", 10)
    timers.set("east", 20)
    timers.set("west", 30)

    due = timers.due(20)

    assert due == ["south", "north", "east"]
    assert timers.next_ms() == 30


def test_what_was_due_is_gone() -> None:
    timers: Timers[str] = Timers()
    timers.set("north", 10)

    timers.due(10)

    assert "north" not in timers
    assert len(timers) == 0
    assert timers.due(10) == []
    assert timers.next_ms() is None


def test_a_deadline_that_has_not_come_stays() -> None:
    timers: Timers[str] = Timers()
    timers.set("north", 10)

    assert timers.due(9) == []
    assert "north" in timers


def test_setting_a_key_anew_replaces_its_deadline() -> None:
    timers: Timers[str] = Timers()
    timers.set("north", 10)
    timers.set("north", 30)

    assert timers.next_ms() == 30
    assert timers.due(29) == []
    assert timers.due(30) == ["north"]


def test_a_key_set_anew_at_the_same_time_queues_behind_the_others() -> None:
    timers: Timers[str] = Timers()
    timers.set("north", 10)
    timers.set("south", 10)
    timers.set("north", 10)

    assert timers.due(10) == ["south", "north"]


def test_a_cancelled_key_never_comes_due() -> None:
    timers: Timers[str] = Timers()
    timers.set("north", 10)
    timers.set("south", 20)

    timers.cancel("north")
    timers.cancel("nowhere")

    assert timers.next_ms() == 20
    assert timers.due(20) == ["south"]


def test_keys_are_never_compared_with_each_other() -> None:
    timers: Timers[object] = Timers()
    first, second = object(), object()
    timers.set(first, 10)
    timers.set(second, 10)

    assert timers.due(10) == [first, second]


def test_memory_follows_the_keys_and_not_the_calls() -> None:
    timers: Timers[str] = Timers()

    for at_ms in range(10_000):
        timers.set("north", at_ms)
        timers.set(f"passing {at_ms}", at_ms)
        timers.cancel(f"passing {at_ms}")

    assert len(timers._heap) < 200
    assert timers.next_ms() == 9_999
