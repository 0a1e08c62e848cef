"""Sets of whole numbers that mostly come in rows."""

import pytest

from overlay.structures.ranges import Ranges


def ranges_of(*numbers: int, ranges_max: int = 10) -> Ranges:
    ranges = Ranges(ranges_max)
    for number in numbers:
        assert ranges.add(number)
    return ranges


def test_neighbours_grow_into_one_range_from_either_side() -> None:
    assert ranges_of(5, 6, 4).pairs() == ((4, 6),)


def test_a_number_between_two_ranges_joins_them() -> None:
    assert ranges_of(1, 3, 2).pairs() == ((1, 3),)


def test_ranges_with_a_gap_stay_apart_in_rising_order() -> None:
    ranges = ranges_of(9, 0, 5)

    assert ranges.pairs() == ((0, 0), (5, 5), (9, 9))
    assert len(ranges) == 3


def test_adding_a_number_again_changes_nothing() -> None:
    assert ranges_of(1, 2, 3, 2, 1, 3).pairs() == ((1, 3),)


def test_a_set_knows_what_is_in_it() -> None:
    ranges = ranges_of(2, 3, 7)

    assert [number in ranges for number in (1, 2, 3, 4, 6, 7, 8)] == [
        False,
        True,
        True,
        False,
        False,
        True,
        False,
    ]


def test_a_number_that_needs_one_range_too_many_is_not_taken() -> None:
    ranges = ranges_of(1, 5, ranges_max=2)

    assert not ranges.add(3)
    assert ranges.pairs() == ((1, 1), (5, 5))
    assert ranges.add(2)
    assert ranges.add(1)


def test_a_negative_number_is_refused() -> None:
    with pytest.raises(ValueError, match="below zero"):
        Ranges(1).add(-1)


def test_pairs_describe_the_whole_set() -> None:
    ranges = ranges_of(0, 1, 2, 5, 8, 9)

    assert Ranges.of(ranges.pairs(), 10).pairs() == ranges.pairs()


@pytest.mark.parametrize(
    "pairs",
    [
        [(2, 1)],
        [(-1, 3)],
        [(1, 2), (2, 3)],
        [(1, 2), (3, 4)],
        [(5, 6), (1, 2)],
        [(0, 0), (2, 2), (4, 4)],
    ],
)
def test_pairs_that_no_set_describes_itself_with_are_refused(
    pairs: list[tuple[int, int]],
) -> None:
    with pytest.raises(ValueError, match="no set of 2 ranges"):
        Ranges.of(pairs, 2)


def test_a_set_that_could_hold_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="holds nothing"):
        Ranges(0)
