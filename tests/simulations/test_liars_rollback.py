"""Nobody is taken back to where they were, and it would be noticed if somebody was."""

from collections.abc import Sequence
from dataclasses import replace
from random import Random

from overlay import limits
from overlay.core.facts import RecordApplied
from overlay.messages.gossip import Push
from overlay.messages.ids import NodeId, Order
from overlay.messages.union import Message
from overlay.peering.events import LinkId
from overlay.peering.records import subject_of
from simulations.checkers.base import Fact
from simulations.liars.base import enlist
from simulations.liars.rollback import Memory, RollbackNode
from simulations.machines import NodeMachine
from simulations.report import HOLDS, Result
from simulations.scenario import Options, Run
from simulations.scenarios import SCENARIOS
from tests.simulations.doubles import Tamper, TamperingNode
from tests.simulations.small import broken
from tests.simulations.tampers import MishearingNode, told_otherwise, unchanged
from tests.support.people import a_node_called


def a_run() -> Run:
    return Run(SCENARIOS["presence_rollback"], Options(seed=1, nodes=6, length_ms=7_000))


def taking_back() -> Tamper:
    """A node that goes back to the first presence of a client with each that it learns."""
    firsts: dict[str, Order] = {}

    def taken_back(fact: Fact) -> Sequence[Fact]:
        if not isinstance(fact, RecordApplied) or fact.kind != "presence":
            return [fact]
        return [fact, replace(fact, order=firsts.setdefault(fact.signer, fact.order))]

    return told_otherwise(taken_back)


def taking_people_back(node: NodeMachine) -> NodeMachine:
    return TamperingNode(node, taking_back())


class DeafNode(MishearingNode):
    """A node that does not listen to where people are now, when it is told."""

    def __init__(self, inside: NodeMachine) -> None:
        super().__init__(inside, unchanged)

    def hear(self, message: Message) -> Message | None:
        if not isinstance(message, Push):
            return message
        records = tuple(each for each in message.records if each.kind != "presence")
        return Push(records) if records else None


def test_nobody_is_taken_back_to_where_they_were() -> None:
    run = a_run()

    run.play()

    assert [str(each) for each in (*run.violations, *run.unmet)] == []
    assert Result(run, wall_ms=0).exit_code == HOLDS
    assert run.measured["old_records_told"] > 100
    assert run.measured["old_slots_claimed"] > 0
    assert run.world.sometimes["parked presence dropped"] > 0


def test_what_another_liar_has_made_up_is_nothing_to_remember() -> None:
    """Seed 4469 of swarm: two liars met, and one ended for what the other forged."""
    run = a_run()
    run.begin()
    inside, true = run.nodes[0].node, a_node_called("north").record()
    assert inside is not None
    liar = RollbackNode(inside, run.nodes[0].key, Memory(), Random(1))
    forged = replace(true.signed, signer=a_node_called("south").id)

    liar.on_overheard(LinkId(1), Push((forged, true.signed)))

    (remembered,) = liar.memory.records.values()
    assert list(remembered) == [true.signed]


def test_more_old_records_than_a_frame_holds_are_told_in_part() -> None:
    """Seed 9013 of swarm: among 42 nodes in a star a liar ended for what it had to say."""
    run, memory = a_run(), Memory()
    hub_links = (NodeId(run.nodes[0].key.id),) * limits.NODE_LINKS_MAX
    for number in range(limits.DELTA_RECORDS_MAX):
        node = a_node_called(f"node {number}")
        records = [node.record(links=hub_links) for _ in "twice"]
        memory.records[subject_of(records[0].value)] = {each.signed: each.value for each in records}
    enlist(run.nodes[0], lambda node, key: RollbackNode(node, key, memory, Random(1)), lambda: True)

    run.begin()

    assert [str(each) for each in run.violations] == []
    assert memory.told > limits.DELTA_RECORDS_MAX


def test_s7_catches_nodes_that_take_people_back() -> None:
    run = a_run()
    for host in run.nodes[1:]:
        host.disguise = taking_people_back

    run.play()

    assert "S7" in broken(run)
    assert run.measured["old_records_taken"] > 0


def test_l4_catches_nodes_that_do_not_hear_where_people_are() -> None:
    run = a_run()
    for host in run.nodes[1:]:
        host.disguise = DeafNode

    run.play()

    assert "L4" in {each.checker for each in run.unmet}
