"""Scenarios of failures, small: what each asks holds, and what it is about has happened."""

import pytest

from simulations.report import HOLDS, Result
from simulations.scenario import Options
from tests.simulations.test_scenarios import played


def held(name: str, options: Options) -> Result:
    """A run in which nothing broke."""
    result = played(name, options)
    assert [str(each) for each in result.broken] == []
    assert result.exit_code == HOLDS
    return result


@pytest.mark.parametrize(("name", "bound_ms"), [("killed", 1_000), ("silenced", 6_000)])
def test_a_dead_node_is_known_to_be_dead_everywhere_in_time(name: str, bound_ms: int) -> None:
    result = held(name, Options(seed=1, nodes=8))

    assert result.numbers()["L3_measured"] >= 6
    assert 0 < result.numbers()["L3_max_ms"] <= bound_ms


@pytest.mark.parametrize("shape", ["line", "star"])
def test_halves_are_one_overlay_again_when_the_bridge_between_them_dies(shape: str) -> None:
    result = held("bridge", Options(seed=1, nodes=7, shape=shape, length_ms=10_000))  # type: ignore[arg-type]  # a shape

    assert result.run.world.sometimes["Healed"] > 0
    assert 0 < result.numbers()["L8_ms"] <= 10_000


def test_every_node_can_be_killed_once() -> None:
    result = held("rolling", Options(seed=1, nodes=4))

    assert result.run.world.sometimes["crash of a node"] == 4


def test_half_of_the_nodes_can_die_at_once() -> None:
    result = held("half", Options(seed=3, nodes=8, length_ms=10_000))

    assert sum(host.is_up for host in result.run.nodes) == 4


def test_nodes_and_people_can_come_and_go_all_the_time() -> None:
    result = held("churn", Options(seed=1, nodes=6, length_ms=15_000))

    assert result.run.world.sometimes["stop of a node"] > 0
    assert result.run.world.sometimes["stop of a client"] > 0


def test_a_client_is_found_at_its_new_home() -> None:
    result = held("roaming", Options(seed=1, nodes=5, length_ms=20_000))

    assert result.numbers()["L4_measured"] > 20
    assert result.numbers()["L4_p99_ms"] <= 1_000


def test_lossy_links_deliver_in_time() -> None:
    result = held("lossy", Options(seed=1, nodes=6, length_ms=15_000))

    assert result.numbers()["L2_measured"] > 50


def test_a_storm_of_reconnecting_is_bounded() -> None:
    result = held("restart", Options(seed=1, nodes=5))

    assert 100 < result.numbers()["dials_of_a_link_percent"] <= 800


def test_a_node_that_joins_is_seen_soon() -> None:
    result = held("growth", Options(seed=1, nodes=10))

    assert 0 < result.numbers()["join_p99_ms"] < 1_000


def test_a_quiet_overlay_is_quiet() -> None:
    result = held("quiet", Options(seed=1, nodes=6, length_ms=20_000))

    numbers = result.numbers()
    assert 150 < numbers["messages_in_100_link_seconds"] <= 260
    assert 0 < numbers["bytes_a_link_second"] < 200


def test_overloaded_nodes_that_mind_their_lag_blame_nobody() -> None:
    result = played("lifeguard", Options(seed=1, nodes=8, length_ms=60_000))

    assert result.run.violations == []
    assert result.numbers()["blamed"] == 0
    assert result.numbers()["blamed_without"] > 0


# More than links, mailboxes and disks take.


def test_a_client_that_stands_still_makes_writers_wait_and_nobody_else() -> None:
    result = held("standstill", Options(seed=1))

    assert result.run.world.sometimes["returned as busy"] > 0
    assert result.run.world.sometimes["ListenerSkipped"] > 0
    assert result.numbers()["bystanders_said"] == 100


def test_mail_for_somebody_who_never_comes_back_is_refused_and_expires_aloud() -> None:
    result = held("overfull", Options(seed=1))

    assert result.run.world.sometimes["something refused as quota"] > 0
    assert result.run.world.sometimes["envelope stalled as expired"] > 0


def test_mail_that_rested_reaches_its_reader() -> None:
    result = held("full_disk", Options(seed=1))

    assert result.run.world.sometimes["envelope stalled as resting"] > 0


def test_a_slow_node_sheds_what_is_said_on_a_channel_and_says_so() -> None:
    result = held("clogged", Options(seed=1))

    assert result.run.world.sometimes["SpreadShed"] > 0
