"""Who signs two texts where only one may be is caught everywhere, and soon."""

from collections.abc import Sequence

from overlay.messages.gossip import Equivocation
from overlay.messages.union import Message
from simulations.machines import NodeMachine
from simulations.report import HOLDS, Result
from simulations.scenario import Options, Run
from simulations.scenarios import SCENARIOS
from tests.simulations.doubles import TamperingNode
from tests.simulations.tampers import misspeaking


def a_run(seed: int) -> Run:
    return Run(SCENARIOS["equivocator"], Options(seed=seed, nodes=8))


def but_proofs(message: Message) -> Sequence[Message]:
    return [] if isinstance(message, Equivocation) else [message]


def keeping_proofs_to_itself(node: NodeMachine) -> NodeMachine:
    return TamperingNode(node, misspeaking(but_proofs))


def test_two_texts_are_proved_everywhere_within_five_seconds() -> None:
    run = a_run(seed=1)

    run.play()

    assert [str(each) for each in (*run.violations, *run.unmet)] == []
    assert Result(run, wall_ms=0).exit_code == HOLDS
    assert run.measured["two_texts"] > 0
    assert 0 < run.measured["two_records_proved_ms"] <= 5_000
    assert 0 < run.measured["two_presences_proved_ms"] <= 5_000


def test_nodes_that_keep_proofs_to_themselves_are_noticed() -> None:
    run = a_run(seed=3)
    for host in run.nodes:
        host.disguise = keeping_proofs_to_itself

    run.play()

    assert "who proves it tells everybody" in str(run.unmet[0])
