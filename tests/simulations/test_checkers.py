"""Each checker catches a machine that breaks its invariant, and no other complains of that."""

from collections.abc import Sequence
from dataclasses import replace
from random import Random

import pytest

from overlay import limits
from overlay.client.facts import ChannelMessageArrived, MessageArrived
from overlay.client.state.ourselves import Ourselves
from overlay.core.facts import RecordApplied
from overlay.core.requests import NodeStatus
from overlay.messages.ids import Incarnation, LeafHash, NodeId
from overlay.messages.records import Presence
from overlay.peering.effects import Persist, Send
from overlay.peering.statements import Verified
from overlay.structures.window import ReplayWindow
from simulations.checkers.base import Fact
from simulations.machines import Effect, Event, Machine, NodeMachine
from tests.simulations.doubles import Tamper, Tampering, TamperingNode
from tests.simulations.small import a_run, broken, crash_at, saying_two_things
from tests.simulations.tampers import Effects, told_otherwise


def test_a_healthy_world_breaks_nothing() -> None:
    run = a_run()

    run.play()

    assert run.violations == []
    assert run.unmet == []
    assert len(run.sayings) > 10


# S2, S3: what is shown and applied.


def test_s3_catches_a_client_that_takes_one_person_for_another() -> None:
    run = a_run()
    alice, bob, carol = run.people
    ids = {host.identity.client for host in (bob, carol)}

    def mistaken(fact: Fact) -> Sequence[Fact]:
        if isinstance(fact, MessageArrived):
            (other,) = ids - {fact.origin}
            return [replace(fact, origin=other)]
        return [fact]

    alice.disguise = lambda client: Tampering(client, told_otherwise(mistaken))
    run.play()

    assert broken(run) == ["S3"]


@pytest.mark.parametrize(
    ("kind", "invariants"), [(MessageArrived, ["S3", "S9"]), (ChannelMessageArrived, ["S3"])]
)
def test_s3_catches_a_client_that_shows_what_nobody_said(
    kind: type[Fact], invariants: list[str]
) -> None:
    """What was said instead, and accepted, is lost as well."""
    run = a_run()

    def inventive(fact: Fact) -> Sequence[Fact]:
        match fact:
            case MessageArrived(text=text) | ChannelMessageArrived(text=text):
                if isinstance(fact, kind):
                    return [replace(fact, text=f"{text}!")]
            case _:
                pass
        return [fact]

    run.people[0].disguise = lambda client: Tampering(client, told_otherwise(inventive))
    run.play()

    assert broken(run) == invariants


def test_s3_catches_a_node_that_applies_a_record_which_nobody_signed() -> None:
    run = a_run()
    forged = LeafHash("f" * 43)

    def credulous(fact: Fact) -> Sequence[Fact]:
        if isinstance(fact, RecordApplied) and fact.kind in ("presence", "account"):
            return [fact, replace(fact, leaf=forged)]
        return [fact]

    run.nodes[0].disguise = lambda node: TamperingNode(node, told_otherwise(credulous))
    run.play()

    assert broken(run) == ["S3"]


def test_s2_catches_a_client_that_shows_a_message_twice() -> None:
    run = a_run()

    def repetitive(fact: Fact) -> Sequence[Fact]:
        is_shown = isinstance(fact, MessageArrived | ChannelMessageArrived)
        return [fact, fact] if is_shown else [fact]

    run.people[0].disguise = lambda client: Tampering(client, told_otherwise(repetitive))
    run.play()

    assert broken(run) == ["S2"]


def test_s2_catches_a_client_that_shows_a_text_again_under_another_number() -> None:
    run = a_run()

    def renumbering(fact: Fact) -> Sequence[Fact]:
        if isinstance(fact, MessageArrived):
            return [fact, replace(fact, index=fact.index + 1_000)]
        return [fact]

    run.people[0].disguise = lambda client: Tampering(client, told_otherwise(renumbering))
    run.play()

    assert broken(run) == ["S2"]


# S4: counters and incarnations.


@pytest.mark.parametrize(("is_forgetful", "found"), [(False, []), (True, ["S4"])])
def test_s4_catches_nodes_whose_replay_windows_forget(
    is_forgetful: bool, found: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = a_run()
    if is_forgetful:
        monkeypatch.setattr(ReplayWindow, "is_fresh", lambda *_: True)

    client = saying_two_things(run)

    assert client.lies == 3
    assert client.caught == (0 if is_forgetful else 3)
    assert broken(run) == found


@pytest.mark.parametrize("was_lost", [False, True])
def test_s4_catches_a_client_that_counts_anew_at_each_home(
    was_lost: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its next home has not heard those counters; of who has lost its disk nobody can ask more."""
    run = a_run()
    signs = Ourselves.sign_presence

    def counting_anew(
        client: Ourselves, home: NodeId, home_incarnation: Incarnation, bundle: LeafHash
    ) -> Verified[Presence]:
        presence = signs(client, home, home_incarnation, bundle)
        client._counter = 1
        return presence

    monkeypatch.setattr(Ourselves, "sign_presence", counting_anew)
    for host in run.people:
        host.disk.losses = int(was_lost)
    crash_at(run, run.nodes[2], 4_000)
    run.play()

    assert broken(run) == ([] if was_lost else ["S4"])


def test_s4_catches_a_node_that_forgets_its_incarnation_in_a_crash() -> None:
    run = a_run()

    def forgetful(_: Event, effects: Effects) -> Effects:
        return [without_incarnation(effect) for effect in effects]

    run.nodes[1].disguise = lambda node: TamperingNode(node, forgetful)
    crash_at(run, run.nodes[1], 5_000)
    run.play()

    assert broken(run) == ["S4"]


def without_incarnation(effect: Effect) -> Effect:
    if not isinstance(effect, Persist):
        return effect
    rows = [row for row in effect.rows if (row.table, row.key) != ("node", "incarnation")]
    return Persist(rows, effect.ticket)


# S7: presences.


def test_s7_catches_a_node_that_goes_back_to_an_older_presence() -> None:
    run = a_run()
    first: dict[str, RecordApplied] = {}

    def nostalgic(fact: Fact) -> Sequence[Fact]:
        if not isinstance(fact, RecordApplied) or fact.kind != "presence":
            return [fact]
        oldest = first.setdefault(fact.signer, fact)
        return [fact] if oldest is fact else [fact, oldest]

    run.nodes[0].disguise = lambda node: TamperingNode(node, told_otherwise(nostalgic))
    crash_at(run, run.people[2], 5_000)
    run.play()

    assert broken(run) == ["S7"]


# S8: bounds.


def test_s8_catches_a_node_that_sends_more_than_a_frame_holds() -> None:
    run = a_run()

    def verbose(_: Event, effects: Effects) -> Effects:
        return [
            Send(effect.link, effect.data.ljust(limits.FRAME_BYTES_MAX + 1))
            if isinstance(effect, Send)
            else effect
            for effect in effects
        ]

    run.nodes[0].disguise = lambda node: TamperingNode(node, verbose)
    run.play()

    assert broken(run) == ["S8"]


def test_s8_catches_a_node_whose_tables_have_no_bound() -> None:
    run = a_run()
    run.nodes[0].disguise = Hoarding
    run.play()

    assert broken(run) == ["S8"]


class Hoarding(TamperingNode):
    """A node that forgets nothing."""

    def __init__(self, inside: NodeMachine) -> None:
        super().__init__(inside, lambda _, effects: effects)

    def snapshot(self) -> NodeStatus:
        return replace(super().snapshot(), parked_records=limits.PARKED_MAX + 1)


# S11: determinism.


def test_s11_two_runs_of_one_seed_have_one_digest_and_of_two_seeds_two() -> None:
    runs = [a_run(seed=1), a_run(seed=1), a_run(seed=2)]

    for run in runs:
        run.play()

    digests = [run.world.trace.digest for run in runs]
    assert digests[0] == digests[1]
    assert digests[0] != digests[2]


def test_s11_catches_a_machine_that_draws_from_elsewhere() -> None:
    runs = [a_run(), a_run()]

    for run in runs:
        unseeded = Random()
        run.nodes[0].disguise = lambda node, unseeded=unseeded: TamperingNode(  # type: ignore[misc]  # bound to this run's
            node, moody(unseeded)
        )
        run.play()

    assert runs[0].world.trace.digest != runs[1].world.trace.digest


def moody(random: Random) -> Tamper:
    def tamper(_: Event, effects: Effects) -> Effects:
        return [
            Send(effect.link, effect.data + b" " * random.randrange(1_000))
            if isinstance(effect, Send)
            else effect
            for effect in effects
        ]

    return tamper


# Machines that are defective altogether.


def test_a_machine_that_raises_is_found_out() -> None:
    run = a_run()

    def fragile(event: Event, effects: Effects) -> Effects:
        raise ZeroDivisionError(f"{type(event).__name__}, {len(effects)}")

    run.nodes[2].disguise = lambda node: TamperingNode(node, fragile)
    run.world.start(run.nodes[2])
    run.pass_time(1_000)

    assert broken(run) == ["defect"]
    assert run.nodes[2].process is None


def test_a_machine_that_cannot_start_from_its_disk_is_found_out() -> None:
    run = a_run()

    def broken_at_birth(_: NodeMachine) -> NodeMachine:
        raise ZeroDivisionError

    run.nodes[2].disguise = broken_at_birth
    run.world.start(run.nodes[2])

    assert broken(run) == ["defect"]
    assert not run.nodes[2].is_up


def test_a_machine_that_wants_to_be_woken_for_ever_is_found_out() -> None:
    run = a_run()
    run.people[0].disguise = Restless
    run.world.start(run.people[0])
    run.pass_time(1_000)

    assert broken(run) == ["defect"]


class Restless(Tampering):
    """A machine whose deadline is always now."""

    def __init__(self, inside: Machine) -> None:
        super().__init__(inside, lambda _, effects: effects)

    def next_deadline_ms(self) -> int | None:
        return 0


# Liveness.


def test_a_message_that_never_arrives_is_noted_after_the_bound() -> None:
    run = a_run()

    def deaf(fact: Fact) -> Sequence[Fact]:
        return [] if isinstance(fact, MessageArrived) else [fact]

    run.people[0].disguise = lambda client: Tampering(client, told_otherwise(deaf))
    run.play()

    assert run.violations == []
    assert {unmet.checker for unmet in run.unmet} == {"liveness", "L2"}
    undelivered = [unmet.detail for unmet in run.unmet if unmet.checker == "liveness"]
    assert "every message that was accepted is delivered" in undelivered[0]
    assert "every message is delivered" in undelivered[1]
