"""Clients seal to nobody but whom they mean, whatever their home says, and they say so."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from overlay.client.facts import HomeMisbehaved
from overlay.crypto.keys import SigningKey
from overlay.messages.clients import Submit
from overlay.messages.envelopes import ChainStart
from overlay.messages.ids import KeyId
from overlay.messages.union import Message
from overlay.peering.statements import Signer
from overlay.wire.signed import read_text
from simulations.checkers.base import Fact
from simulations.machines import Machine
from simulations.population import NETWORK
from simulations.report import HOLDS, Result
from simulations.scenario import Options, Run
from simulations.scenarios import SCENARIOS
from tests.simulations.doubles import Tampering
from tests.simulations.small import broken
from tests.simulations.tampers import misspeaking, told_otherwise


def a_run() -> Run:
    return Run(SCENARIOS["key_substitution"], Options(seed=1, nodes=4, length_ms=6_000))


def credulous(key: SigningKey) -> Callable[[Machine], Machine]:
    """A client that seals its first chain to whatever key it is told."""
    signer = Signer(key, NETWORK)
    told: list[ChainStart] = []

    def sealed_to_anybody(message: Message) -> Sequence[Message]:
        if not isinstance(message, Submit):
            return [message]
        start = read_text(message.envelope)
        if told or not isinstance(start, ChainStart):
            return [message]
        told.append(start)
        other = replace(start, key_id=KeyId("A" * 22))
        return [replace(message, envelope=signer.sign_one(other).signed)]

    return lambda client: Tampering(client, misspeaking(sealed_to_anybody))


def silent(client: Machine) -> Machine:
    """A client that keeps to itself how its home misbehaves."""

    def untold(fact: Fact) -> Sequence[Fact]:
        return [] if isinstance(fact, HomeMisbehaved) else [fact]

    return Tampering(client, told_otherwise(untold))


def test_nobody_seals_to_the_keys_of_a_home_that_lies() -> None:
    run = a_run()

    run.play()

    assert [str(each) for each in (*run.violations, *run.unmet)] == []
    assert Result(run, wall_ms=0).exit_code == HOLDS
    assert run.measured["chains_sealed"] > 0
    assert run.measured["chains_sealed_to_liar"] == 0
    assert run.measured["misbehaviour_told"] > 0


def test_clients_that_seal_to_any_key_are_caught() -> None:
    run = a_run()
    for host in run.people:
        host.disguise = credulous(host.identity.key)

    run.play()

    assert "keys" in broken(run)
    assert run.measured["chains_sealed_to_liar"] > 0


def test_clients_that_keep_it_to_themselves_are_noticed() -> None:
    run = a_run()
    for host in run.people:
        host.disguise = silent

    run.play()

    assert any("the home's clients are told" in each.detail for each in run.unmet)
