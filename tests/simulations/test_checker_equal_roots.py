"""S10 where the core is broken: what nodes conclude depends on what they knew before."""

import pytest

from overlay.core.stages.commands import Commands
from overlay.core.state.topology import Topology
from overlay.messages.ids import NodeId
from simulations.scenario import Run
from tests.simulations.small import a_run, broken

BACK_MS = 4_000
"""A node that was away for three seconds has just come back: what goes wrong then may pass."""

LOOKED_MS = 15_000
"""By then a node that was away for three seconds is known again, and checkers have looked."""

forgets = Topology._forget_ties


def after_a_crash(run: Run) -> None:
    run.faults.crash(run.nodes[2], down_ms=3_000)
    run.pass_time(BACK_MS)
    run.world.look()
    run.pass_time(LOOKED_MS - BACK_MS)


def its_own_ties_alone(topology: Topology, node: NodeId, _: tuple[NodeId, ...]) -> None:
    """The record of a node has changed: what others have made of their links with it stays."""
    kept = {other: ties for other, ties in topology._ties.items() if other != node}
    forgets(topology, node, ())
    topology._ties.update(kept)


def test_nodes_that_forget_what_a_record_has_changed_agree() -> None:
    run = a_run()
    run.begin()

    after_a_crash(run)

    assert broken(run) == []
    assert run.world.sometimes["equal roots"] > 0


def test_s10_catches_nodes_that_go_by_ties_which_a_record_has_changed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = a_run()
    run.begin()

    monkeypatch.setattr(Topology, "_forget_ties", its_own_ties_alone)
    after_a_crash(run)

    assert broken(run) == ["S10"]
    assert any("see different lives" in each.detail for each in run.violations)


def test_s10_catches_nodes_that_count_their_directory_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A client goes elsewhere; its old home alone, which has begun anew, counts it there."""
    run = a_run()
    run.begin()

    monkeypatch.setattr(Commands, "_changes", lambda _: ())
    run.pass_time(LOOKED_MS)
    after_a_crash(run)

    assert broken(run) == ["S10"]
    assert any("two directories" in each.detail for each in run.violations)
