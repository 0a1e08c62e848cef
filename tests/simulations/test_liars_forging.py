"""What a node makes up in the names of others comes to nothing, and would be noticed if it did."""

from overlay.messages.ids import LeafHash
from overlay.messages.signed import Signed
from overlay.peering.statements import Reader
from simulations.population import NETWORK
from simulations.report import HOLDS, Result
from simulations.scenario import Options, Run
from simulations.scenarios import SCENARIOS
from tests.simulations.small import broken


class CredulousReader(Reader):
    """Takes every text for signed."""

    def verified_leaf_of(self, signed: Signed) -> LeafHash:
        return self.leaf_of(signed)


def a_run(seed: int = 1) -> Run:
    return Run(SCENARIOS["forger"], Options(seed=seed, nodes=6, length_ms=6_000))


def test_nothing_that_a_node_makes_up_is_shown_stored_or_applied() -> None:
    run = a_run()

    run.play()

    assert [str(each) for each in (*run.violations, *run.unmet)] == []
    assert Result(run, wall_ms=0).exit_code == HOLDS
    assert run.measured["forged"] > 100
    assert run.measured["forged_masks"] > 0


def test_s3_catches_nodes_that_check_no_signature() -> None:
    run = a_run(seed=2)
    for host in run.nodes:
        host.reader = CredulousReader(NETWORK)

    run.play()

    assert "S3" in broken(run)
    assert run.measured["forged_stored"] > 0
