"""L1 to L4, L7, L8: what has to happen in time once the faults stop, and who is too late."""

from collections.abc import Sequence

import pytest

from overlay import limits
from overlay.core.stages.anti_entropy import AntiEntropy
from overlay.core.stages.spreading import Spreading
from overlay.core.state.holdings import Item
from overlay.core.state.links import Link
from overlay.messages.gossip import Delta, Digest, Push
from overlay.messages.ids import LeafHash
from overlay.messages.routing import Relay
from overlay.messages.union import Message
from overlay.peering.effects import Dial
from simulations.checkers.liveness.conditions import Agreement, NotEclipsed, OneComponent
from simulations.checkers.liveness.deaths import FORGIVEN_MS
from simulations.decisions import Pause
from simulations.machines import Event, NodeHost, NodeMachine
from simulations.rules import Delayed, at_host
from simulations.scenario import Run
from tests.simulations.doubles import TamperingNode
from tests.simulations.small import a_run, lose_disk_at
from tests.simulations.tampers import (
    Effects,
    MishearingNode,
    misspeaking,
    unchanged,
)


def a_settled_run() -> Run:
    run = a_run()
    run.begin()
    return run


def replaced(host: NodeHost, machine: NodeMachine) -> None:
    """Have something else run on a host from now on."""
    assert host.process is not None
    host.process.machine = machine


def inside(host: NodeHost) -> NodeMachine:
    assert host.node is not None
    return host.node


def unmet(run: Run) -> list[str]:
    """What was too late, each once, and nothing unsafe."""
    assert run.violations == []
    return sorted({violation.checker for violation in run.liveness.close()})


# L1: agreement.


def test_nodes_agree_after_a_crash() -> None:
    run = a_settled_run()

    run.faults.crash(run.nodes[1], down_ms=500)
    run.pass_time(600)
    took_ms = run.liveness.wait_for(Agreement())

    assert unmet(run) == []
    assert run.liveness.numbers()["L1_ms"] == took_ms


def telling_nobody_what_it_was_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nodes spread nothing from now on but what is their own."""
    spreads = Spreading.spread

    def of_its_own(
        node: Spreading,
        items: Sequence[tuple[LeafHash, Item]],
        came_from: Link | None,
        now_ms: int,
    ) -> None:
        if came_from is None:
            spreads(node, items, came_from, now_ms)

    monkeypatch.setattr(Spreading, "spread", of_its_own)


@pytest.mark.parametrize(("do_compare", "found"), [(True, []), (False, ["L1"])])
def test_l1_catches_nodes_that_never_find_out_what_they_were_not_told(
    do_compare: bool, found: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = a_settled_run()
    telling_nobody_what_it_was_told(monkeypatch)
    if not do_compare:
        monkeypatch.setattr(AntiEntropy, "on_tick", lambda *_: None)

    run.world.kill(run.people[2])
    run.pass_time(100)
    took_ms = run.liveness.wait_for(Agreement())

    assert took_ms > 0
    assert unmet(run) == found


# L7: nobody is eclipsed.


class Deaf(MishearingNode):
    """A node that takes no news from anybody."""

    def hear(self, message: Message) -> Message | None:
        return None if isinstance(message, Push | Digest | Delta) else message


@pytest.mark.parametrize(("is_deaf", "found"), [(False, []), (True, ["L7"])])
def test_l7_catches_a_node_that_does_not_hear_its_neighbour(
    is_deaf: bool, found: list[str]
) -> None:
    run = a_settled_run()
    if is_deaf:
        replaced(run.nodes[0], Deaf(inside(run.nodes[0]), unchanged))

    run.world.kill(run.people[2])
    run.pass_time(100)
    run.liveness.wait_for(NotEclipsed())

    assert unmet(run) == found


def test_l7_does_not_ask_what_is_known_of_liars() -> None:
    run = a_settled_run()
    run.nodes[2].is_honest = False
    replaced(run.nodes[0], Deaf(inside(run.nodes[0]), unchanged))

    run.world.kill(run.people[2])
    run.pass_time(100)
    run.liveness.wait_for(NotEclipsed())

    assert unmet(run) == []


# L8: one component again.


def test_an_overlay_is_one_again_when_its_bridge_is_back() -> None:
    run = a_settled_run()

    run.faults.crash(run.nodes[1], down_ms=500)
    run.pass_time(600)
    took_ms = run.liveness.wait_for(OneComponent())

    assert unmet(run) == []
    assert 0 < took_ms < run.liveness.numbers()["L8_bound_ms"] == 10_000


def keeping_to_itself(_: Event, effects: Effects) -> Effects:
    """Dials nobody."""
    return [effect for effect in effects if not isinstance(effect, Dial)]


def test_l8_catches_nodes_that_do_not_heal() -> None:
    run = a_settled_run()
    for host in run.nodes:
        replaced(host, TamperingNode(inside(host), keeping_to_itself))

    run.faults.crash(run.nodes[1], down_ms=None)
    run.pass_time(100)
    run.liveness.wait_for(OneComponent())

    assert unmet(run) == ["L8"]


# L3: deaths, true and false.

PAUSE = Pause(host="node-2", for_ms=4_500)
"""Suspected after three seconds, and back before it is thought dead."""


def sees_alive(host: NodeHost, other: NodeHost) -> bool:
    census = host.census()
    return census is not None and other.key.id in census.alive


@pytest.mark.parametrize(("is_silent", "bound_ms"), [(False, 1_000), (True, 6_000)])
def test_a_crashed_node_is_derived_dead_everywhere_in_time(is_silent: bool, bound_ms: int) -> None:
    run = a_settled_run()
    run.liveness.begin(run.liveness.deaths)

    run.faults.crash(run.nodes[2], down_ms=None, is_silent=is_silent)
    run.pass_time(12_000)

    assert unmet(run) == []
    assert run.liveness.numbers()["L3_measured"] == 2
    numbers = run.liveness.numbers()
    assert 0 < numbers["L3_first_mean_ms"] <= numbers["L3_max_ms"] <= bound_ms


def test_l3_catches_a_node_that_does_not_notice_a_death() -> None:
    run = a_settled_run()
    run.liveness.begin(run.liveness.deaths)
    replaced(run.nodes[0], Deaf(inside(run.nodes[0]), unchanged))

    run.faults.crash(run.nodes[2], down_ms=None)
    run.pass_time(6_000)

    assert unmet(run) == ["L3"]


@pytest.mark.parametrize(("is_impatient", "found"), [(False, []), (True, ["L3"])])
def test_l3_catches_nodes_that_take_the_living_for_dead(
    is_impatient: bool, found: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = a_settled_run()
    run.pass_time(FORGIVEN_MS)
    if is_impatient:
        monkeypatch.setattr(limits, "SUSPECT_MS", 0)

    run.liveness.begin(run.liveness.deaths)
    run.faults.befall(PAUSE)
    run.pass_time(PAUSE.for_ms)

    assert unmet(run) == found


def test_l3_forgives_while_the_weather_was_bad_lately(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seed 2216 of swarm: links stay open during a cut, so they do not tell that it was one."""
    run = a_settled_run()
    slow = at_host("node-3", Delayed(1))
    run.world.weather.add(slow)
    run.pass_time(FORGIVEN_MS)
    run.world.lift(slow)
    run.pass_time(FORGIVEN_MS - PAUSE.for_ms - 1_000)
    monkeypatch.setattr(limits, "SUSPECT_MS", 0)

    run.liveness.begin(run.liveness.deaths)
    run.faults.befall(PAUSE)
    run.pass_time(PAUSE.for_ms)

    assert not sees_alive(run.nodes[0], run.nodes[1])
    assert unmet(run) == []


# L2: delivery.


def swallowing(said: Message) -> Sequence[Message]:
    """A black hole: it acks what it does not pass on."""
    return [] if isinstance(said, Relay) else [said]


@pytest.mark.parametrize(("is_black_hole", "found"), [(False, []), (True, ["L2"])])
def test_l2_catches_a_message_that_is_not_delivered_in_time(
    is_black_hole: bool, found: list[str]
) -> None:
    run = a_settled_run()
    north, _, south = run.people
    run.workload.say(north, south)
    run.pass_time(2_000)
    if is_black_hole:
        replaced(run.nodes[1], TamperingNode(inside(run.nodes[1]), misspeaking(swallowing)))

    run.liveness.begin(run.liveness.delivery)
    run.workload.say(north, south)
    run.pass_time(12_000)

    assert unmet(run) == found
    assert run.liveness.numbers().get("L2_measured", 0) == (not is_black_hole)
    assert counted(run) == {"L2_judged": 1, "L2_not_judged": 1, "L2_excused": 0}


@pytest.mark.parametrize(("has_lost_rows", "found"), [(True, []), (False, ["L2"])])
def test_l2_grants_the_wait_for_a_lost_parent_to_who_has_lost_rows(
    has_lost_rows: bool, found: list[str]
) -> None:
    """Seed 2015 of swarm."""
    run = a_settled_run()
    north, _, south = run.people
    run.workload.say(north, south)
    run.pass_time(2_000)
    lose_disk_at(run, south, 100)
    run.pass_time(4_000)
    south.disk.losses = int(has_lost_rows)

    run.liveness.begin(run.liveness.delivery)
    run.workload.say(north, south)
    run.pass_time(13_000)

    *_, last = run.sayings
    assert last.follows_gap
    assert unmet(run) == found
    excused = int(has_lost_rows)
    assert counted(run) == {"L2_judged": 1 - excused, "L2_not_judged": 1, "L2_excused": excused}


def counted(run: Run) -> dict[str, int]:
    """Of how many messages the bound was asked, and how many were left out."""
    numbers = run.liveness.delivery.numbers()
    return {name: numbers[name] for name in ("L2_judged", "L2_not_judged", "L2_excused")}


# L4: roaming.


@pytest.mark.parametrize(("is_uninformed", "found"), [(False, []), (True, ["L4"])])
def test_l4_catches_a_client_that_nobody_finds_at_its_new_home(
    is_uninformed: bool, found: list[str]
) -> None:
    run = a_settled_run()
    run.pass_time(limits.HOMES_EVERY_MS)
    run.liveness.begin(run.liveness.roaming)

    if is_uninformed:
        replaced(run.nodes[0], Deaf(inside(run.nodes[0]), unchanged))
    run.faults.crash(run.nodes[2], down_ms=None)
    run.pass_time(12_000)

    assert unmet(run) == found
    assert run.liveness.numbers()["L4_measured"] == 1
