"""Every scenario holds, over every shape."""

import pytest

from simulations.report import HOLDS, Result
from simulations.scenario import Options, Run
from simulations.scenarios import SCENARIOS
from simulations.shapes import SHAPES, Shape


def played(name: str, options: Options) -> Result:
    run = Run(SCENARIOS[name], options)
    run.play()
    return Result(run, wall_ms=0)


@pytest.mark.parametrize("shape", SHAPES)
def test_people_talk_over_every_shape(shape: Shape) -> None:
    result = played("talk", Options(seed=7, nodes=6, shape=shape))

    numbers = result.numbers()
    assert [str(each) for each in result.broken] == []
    assert numbers["delivered"] == numbers["told_delivered"] == numbers["sent"] > 100
    assert result.run.world.sometimes["ChannelMessageArrived"] > 0


@pytest.mark.parametrize("seed", [1, 8])
def test_nothing_is_lost_in_a_storm_of_crashes(seed: int) -> None:
    result = played("crash", Options(seed=seed))

    assert [str(each) for each in result.broken] == []
    assert result.exit_code == HOLDS
    assert result.run.world.sometimes["crash of a node"] > 0
    assert result.run.world.sometimes["ClientDetached"] > 0


@pytest.mark.parametrize("seed", [2, 8])
def test_a_world_drawn_from_its_seed_breaks_nothing(seed: int) -> None:
    result = played("swarm", Options(seed=seed))

    assert [str(each) for each in result.broken] == []
    assert sum(result.run.world.sometimes.values()) > 0


@pytest.mark.parametrize("name", ["pause", "partition"])
def test_an_overlay_comes_through_pauses_and_partitions(name: str) -> None:
    result = played(name, Options(seed=1))

    assert [str(each) for each in result.broken] == []


def test_no_running_node_is_thought_dead_in_loss_and_pauses() -> None:
    result = played("day", Options(seed=1, nodes=12, length_ms=120_000))

    assert [str(each) for each in result.broken] == []
    assert result.run.world.sometimes["pause of a node"] > 5


@pytest.mark.parametrize(("seed", "nodes"), [(2, 16), (7, 12)])
def test_a_death_in_the_middle_of_the_tree_is_known_everywhere_in_time(
    seed: int, nodes: int
) -> None:
    """Its neighbours waited for one another's news to come along the tree that it had torn."""
    result = played("killed", Options(seed=seed, nodes=nodes, shape="random"))

    assert [str(each) for each in result.broken] == []


def test_machines_come_back_from_disks_that_lost_what_was_durable() -> None:
    run = played("lost-disk", Options(seed=1)).run

    losses = [name for name in run.world.sometimes if name.startswith("start ")]
    assert len(losses) == 4
    assert sum(run.world.sometimes[name] for name in losses) > 3
    assert run.world.defects == []
    assert run.unmet == []


def test_what_is_written_past_silent_nodes_arrives_soon() -> None:
    result = played("silent_dead", Options(seed=1))

    measured = result.run.measured
    assert [str(each) for each in result.broken] == []
    assert measured["after_delivered"] == measured["after_sent"] > 100


@pytest.mark.parametrize("seed", [1, 5])
def test_what_is_written_to_many_homes_comes_along_the_tree_though_a_node_dies(seed: int) -> None:
    """docs/simulation.md, "What sweeps have found": links were pushed on in vain at both seeds."""
    result = played("many_homes", Options(seed=seed))

    measured = result.run.measured
    assert [str(each) for each in result.broken] == []
    assert measured["copies_along_the_tree"] > 500
    assert measured["mended_copies_per_node_percent"] > 80


def test_what_is_written_past_nodes_that_drop_finds_other_ways() -> None:
    result = played("droppers", Options(seed=2, nodes=24))

    measured = result.run.measured
    assert [str(each) for each in result.broken] == []
    assert measured["dropping_20_percent_delivered"] > measured["dropping_20_percent_at_once"] > 0


def test_an_overlay_comes_through_what_pictures_show() -> None:
    result = played("pictured", Options(seed=2, nodes=8))

    numbers = result.numbers()
    assert [str(each) for each in result.broken] == []
    assert numbers["delivered"] == numbers["sent"] > 100
    assert result.run.world.sometimes["partition into halves"] == 1


@pytest.mark.parametrize("shape", SHAPES)
def test_all_nodes_come_to_know_the_same_and_of_a_death_over_every_shape(shape: Shape) -> None:
    result = played("convergence", Options(seed=1, nodes=6, shape=shape))

    measured = result.run.measured
    assert [str(each) for each in result.broken] == []
    assert 0 < measured["noticed_ms"] < 1_000
    assert 0 < measured["known_ms"] < 7_000
