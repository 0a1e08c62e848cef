"""How much somebody has had lately: a burst at once, and a steady rate after that."""

from overlay.structures.allowance import Allowance


def test_as_much_as_is_allowed_at_once_may_be_spent_at_once() -> None:
    allowance = Allowance()
    for _ in range(3):
        assert allowance.wait_ms(300, 1_000) == 0
        allowance.spend(100, 1_000)

    assert allowance.wait_ms(300, 1_000) == 1


def test_what_was_spent_is_forgotten_as_time_passes() -> None:
    allowance = Allowance()
    allowance.spend(500, 1_000)

    assert allowance.wait_ms(300, 1_000) == 201
    assert allowance.wait_ms(300, 1_200) == 1
    assert allowance.wait_ms(300, 1_201) == 0


def test_nothing_is_saved_up_beyond_what_may_be_had_at_once() -> None:
    allowance = Allowance()
    allowance.spend(100, 1_000_000)

    assert allowance.wait_ms(100, 1_000_000) == 1


def test_who_overdraws_waits_the_longer() -> None:
    allowance = Allowance()
    allowance.spend(10_000, 0)

    assert allowance.wait_ms(100, 0) == 9_901
