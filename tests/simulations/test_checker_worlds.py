"""S9 and S10: what a crash does to others, and what nodes that know the same make of it."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from overlay import limits
from overlay.client.facts import Detached, MessageArrived
from overlay.client.state.ourselves import Ourselves
from overlay.client.state.outbox import Outbox
from overlay.core.effects import Report
from overlay.core.facts import LinkLost
from overlay.core.requests import NodeStatus
from overlay.messages.ids import Counter
from overlay.peering.effects import CloseLink
from overlay.peering.events import LinkId
from simulations.checkers.agreement import AgreementChecker
from simulations.checkers.base import Fact
from simulations.machines import Event, NodeMachine
from tests.simulations.doubles import Tampering, TamperingNode
from tests.simulations.small import a_run, broken, crash_at
from tests.simulations.tampers import Effects, told_otherwise, unchanged

LOOKED_MS = 10_000
"""Until checkers have looked at what people were told."""

# S9.


def test_the_clients_of_a_node_that_crashes_lose_it_and_nobody_else_does() -> None:
    run = a_run()

    crash_at(run, run.nodes[2], 4_000)
    run.play()

    assert run.violations == []
    assert run.world.sometimes["client lost its home to a fault"] == 1


def panicking(_: Event, effects: Effects) -> Effects:
    """Closes every link of its own when a neighbour is lost."""
    has_lost = any(isinstance(e, Report) and isinstance(e.fact, LinkLost) for e in effects)
    closes = [CloseLink(LinkId(link), "stopping") for link in range(1, 20)]
    return [*effects, *closes] if has_lost else effects


def test_s9_catches_a_node_that_lets_go_of_its_clients_when_a_neighbour_crashes() -> None:
    run = a_run()

    run.nodes[1].disguise = lambda node: TamperingNode(node, panicking)
    crash_at(run, run.nodes[2], 4_000)
    run.play()

    assert broken(run) == ["S9"]


def test_s9_catches_a_client_that_leaves_its_home_without_need() -> None:
    run = a_run()

    def flighty(fact: Fact) -> Sequence[Fact]:
        return [fact, Detached(reason="bored")] if isinstance(fact, MessageArrived) else [fact]

    run.people[0].disguise = lambda client: Tampering(client, told_otherwise(flighty))
    run.play()

    assert broken(run) == ["S9"]


def test_s9_catches_a_message_that_fails_though_nothing_befell_its_speaker(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whoever gives everything one counter is refused, in the end for good."""
    run = a_run()
    run.begin()

    monkeypatch.setattr(Ourselves, "next_counter", lambda _: Counter(1))
    run.workload.say_in(run.people[0], run.channel)
    run.workload.say_in(run.people[0], run.channel)
    run.pass_time(LOOKED_MS)

    assert broken(run) == ["S9"]
    assert [saying.failed for saying in run.sayings] == [None, "replayed"]


@pytest.mark.parametrize(("is_crashed", "found"), [(False, ["S9"]), (True, [])])
def test_s9_catches_a_client_that_takes_nothing_though_nothing_befell_its_people(
    is_crashed: bool, found: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = a_run()
    alice, bob, carol = run.people
    run.begin()

    monkeypatch.setattr(Outbox, "__len__", lambda _: limits.OUTBOX_ENTRIES_MAX)
    if is_crashed:
        run.faults.crash(carol, down_ms=1_000)
    run.workload.say(alice, carol)
    run.pass_time(LOOKED_MS)

    assert alice.is_up
    assert bob.is_up
    assert broken(run) == found
    assert {saying.declined for saying in run.sayings} == {"quota"}


# What is rare is counted by name.


def test_rare_things_are_counted_and_what_never_happened_is_named() -> None:
    run = a_run()

    crash_at(run, run.nodes[2], 4_000)
    run.play()

    assert run.world.sometimes["parked record released"] > 0
    assert run.world.sometimes["node gone with a reset"] == 1
    assert run.world.sometimes["parked presence dropped"] == 0
    assert "parked presence dropped" in run.world.sometimes


def test_what_a_checker_counts_it_has_to_name() -> None:
    with pytest.raises(AssertionError, match="not among the branches"):
        AgreementChecker().sometimes("once in a blue moon")


# S10.


def test_nodes_that_know_the_same_are_compared() -> None:
    run = a_run()

    run.play()

    assert run.violations == []
    assert run.world.sometimes["equal roots"] > 0


class Opinionated(TamperingNode):
    """A node that counts one member out, or one client more, than its records say."""

    def __init__(self, inside: NodeMachine, *, about_lives: bool) -> None:
        super().__init__(inside, unchanged)
        self._about_lives = about_lives

    def snapshot(self) -> NodeStatus:
        status = super().snapshot()
        if self._about_lives:
            *others, last = status.members
            return replace(status, members=(*others, replace(last, is_alive=not last.is_alive)))
        return replace(status, clients_reachable=status.clients_reachable + 1)


@pytest.mark.parametrize("about_lives", [True, False])
def test_s10_catches_a_node_that_draws_other_conclusions(about_lives: bool) -> None:
    run = a_run()
    run.begin()

    status = run.nodes[0].node
    assert status is not None
    inside = run.nodes[0].process
    assert inside is not None
    inside.machine = Opinionated(status, about_lives=about_lives)
    run.pass_time(6_000)

    assert broken(run) == ["S10"]


def test_s10_catches_two_directories_under_one_root() -> None:
    run = a_run()
    run.begin()
    checker, (first, *_) = AgreementChecker(), run.nodes
    census = first.census()
    assert census is not None
    other = replace(census, clients={**census.clients, census.id: 3})

    checker.compare("north", census, "south", other, 0)

    assert census.root == other.root
    assert [violation.checker for violation in checker.violations] == ["S10"]
