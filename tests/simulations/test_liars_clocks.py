"""Nothing but the dates that people are shown depends on anybody's clock being right."""

from collections.abc import Sequence

from overlay.client.facts import MessageArrived
from simulations.checkers.base import Fact
from simulations.machines import Machine
from simulations.report import HOLDS, Result
from simulations.scenario import Options, Run
from simulations.scenarios import SCENARIOS
from simulations.workload import WALL_CLOCK_MS
from tests.simulations.doubles import Tampering
from tests.simulations.tampers import told_otherwise


def a_run() -> Run:
    return Run(SCENARIOS["clock_skew"], Options(seed=1, nodes=5, length_ms=4_000))


def but_what_is_old(fact: Fact) -> Sequence[Fact]:
    is_old = isinstance(fact, MessageArrived) and fact.sent_at < WALL_CLOCK_MS
    return [] if is_old else [fact]


def minding_dates(client: Machine) -> Machine:
    return Tampering(client, told_otherwise(but_what_is_old))


def test_clocks_that_are_ten_years_wrong_change_nothing() -> None:
    run = a_run()

    run.play()

    assert [str(each) for each in (*run.violations, *run.unmet)] == []
    assert Result(run, wall_ms=0).exit_code == HOLDS
    assert run.measured["dated_wrong"] == len(run.sayings) > 0


def test_clients_that_mind_dates_are_noticed() -> None:
    run = a_run()
    for host in run.people:
        host.disguise = minding_dates

    run.play()

    assert any("delivered as with true clocks" in each.detail for each in run.unmet)
