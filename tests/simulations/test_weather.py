"""How frames travel: latencies, losses, and rules that come and go."""

from random import Random

import pytest

from simulations.distributions import (
    Distribution,
    Fixed,
    HeavyTail,
    LogNormal,
    Mostly,
    Uniform,
)
from simulations.partitions import bridged, halves, islands
from simulations.rules import (
    Clogged,
    Delayed,
    Held,
    Lossy,
    at_host,
    cut,
    from_host,
    one_way,
    partition,
    slow,
    to_host,
)
from simulations.weather import RESEND_MS, Conditions, Weather

STEADY = Conditions(latency=Fixed(10), jitter=Fixed(0), lost_one_in=0, bytes_per_ms=100)


def weather(conditions: Conditions = STEADY) -> Weather:
    return Weather(conditions, Random(1))


@pytest.mark.parametrize(
    ("distribution", "least_ms", "median_ms", "most_ms"),
    [
        (Fixed(7), (7, 7), (7, 7), (7, 7)),
        (Uniform(5, 20), (5, 5), (11, 14), (20, 20)),
        (Mostly(10), (0, 0), (1, 3), (9, 10)),
        (LogNormal(40, 0.5), (5, 12), (38, 42), (140, 400)),
        (HeavyTail(least_ms=10, alpha=1.5, most_ms=5_000), (10, 10), (15, 17), (1_000, 5_000)),
    ],
)
def test_each_distribution_has_its_least_its_middle_and_its_most(
    distribution: Distribution,
    least_ms: tuple[int, int],
    median_ms: tuple[int, int],
    most_ms: tuple[int, int],
) -> None:
    random = Random(1)

    drawn = sorted(distribution.draw(random) for _ in range(5_000))

    for value, (low, high) in (
        (drawn[0], least_ms),
        (drawn[2_500], median_ms),
        (drawn[-1], most_ms),
    ):
        assert low <= value <= high


def test_frames_take_as_long_as_the_conditions_say() -> None:
    skies = weather(Conditions(latency=Uniform(5, 20), jitter=Mostly(10), lost_one_in=0))

    latencies = [skies.link_latency_ms() for _ in range(500)]
    travels = [skies.travel_ms(7, "north", "south") for _ in range(2_000)]

    assert (min(latencies), max(latencies)) == (5, 20)
    assert (min(travels), max(travels)) == (7, 17)
    assert weather().writing_ms(1_250, "north", "south") == 12


def test_nothing_takes_no_time_at_all() -> None:
    assert weather().travel_ms(0, "north", "south") == 1


def test_of_the_rules_that_stand_the_first_that_answers_counts() -> None:
    skies, slow_north = weather(), slow("north")

    skies.add(slow_north)
    skies.add(cut("south"))

    assert not skies.is_cut("north", "south")
    assert skies.is_cut("east", "south")
    skies.lift(slow_north, 0)
    assert skies.is_cut("north", "south")


def test_it_was_fair_since_the_last_rule_was_lifted() -> None:
    skies, slow_north = weather(), slow("north")
    assert skies.was_fair(-1)

    skies.add(slow_north)
    assert not skies.was_fair(100)
    skies.lift(slow_north, 100)

    assert not skies.was_fair(99)
    assert skies.was_fair(100)


def test_a_rule_is_for_a_host_or_a_direction_and_leaves_the_rest_to_others() -> None:
    pairs = [("north", "south"), ("south", "north"), ("south", "east")]
    held = Held()

    judged = {
        name: [rule(*pair) == held for pair in pairs]
        for name, rule in {
            "both": at_host("north", held),
            "out": from_host("north", held),
            "in": to_host("north", held),
            "one way": one_way("south", "east", held),
        }.items()
    }

    assert judged == {
        "both": [True, True, False],
        "out": [True, False, False],
        "in": [False, True, False],
        "one way": [False, False, True],
    }


def test_a_partition_parts_groups_and_a_host_in_two_is_a_bridge() -> None:
    rule = partition((("north", "east"), ("south", "east")))

    assert rule("north", "south") == rule("south", "north") == Held()
    assert rule("north", "east") is rule("east", "south") is None
    assert rule("north", "nowhere") == Held()


def test_halves_islands_and_bridges_hold_everybody() -> None:
    names = [f"node-{number}" for number in range(7)]

    one, other = halves(names, Random(1))
    four = islands(names, 4, Random(1))
    left, right = bridged(names, Random(1))

    assert sorted((*one, *other)) == names
    assert abs(len(one) - len(other)) == 1
    assert sorted(name for group in four for name in group) == names
    assert sorted({*left, *right}) == names
    assert len([name for name in left if name in right]) == 1


def test_a_slow_host_a_clogged_link_and_a_lossy_one() -> None:
    skies = weather()
    skies.add(at_host("slow", Delayed(300)))
    skies.add(at_host("clogged", Clogged(2)))
    skies.add(at_host("lossy", Lossy(1, 1)))

    assert skies.travel_ms(10, "slow", "south") == 310
    assert skies.writing_ms(1_000, "clogged", "south") == 500
    assert skies.travel_ms(10, "south", "lossy") == 10 + RESEND_MS + 20
    assert skies.is_broken("south", "lossy")
    assert not skies.is_broken("south", "north")
    assert (skies.resends, skies.breaks) == (1, 1)


def test_loss_is_a_delay_for_most_and_the_end_of_the_link_for_some() -> None:
    skies = weather(Conditions(latency=Fixed(10), jitter=Fixed(0), lost_one_in=5, reset_one_in=20))

    travels = [skies.travel_ms(10, "north", "south") for _ in range(1_000)]
    broken = sum(skies.is_broken("north", "south") for _ in range(1_000))

    assert sorted(set(travels)) == [10, 30 + RESEND_MS]
    assert 150 < skies.resends < 250
    assert 30 < broken == skies.breaks < 70
