"""Each adversary that `swarm` may draw does its harm, goes, and leaves a world that holds."""

from random import Random

import pytest

from overlay.peering.events import FrameReceived, LinkId, LinkOpened
from simulations.liars.adversaries import ADVERSARIES
from simulations.liars.sybil import Plan, add_sybils
from simulations.population import add_nodes
from simulations.scenario import Cast, Options, Run, Scenario
from simulations.scenarios.swarm import SCENARIO as SWARM
from simulations.weather import Conditions
from simulations.world import World

STORM_MS = 8_000
CAST = Cast(nodes=9, shape="random", people=4, extra_links=2)


def played(name: str) -> tuple[Run, dict[str, bool]]:
    """A world in which nothing happens but this, and whether each of its hosts runs at the end."""
    runs: dict[str, bool] = {}

    def play(run: Run) -> None:
        adversary = ADVERSARIES[name](run, Random(1))
        run.begin()
        adversary.lie(STORM_MS // 2)
        run.workload.talk(every_ms=200, for_ms=STORM_MS)
        run.pass_time(STORM_MS)
        adversary.repent(run.faults)
        run.calm()
        runs.update((host.name, host.is_up) for host in run.world.hosts.values())

    run = Run(Scenario(name="adversary", question="?", cast=lambda _: CAST, play=play), Options())
    run.play()
    assert [str(each) for each in (*run.violations, *run.unmet)] == []
    return run, runs


@pytest.mark.parametrize(
    ("name", "harm"),
    [
        ("Sybil flood", "link closed as not_a_neighbour"),
        ("mailbox theft", "something refused as unknown_recipient"),
        ("flood of a client", "something refused as busy"),
    ],
)
def test_who_comes_does_harm_and_is_gone_in_the_calm(name: str, harm: str) -> None:
    run, runs = played(name)

    assert run.world.sometimes[harm] > 0
    ours = {host.name for host in (*run.nodes, *run.people)}
    assert len(runs) > len(ours)
    assert {name for name, is_up in runs.items() if is_up} == ours


def test_neighbours_conspire_and_repent() -> None:
    run, _ = played("eclipse")

    liars = [host for host in run.nodes if not host.is_honest]
    assert len(liars) >= 2
    assert [host.starts for host in liars] == [2] * len(liars)


def test_a_sweep_says_which_adversaries_it_never_met() -> None:
    met = {seed: swarm_of(seed) for seed in (48, 3)}

    assert met[48] == {name: int(name == "eclipse") for name in ADVERSARIES}
    assert set(met[3].values()) == {0}


def swarm_of(seed: int) -> dict[str, int]:
    """How often that world has met each of them."""
    run = Run(SWARM, Options(seed=seed, length_ms=1_000))
    run.play()
    return {name: run.world.sometimes[name] for name in ADVERSARIES}


def test_a_sybil_takes_no_notice_of_what_was_changed_on_its_way() -> None:
    """Seeds 240 and 631 of swarm: it ended for a frame that a box had corrupted."""
    world = World(1, Conditions())
    (near,) = add_nodes(world, 1, [])
    plan = Plan(targets=[near.address], every_ms=1_000)
    (host,) = add_sybils(world, 1, near, lambda _: plan, [])
    sybil, link = host.boot(Random(1)), LinkId(1)
    sybil.handle(LinkOpened(link=link, dialled=near.address, remote_address=near.ip), 0)

    assert list(sybil.handle(FrameReceived(link, b'[{"type":"refusal","requesu":1}]'), 1)) == []
