"""S5 and S8: relays keep to their links and budgets, and everything that comes is answered."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from overlay.core.facts import EnvelopeAccepted, EnvelopeRefused
from overlay.limits import LINK_CREDIT_ENVELOPES, SEEN_MS
from overlay.messages.clients import Done
from overlay.messages.ids import NodeId
from overlay.messages.links import Ack, LinkLimits, Refusal, Welcome
from overlay.messages.routing import Relay
from overlay.messages.union import Message
from overlay.peering.events import LinkId
from simulations.checkers.base import Fact
from simulations.checkers.units import UnitsChecker
from simulations.machines import NodeMachine
from tests.simulations.doubles import TamperingNode
from tests.simulations.small import a_run, broken
from tests.simulations.tampers import MishearingNode, misspeaking, told_otherwise, unchanged
from tests.support.people import a_client, a_node_called

Change = Callable[[Message], Sequence[Message]]


def found_with(change: Change) -> list[str]:
    """What is found where the middle one of three nodes says something else than it should."""
    run = a_run()
    run.nodes[1].disguise = lambda node: TamperingNode(node, misspeaking(change))
    run.play()
    return broken(run)


# S5.


def test_s5_follows_relays_in_a_world_without_faults() -> None:
    run = a_run()
    (checker,) = (c for c in run.world.onlookers.checkers if isinstance(c, UnitsChecker))

    run.play()

    assert run.violations == []
    assert 1 <= checker.transmissions_most <= 2


def test_s5_catches_a_node_that_sends_a_unit_twice_over_one_link() -> None:
    assert "S5" in found_with(lambda said: [said, said] if isinstance(said, Relay) else [said])


def test_s5_knows_that_a_unit_refused_under_one_number_may_stand_under_another() -> None:
    """Seed 5366 of swarm: it came twice, just as it may have been forgotten."""
    host, checker = a_run().nodes[1], UnitsChecker()
    envelope = a_client("alice").message_to(a_client("bob")).signed
    keeper, home = a_node_called("north").id, a_node_called("south").id
    relay = Relay(number=1, envelope=envelope, keeper=keeper, home=home, attempt=1, budget=20)
    for number, at_ms in ((1, 0), (2, SEEN_MS), (3, SEEN_MS)):
        checker.on_heard(host, LinkId(1), [replace(relay, number=number)], at_ms)

    checker.on_said(host, LinkId(1), [Refusal(code="unexpected", number=3)], SEEN_MS)
    checker.on_said(host, LinkId(2), [replace(relay, budget=19)], SEEN_MS)
    assert checker.violations == []
    checker.on_said(host, LinkId(1), [Refusal(code="unexpected", number=2)], SEEN_MS)
    checker.on_said(host, LinkId(3), [replace(relay, budget=18)], SEEN_MS)

    assert "was not sent" in checker.violations[0].detail


def test_s5_knows_that_another_signer_outside_a_text_makes_another_unit() -> None:
    """Seed 6041 of swarm: a box on the way had changed that, and nobody on the way compares it."""
    host, checker = a_run().nodes[1], UnitsChecker()
    envelope = a_client("alice").message_to(a_client("bob")).signed
    forged = replace(envelope, signer=a_client("rogue").id)
    keeper, home = a_node_called("north").id, a_node_called("south").id
    relay = Relay(number=1, envelope=envelope, keeper=keeper, home=home, attempt=1, budget=20)

    for number, each in enumerate((envelope, forged), start=1):
        came = replace(relay, number=number, envelope=each)
        checker.on_heard(host, LinkId(1), [came], at_ms := number)
        checker.on_said(host, LinkId(2), [replace(came, budget=19)], at_ms)
    assert checker.violations == []
    checker.on_said(host, LinkId(2), [replace(relay, budget=18)], 3)

    assert "a second time" in checker.violations[0].detail


def test_s5_catches_a_node_that_makes_budgets_grow() -> None:
    def generous(said: Message) -> Sequence[Message]:
        return [replace(said, budget=said.budget + 2)] if isinstance(said, Relay) else [said]

    run = a_run()
    run.nodes[1].disguise = lambda node: TamperingNode(node, misspeaking(generous))
    run.begin()
    north, _, south = run.people
    run.workload.say(north, south)
    run.pass_time(5_000)

    assert broken(run) == ["S5"]


def test_s5_catches_a_node_that_spends_what_is_not_left() -> None:
    def boundless(said: Message) -> Sequence[Message]:
        return [replace(said, budget=64)] if isinstance(said, Relay) else [said]

    assert found_with(boundless) == ["S5"]


def test_s5_catches_a_node_that_makes_up_an_attempt_of_another_keeper() -> None:
    def usurping(said: Message) -> Sequence[Message]:
        keeper = NodeId("k" * 43)
        return [replace(said, keeper=keeper)] if isinstance(said, Relay) else [said]

    assert found_with(usurping) == ["S5"]


# S8: everything is answered.


def test_s8_catches_a_node_that_answers_no_number() -> None:
    assert found_with(lambda said: [] if isinstance(said, Ack) else [said]) == ["S8"]


def test_s8_catches_a_node_that_answers_no_request() -> None:
    assert found_with(lambda said: [] if isinstance(said, Done) else [said]) == ["S8"]


def test_s8_catches_a_node_that_refuses_in_silence() -> None:
    run = a_run()
    refused = EnvelopeRefused(origin="", code="quota", detail="")

    def secretive(fact: Fact) -> Sequence[Fact]:
        return [fact, refused] if isinstance(fact, EnvelopeAccepted) else [fact]

    run.nodes[1].disguise = lambda node: TamperingNode(node, told_otherwise(secretive))
    run.play()

    assert broken(run) == ["S8"]


# S8: credit.


def with_credit(limits: LinkLimits, envelopes: int) -> LinkLimits:
    return replace(limits, credit_envelopes=envelopes)


def stingy(said: Message) -> Sequence[Message]:
    """Takes one envelope at a time from a node."""
    if isinstance(said, Welcome) and said.limits.credit_envelopes == LINK_CREDIT_ENVELOPES:
        return [replace(said, limits=with_credit(said.limits, 1))]
    return [said]


class Spendthrift(MishearingNode):
    """A node that takes no notice of how much credit it has."""

    def hear(self, message: Message) -> Message | None:
        if isinstance(message, Welcome):
            return replace(message, limits=with_credit(message.limits, 1_000))
        return message


def spendthrift(node: NodeMachine) -> NodeMachine:
    return Spendthrift(node, unchanged)


@pytest.mark.parametrize(("is_spendthrift", "found"), [(False, []), (True, ["S8"])])
def test_s8_catches_a_node_that_sends_more_than_its_credit(
    is_spendthrift: bool, found: list[str]
) -> None:
    run = a_run()
    run.nodes[1].disguise = lambda node: TamperingNode(node, misspeaking(stingy))
    if is_spendthrift:
        run.nodes[0].disguise = run.nodes[2].disguise = spendthrift
    run.play()

    assert broken(run) == found
    assert run.world.sometimes["credit used up"] > 0
