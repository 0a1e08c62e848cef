"""How much somebody has had lately: a burst at once, and a steady rate after that."""

from overlay.structures.allowance import Allowance


def test_as_much_as_is_allowed_at_once_may_be_spent_at_once() -> None:
    allowance = Allowance()
    for _ in range(3):
        assert allowance.wait(300, 1_000) == 0
        allowance.spend(100, 1_000)

    assert allowance.wait(300, 1_000) == 1


def test_what_was_spent_is_forgotten_as_time_passes() -> None:
    allowance = Allowance()
    allowance.spend(500, 1_000)

    assert allowance.wait(300, 1_000) == 201
    assert allowance.wait(300, 1_200) == 1
    assert allowance.wait(300, 1_201) == 0


def test_nothing_is_saved_up_beyond_what_may_be_had_at_once() -> None:
    allowance = Allowance()
    allowance.spend(100, 1_000_000)

    assert allowance.wait(100, 1_000_000) == 1


def test_who_overdraws_waits_the_longer() -> None:
    allowance = Allowance()
    allowance.spend(10_000, 0)

    assert allowance.wait(100, 0) == 9_901


def test_what_was_spent_may_be_forgiven_down_to_a_time_and_never_grows_by_that() -> None:
    much, nothing = Allowance(), Allowance()
    much.spend(900, 0)

    for allowance in (much, nothing):
        allowance.forgive(300)

    assert (much.wait(1, 0), nothing.wait(1, 0)) == (300, 0)
