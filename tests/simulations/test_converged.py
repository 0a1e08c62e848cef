"""A world that begins converged is the world that growing from nothing leads to."""

import pytest

from overlay.core.requests import NodeStatus
from simulations.broadcasts import Broadcasts
from simulations.scenario import Cast, Options, Run, Scenario

NODES = 12
SAID = 6
WARMING = 8
"""What everybody says until a tree is found, where every link was one of it to begin with."""
SETTLED_MS = 10_000


def a_world(*, is_converged: bool, shape_seed: int = 1) -> tuple[Run, Broadcasts]:
    """Twelve nodes and four people who know each other."""
    scenario = Scenario(
        name="twelve",
        question="is it the same world?",
        cast=lambda _: Cast(nodes=NODES, shape="random", people=4, is_converged=is_converged),
        play=lambda run: None,
    )
    run = Run(scenario, Options(seed=shape_seed))
    broadcasts = Broadcasts()
    run.world.watch(broadcasts)
    run.play()
    run.begin()
    run.pass_time(SETTLED_MS)
    return run, broadcasts


def statuses(run: Run) -> dict[str, NodeStatus]:
    return {host.name: host.node.snapshot() for host in run.nodes if host.node is not None}


def knowledge(status: NodeStatus) -> tuple[object, ...]:
    """What a node knows that no salt, version or latency is part of."""
    return (
        status.id,
        status.incarnation,
        [(each.id, each.vouched_by) for each in status.members],
        [(each.id, each.name, each.is_alive, each.links, each.clients) for each in status.members],
        status.neighbours,
        sorted((link.id, link.name, link.is_exchanged, link.is_suspected) for link in status.links),
        status.bridges,
        (status.clients_here, status.clients_reachable, status.accounts, status.parked_records),
    )


@pytest.fixture(scope="module")
def worlds() -> dict[str, tuple[Run, Broadcasts]]:
    return {
        "grown": a_world(is_converged=False),
        "converged": a_world(is_converged=True),
    }


def test_its_nodes_know_what_they_would_know_had_they_found_it_out(
    worlds: dict[str, tuple[Run, Broadcasts]],
) -> None:
    grown, converged = (statuses(worlds[name][0]) for name in ("grown", "converged"))

    assert {name: knowledge(each) for name, each in converged.items()} == {
        name: knowledge(each) for name, each in grown.items()
    }
    assert len({status.root for status in converged.values()}) == 1
    assert worlds["converged"][0].is_settled()


def test_its_disks_hold_what_they_would_hold(worlds: dict[str, tuple[Run, Broadcasts]]) -> None:
    def keys(run: Run) -> dict[str, list[tuple[str, str]]]:
        return {host.name: [(row.table, row.key) for row in host.disk.rows()] for host in run.nodes}

    assert keys(worlds["converged"][0]) == keys(worlds["grown"][0])


@pytest.mark.parametrize("name", ["grown", "converged"])
def test_what_is_said_in_it_goes_along_a_tree_to_everybody(
    worlds: dict[str, tuple[Run, Broadcasts]], name: str
) -> None:
    run, broadcasts = worlds[name]
    for speaker in run.people * WARMING:
        run.workload.say_in(speaker, run.channel)
        run.pass_time(500)
    broadcasts.clear()

    for speaker in [*run.people, *run.people][:SAID]:
        run.workload.say_in(speaker, run.channel)
        run.pass_time(2_000)

    assert [len(each.reached) for each in broadcasts.all()] == [NODES] * SAID
    assert all(NODES - 1 <= each.payloads <= NODES + 3 for each in broadcasts.all())


@pytest.mark.parametrize("name", ["grown", "converged"])
def test_a_node_that_dies_in_it_and_comes_back_is_noticed_by_all(
    worlds: dict[str, tuple[Run, Broadcasts]], name: str
) -> None:
    run, _ = worlds[name]
    homes = {address for host in run.people for address in host.settings.addresses}
    dead = next(host for host in run.nodes if host.address not in homes)

    run.faults.crash(dead, down_ms=5_000)
    run.pass_time(3_000)
    seen = {
        each: any(m.is_alive for m in status.members if m.id == dead.key.id)
        for each, status in statuses(run).items()
    }
    run.pass_time(20_000)

    assert not any(seen.values())
    assert run.is_settled()
    assert len({status.root for status in statuses(run).values()}) == 1
    assert run.violations == []


def test_what_one_of_its_nodes_changes_the_others_do_not_see_until_they_are_told() -> None:
    run, _ = a_world(is_converged=True)
    before = statuses(run)

    run.faults.crash(run.nodes[-1], down_ms=None)

    assert statuses(run) == {name: before[name] for name in statuses(run)}


def test_it_has_the_same_trace_each_time() -> None:
    one, other = (a_world(is_converged=True)[0].world.trace.digest for _ in range(2))

    assert one == other
