"""Each kind of upheaval really befalls many at once, and a world lives through it."""

from collections.abc import Callable
from random import Random

import pytest

from simulations.machines import Host
from simulations.scenario import Cast, Options, Run, Scenario
from simulations.scenarios.swarm import SCENARIO as SWARM
from simulations.upheavals import JOINERS_PART, KINDS, Upheaval

STORM_MS = 4_000
CAST = Cast(nodes=9, shape="random", people=3, extra_links=2)


def seed_for(kind: str) -> int:
    return next(seed for seed in range(1_000) if Random(seed).choice(KINDS) == kind)


def played(kind: str, look: Callable[[Run, Upheaval], None] = lambda _run, _upheaval: None) -> Run:
    """A world that this one thing has befallen."""

    def play(run: Run) -> None:
        upheaval = Upheaval(run, Random(seed_for(kind)))
        run.begin(without=upheaval.joiners)
        upheaval.begin(STORM_MS)
        look(run, upheaval)
        run.workload.talk(every_ms=200, for_ms=STORM_MS)
        run.pass_time(STORM_MS)
        run.calm()

    run = Run(Scenario(name="upheaval", question="?", cast=lambda _: CAST, play=play), Options())
    run.play()
    assert [str(each) for each in (*run.violations, *run.unmet)] == []
    return run


def starts(hosts: list[Host]) -> list[int]:
    return [host.starts for host in hosts]


@pytest.mark.parametrize("kind", ["mass crash", "restart storm"])
def test_many_die_at_once_and_come_back(kind: str) -> None:
    run = played(kind)

    hosts: list[Host] = [*run.nodes] if kind == "mass crash" else [*run.people]
    others: list[Host] = [*run.people] if kind == "mass crash" else [*run.nodes]
    assert sum(count > 1 for count in starts(hosts)) > 1
    assert set(starts(others)) == {1}


def test_everybody_talks_at_once() -> None:
    assert len(played("rush").sayings) > 2 * len(played("restart storm").sayings)


def test_some_nodes_join_an_overlay_that_runs() -> None:
    late: list[int] = []

    def look(run: Run, upheaval: Upheaval) -> None:
        late.extend(host.starts for host in upheaval.joiners)
        assert 0 < len(late) <= len(run.nodes) // JOINERS_PART

    run = played("joins", look)

    assert set(late) == {0}
    assert set(starts([*run.nodes])) == {1}


def test_a_sweep_says_which_kinds_it_never_reached() -> None:
    reached = {seed: swarm_of(seed) for seed in (1, 2)}

    assert sum(reached[1].values()) == 1
    assert set(reached[2].values()) == {0}


def swarm_of(seed: int) -> dict[str, int]:
    """How often each kind has befallen that world: the first has one, the second has none."""
    run = Run(SWARM, Options(seed=seed, length_ms=1_000))
    run.play()
    return {kind: run.world.sometimes[kind] for kind in KINDS}
