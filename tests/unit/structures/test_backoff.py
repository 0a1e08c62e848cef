"""How long to wait before trying again."""

from random import Random

import pytest

from overlay.structures.backoff import Backoff


class Always(Random):
    """Draws the same number each time."""

    def __init__(self, drawn: float) -> None:
        super().__init__(0)
        self._drawn = drawn

    def random(self) -> float:
        return self._drawn


def test_waits_double_up_to_the_cap() -> None:
    backoff = Backoff(250, 1_500)

    waits_ms = [backoff.next_ms(Always(0.0)) for _ in range(5)]

    assert waits_ms == [250, 500, 1_000, 1_500, 1_500]


def test_chance_shortens_a_wait_by_at_most_half() -> None:
    backoff = Backoff(250, 1_500)

    waits_ms = [backoff.next_ms(Always(0.999_999)) for _ in range(5)]

    assert waits_ms == [126, 251, 501, 751, 751]


def test_a_sign_of_life_starts_over() -> None:
    backoff = Backoff(250, 30_000)
    backoff.next_ms(Always(0.0))
    backoff.next_ms(Always(0.0))

    backoff.clear()

    assert backoff.next_ms(Always(0.0)) == 250


def test_the_same_randomness_gives_the_same_waits() -> None:
    one, other = Backoff(250, 30_000), Backoff(250, 30_000)
    random, same_random = Random(7), Random(7)

    assert [one.next_ms(random) for _ in range(20)] == [
        other.next_ms(same_random) for _ in range(20)
    ]


@pytest.mark.parametrize(("first_ms", "cap_ms"), [(0, 10), (11, 10)])
def test_waits_that_cannot_be_are_refused(first_ms: int, cap_ms: int) -> None:
    with pytest.raises(ValueError, match="cannot be"):
        Backoff(first_ms, cap_ms)
