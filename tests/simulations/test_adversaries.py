"""Adversaries against routing and membership: each scenario holds, and would notice if not."""

from collections.abc import Sequence

import pytest

from overlay.client.facts import Attached
from overlay.core.ranking import NextHops
from overlay.core.state.topology import Topology
from overlay.messages.clients import Submit
from overlay.messages.gossip import Announce, Delta, Digest, Push
from overlay.messages.ids import NodeId
from overlay.messages.routing import ATTEMPTS_COUNTED, Relay
from overlay.messages.union import Message
from overlay.structures.reach import Ties
from simulations.machines import Event
from simulations.report import HOLDS, Result
from simulations.scenario import Options, Run
from simulations.scenarios import SCENARIOS, droppers, link_liars
from tests.simulations.doubles import Tampering, TamperingNode
from tests.simulations.tampers import Effects, misspeaking


def a_run(
    name: str, nodes: int | None = None, length_ms: int | None = None, *, seed: int = 1
) -> Run:
    return Run(SCENARIOS[name], Options(seed=seed, nodes=nodes, length_ms=length_ms))


def found(run: Run) -> list[str]:
    """What did not hold, without its time."""
    return [f"{each.checker}: {each.detail}" for each in (*run.violations, *run.unmet)]


def holds(run: Run) -> bool:
    run.play()
    assert found(run) == []
    return Result(run, wall_ms=0).exit_code == HOLDS


# Nodes that drop everything.


@pytest.mark.parametrize("does_remember", [True, False])
def test_nodes_that_forget_where_earlier_attempts_went_are_noticed(
    does_remember: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(droppers, "TALK_MS", 600)
    monkeypatch.setattr(droppers, "LISTEN_MS", 15_000)
    monkeypatch.setattr(droppers, "BARS", droppers.BARS[-1:])
    run = a_run("droppers", nodes=24)
    if does_remember:
        assert holds(run)
        assert run.measured["dropping_20_percent_at_once"] < 60
        return

    monkeypatch.setattr(NextHops, "_used", lambda *_: {})
    monkeypatch.setattr(NextHops, "judge", lambda *_, **__: None)
    run.play()

    assert any("% delivered in" in each for each in found(run))


# Grey holes.


def test_what_is_written_past_nodes_that_drop_what_they_choose_finds_other_ways() -> None:
    run = a_run("grey_holes", nodes=24, length_ms=2_000)

    assert holds(run)
    assert run.measured["grey_dropped"] > 0
    assert run.measured["victim_dropped"] > 0


def once(said: Message) -> Sequence[Message]:
    """Makes no second attempt."""
    is_later = isinstance(said, Relay) and said.attempt % ATTEMPTS_COUNTED > 1
    return [] if is_later else [said]


def test_homes_that_make_one_attempt_are_noticed() -> None:
    run = a_run("grey_holes", nodes=24, length_ms=800)
    for host in run.nodes:
        host.disguise = lambda node: TamperingNode(node, misspeaking(once))

    run.play()

    assert any("delivered in" in each for each in found(run))


# A home that silences one of its clients.


def test_who_is_silenced_by_their_home_is_heard_at_the_next_one() -> None:
    run = a_run("censoring_home")

    assert holds(run)
    assert run.measured["said_and_withheld"] == 20
    assert run.measured["heard_after_ms"] < 10_000


class Forgetful(Tampering):
    """A client that submits nothing at its second home."""

    homes = 0

    def handle(self, event: Event, now_ms: int) -> Effects:
        effects = super().handle(event, now_ms)
        self.homes += sum(isinstance(getattr(each, "fact", None), Attached) for each in effects)
        return effects


def test_a_client_that_keeps_nothing_for_its_next_home_is_noticed() -> None:
    run = a_run("censoring_home")
    silent = misspeaking(lambda said: [] if isinstance(said, Submit) else [said])
    runs: list[Forgetful] = []

    def disguise(client: object) -> Forgetful:
        runs.append(Forgetful(client, silent if runs else lambda _, effects: effects))  # type: ignore[arg-type]  # a client
        return runs[-1]

    run.people[0].disguise = disguise
    run.play()

    assert any("what was withheld has arrived" in each for each in found(run))


# Lies about links.


@pytest.mark.parametrize(("nodes", "seed"), [(24, 1), (20, 3)])
def test_what_others_say_of_their_links_changes_no_way_between_honest_nodes(
    nodes: int, seed: int
) -> None:
    """docs/simulation.md, "What sweeps have found": in both ways led over liars."""
    run = a_run("link_liars", nodes=nodes, length_ms=600, seed=seed)

    assert holds(run)
    assert run.measured["claiming_led_over_liars"] == 0
    assert run.measured["hiding_led_over_liars"] == 0
    assert run.measured["agreeing_led_over_liars"] > 0


def believing_whoever_claims(topology: Topology, node: NodeId, **_: object) -> Ties[NodeId]:
    """A link counts as soon as one end names it."""
    named = (other for other in topology.links_of(node) if other != node)
    return Ties(tuple(other for other in named if topology.get(other) is not None), do_count=True)


def test_nodes_that_believe_claims_which_nobody_returns_are_noticed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(link_liars, "DELIVERY_MS_MAX", 1_000)
    monkeypatch.setattr(link_liars, "AGREED_LISTEN_MS", 0)
    run = a_run("link_liars", nodes=20, length_ms=300)

    monkeypatch.setattr(Topology, "_tie", believing_whoever_claims)
    run.play()

    for lie in ("claiming", "hiding"):
        assert any(f"{lie}: hardly any way leads over a liar" in each for each in found(run))
        assert run.measured[f"{lie}_led_over_liars"] > 0


# Eclipses.


def test_a_node_with_one_honest_neighbour_is_not_eclipsed() -> None:
    run = a_run("eclipse", nodes=16)

    assert holds(run)
    assert run.measured["records_hidden"] > 0


def test_nodes_that_tell_a_newcomer_nothing_are_noticed() -> None:
    run = a_run("eclipse", nodes=16)

    def taciturn(said: Message) -> Sequence[Message]:
        is_news = isinstance(said, Push | Delta | Announce | Digest)
        return [] if is_news and run.director.begun_ms is not None else [said]

    for host in run.nodes:
        host.disguise = lambda node: TamperingNode(node, misspeaking(taciturn))
    run.play()

    assert any("the victim sees all that is honest" in each for each in found(run))
