"""Numbers as a line of blocks."""

from overlay.cli.sparkline import sparkline


def test_the_largest_number_is_the_tallest_block_and_the_newest_the_last() -> None:
    assert sparkline([0, 10, 20], 3, full=1) == "▁▅█"


def test_small_numbers_stay_small() -> None:
    assert sparkline([0, 1, 2], 3, full=100) == "▁▁▁"


def test_of_more_numbers_than_there_is_room_for_the_newest_are_shown() -> None:
    assert sparkline([9, 9, 0, 9], 2, full=9) == "▁█"


def test_where_nothing_was_measured_there_is_nothing() -> None:
    assert sparkline([None, 9, None], 5, full=9) == "   █ "
    assert sparkline([], 2, full=9) == "  "


def test_a_terminal_without_blocks_gets_marks() -> None:
    assert sparkline([0, 9], 2, full=9, has_blocks=False) == "_#"
