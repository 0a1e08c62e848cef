"""What was said once counts once, and it would be noticed if it counted twice."""

from collections.abc import Sequence
from dataclasses import replace

from overlay.messages.routing import Relay
from overlay.messages.union import Message
from overlay.peering.effects import Persist
from simulations.machines import Effect, Event, Machine, NodeMachine
from simulations.report import HOLDS, Result
from simulations.scenario import Options, Run
from simulations.scenarios import SCENARIOS
from tests.simulations.doubles import Tampering
from tests.simulations.small import broken
from tests.simulations.tampers import MishearingNode, unchanged
from tests.simulations.test_liars_forging import CredulousReader


def a_run(seed: int = 1) -> Run:
    return Run(SCENARIOS["replayer"], Options(seed=seed, nodes=5, length_ms=8_000))


class ForgetfulNode(MishearingNode):
    """A node to which every attempt is one that it has not seen yet."""

    def __init__(self, inside: NodeMachine) -> None:
        super().__init__(inside, unchanged)
        self._attempts = 0

    def hear(self, message: Message) -> Message:
        if not isinstance(message, Relay):
            return message
        self._attempts += 1024
        return replace(message, attempt=message.attempt + self._attempts)


def without_what_was_heard(_: Event, effects: Sequence[Effect]) -> Sequence[Effect]:
    """A client that keeps nothing of what it has heard on channels."""
    return [_unheard(effect) if isinstance(effect, Persist) else effect for effect in effects]


def _unheard(effect: Persist) -> Persist:
    return Persist([row for row in effect.rows if row.table != "heard"], effect.ticket)


def forgetful(client: Machine) -> Machine:
    return Tampering(client, without_what_was_heard)


def test_nothing_that_is_played_again_is_taken_for_news() -> None:
    run = a_run()

    run.play()

    assert [str(each) for each in (*run.violations, *run.unmet)] == []
    assert Result(run, wall_ms=0).exit_code == HOLDS
    assert run.measured["replays"] > 5_000
    assert run.measured["replays_accepted"] == 0
    assert run.measured["replays_wrong_network"] > 0


def test_s5_catches_nodes_that_pass_on_again_what_they_have_passed_on() -> None:
    run = a_run()
    for host in run.nodes:
        host.disguise = ForgetfulNode

    run.play()

    assert "S5" in broken(run)
    assert run.measured["replays_accepted"] > 0


def test_s2_catches_clients_that_forget_on_their_way_down_what_they_have_heard() -> None:
    run = a_run(seed=4)
    for host in run.people:
        host.disguise = forgetful

    run.play()

    assert "S2" in broken(run)


def test_another_overlay_would_be_seen_to_take_what_was_said_in_this_one() -> None:
    run = a_run(seed=2)
    for host in run.nodes:
        host.reader = CredulousReader(host.settings.network)

    run.play()

    assert run.measured["replays_accepted"] > 0
