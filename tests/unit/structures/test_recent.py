"""Whether something has come before, remembered cheaply and for a time."""

from overlay.structures.recent import Recent


def test_what_has_come_is_remembered_for_its_time_at_least() -> None:
    recent = Recent(100, 1_000)
    assert recent.take("a", 999)

    assert not recent.take("a", 1_000)
    assert not recent.take("a", 1_999)
    assert recent.take("a", 2_000)
    assert recent.take("b", 5_000)
    assert len(recent) == 1


def test_the_older_half_goes_when_there_is_too_much() -> None:
    recent = Recent(2, 1_000)
    for key in "abcdef":
        assert recent.take(key, 0)

    assert len(recent) == 4
    assert not recent.take("f", 0)
    assert recent.take("a", 0)


def test_what_is_old_goes_in_its_time_also_when_nothing_comes() -> None:
    recent = Recent(100, 1_000)
    recent.take("a", 999)
    recent.turn(1_000)
    assert len(recent) == 1

    recent.turn(2_000)

    assert len(recent) == 0
