"""How much may be had, as operators write it."""

import pytest

from overlay.structures.rates import Rate, read_rate


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("100", Rate(100, 1_000, 7)),
        ("100/s:2000", Rate(100, 1_000, 2_000)),
        ("12/m:8", Rate(12, 60_000, 8)),
        ("5/h", Rate(5, 3_600_000, 7)),
    ],
)
def test_a_rate_is_a_count_in_a_time_and_a_burst_that_may_be_left_out(
    text: str, rate: Rate
) -> None:
    assert read_rate(text, 7) == rate
    assert read_rate(str(rate), 1) == rate


@pytest.mark.parametrize("text", ["", "ten", "-1", "1.5/s", "1/d", "1/s:", ":5", "12/m:8 ", "1 /s"])
def test_what_is_no_rate_is_told_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="such as 100"):
        read_rate(text, 7)


@pytest.mark.parametrize("text", ["0", "1:0", "1000000001", "1:9999999999"])
def test_a_rate_is_never_nothing_and_never_endless(text: str) -> None:
    with pytest.raises(ValueError, match="from 1 to"):
        read_rate(text, 7)


def test_a_rate_says_how_long_one_and_how_long_all_of_it_take() -> None:
    rate = Rate(500, 1_000, 20_000)

    assert rate.unit_ns == 2_000_000
    assert rate.window_ns == 40_000_000_000
