"""What still has to hold where disks are lost and parked records are dropped: S2, S4, S7."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from overlay.client.facts import Attached, MessageArrived
from overlay.core.facts import RecordApplied, RecordDropped, RecordParked
from overlay.messages.ids import Incarnation, Order
from overlay.peering.events import LinkId
from overlay.structures.window import ReplayWindow
from simulations.checkers.base import Fact
from simulations.checkers.counters import CountersChecker
from simulations.machines import NodeMachine
from simulations.scenario import Run
from tests.simulations.doubles import Tamper, Tampering, TamperingNode
from tests.simulations.small import a_run, broken, crash_at, lose_disk_at, saying_two_things
from tests.simulations.tampers import OverconfidentNode, told_otherwise, unchanged
from tests.support.farend import WELCOME
from tests.support.people import a_client, a_node_called

# S4: incarnations.


def test_a_node_that_lost_its_disk_goes_above_what_it_is_told() -> None:
    run = a_run()

    lose_disk_at(run, run.nodes[1], 5_000)
    run.play()

    assert run.violations == []
    assert run.world.sometimes["incarnation begun anew after a loss"] == 1
    assert run.world.sometimes["IncarnationRaised"] > 0


def test_a_client_that_lost_its_disk_goes_above_what_it_is_told() -> None:
    run = a_run()

    lose_disk_at(run, run.people[1], 5_000)
    run.play()

    assert run.violations == []
    assert run.world.sometimes["welcomed with a record of an earlier run"] > 0


def test_s4_catches_a_node_that_will_not_be_told_of_its_earlier_incarnation() -> None:
    run = a_run()

    def overconfident(node: NodeMachine) -> NodeMachine:
        return OverconfidentNode(node, unchanged)

    run.nodes[1].disguise = overconfident
    for at_ms in (4_000, 6_000):
        crash_at(run, run.nodes[1], at_ms)
    lose_disk_at(run, run.nodes[1], 8_000)
    run.play()

    assert broken(run) == ["S4"]


@pytest.mark.parametrize(("is_own", "is_broken"), [(True, False), (False, True)])
def test_s4_tells_what_a_run_has_said_itself_from_what_an_earlier_one_has(
    is_own: bool, is_broken: bool
) -> None:
    """Seed 2856 of swarm: the home that a client without its disk comes back to tells it both."""
    host, keys, home = a_run().people[0], a_client("alice"), a_node_called("north")
    checker, link = CountersChecker([host]), LinkId(1)
    attached = Attached(home=home.id, address=home.address, incarnation=Incarnation(1))
    earlier, own = keys.attach_at(home.id), keys.attach_at(home.id)
    for attach in (earlier, own):
        host.starts += 1
        host.disk.losses += 1
        checker.on_said(host, link, [attach], 0)
        checker.on_fact(host, attached, 0)

    told = own.presence if is_own else earlier.presence
    checker.on_heard(host, link, [replace(WELCOME, record=told)], 0)
    checker.on_fact(host, attached, 0)

    assert bool(checker.violations) is is_broken


# S4: counters.


def test_s4_catches_a_used_counter_at_one_node_though_its_origin_has_lost_its_disk(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = a_run()
    for host in run.people:
        host.disk.losses = 1
    monkeypatch.setattr(ReplayWindow, "is_fresh", lambda *_: True)

    saying_two_things(run)

    assert broken(run) == ["S4"]


# S2.


def repeating_itself_after_a_crash(run: Run) -> None:
    """Its person has taken a message for five seconds; the next run shows it again."""
    carol, shown = run.people[2], list[MessageArrived]()

    def forgetful(fact: Fact) -> Sequence[Fact]:
        if not isinstance(fact, MessageArrived):
            return [fact]
        if carol.starts > 1:
            return [fact, *(shown.pop() for _ in shown[:1])]
        shown.append(fact)
        return [fact]

    carol.disguise = lambda client: Tampering(client, told_otherwise(forgetful))
    run.begin()
    alice, _, _ = run.people
    run.workload.say(alice, carol)
    run.pass_time(10_000)


@pytest.mark.parametrize(("is_lost", "found"), [(False, ["S2"]), (True, [])])
def test_s2_holds_for_a_client_whose_store_survived(is_lost: bool, found: list[str]) -> None:
    run = a_run()
    repeating_itself_after_a_crash(run)

    (lose_disk_at if is_lost else crash_at)(run, run.people[2], 1)
    run.pass_time(8_000)
    run.workload.say(run.people[1], run.people[2])
    run.pass_time(20_000)

    assert broken(run) == found
    assert run.world.sometimes["shown again after a loss"] == is_lost


# S7: what is parked is held, what is dropped is not.


def parking_a_higher_one(*, and_dropping_it: bool) -> Tamper:
    """A node that holds a higher presence before it applies the one that came."""

    def change(fact: Fact) -> Sequence[Fact]:
        if not isinstance(fact, RecordApplied) or fact.kind != "presence":
            return [fact]
        subject = {"kind": fact.kind, "signer": fact.signer, "slot": fact.slot}
        higher = Order(fact.order.incarnation, fact.order.number + 1)
        parked = RecordParked(**subject, order=higher)  # type: ignore[arg-type]  # each of its type
        dropped = RecordDropped(**subject)  # type: ignore[arg-type]  # each of its type
        return [parked, dropped, fact] if and_dropping_it else [parked, fact]

    return told_otherwise(change)


@pytest.mark.parametrize(("and_dropping_it", "found"), [(False, ["S7"]), (True, [])])
def test_s7_counts_a_parked_presence_as_held_until_it_is_dropped(
    and_dropping_it: bool, found: list[str]
) -> None:
    run = a_run()
    tamper = parking_a_higher_one(and_dropping_it=and_dropping_it)

    run.nodes[0].disguise = lambda node: TamperingNode(node, tamper)
    run.play()

    assert broken(run) == found
