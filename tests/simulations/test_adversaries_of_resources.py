"""Adversaries against what nodes have to give: each scenario holds, and would notice if not."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from overlay import limits
from overlay.core.state.answers import Answers
from overlay.core.state.shares import Shares
from overlay.core.state.units import Units
from overlay.messages.clients import Submit
from overlay.messages.gossip import Digest, DigestWanted
from overlay.messages.union import Message
from overlay.peering.effects import Send
from overlay.peering.events import FrameReceived, LinkId
from overlay.wire.codec import decode_frame, encode_frame
from simulations.machines import Event, NodeMachine
from simulations.report import HOLDS, Result
from simulations.scenario import Options, Run
from simulations.scenarios import SCENARIOS, flooders
from tests.simulations.doubles import TamperingNode
from tests.simulations.tampers import Effects, MishearingNode, unchanged


def a_run(name: str, nodes: int | None = None, length_ms: int | None = None) -> Run:
    return Run(SCENARIOS[name], Options(seed=1, nodes=nodes, length_ms=length_ms))


def found(run: Run) -> list[str]:
    """What did not hold, without its time."""
    return [f"{each.checker}: {each.detail}" for each in (*run.violations, *run.unmet)]


def holds(run: Run) -> bool:
    run.play()
    assert found(run) == []
    return Result(run, wall_ms=0).exit_code == HOLDS


# Amplification.


class Generous(TamperingNode):
    """A node that answers every question for a digest, as often as it is put."""

    def __init__(self, inside: NodeMachine) -> None:
        super().__init__(inside, unchanged)
        self._digest: Digest | None = None

    def handle(self, event: Event, now_ms: int) -> Effects:
        effects = list(super().handle(event, now_ms))
        for effect in effects:
            if isinstance(effect, Send):
                self._note(decode_frame(effect.data))
        if isinstance(event, FrameReceived):
            effects += self._answers(event.link, decode_frame(event.data))
        return effects

    def _note(self, messages: Sequence[Message]) -> None:
        for message in messages:
            if isinstance(message, Digest):
                self._digest = message

    def _answers(self, link: LinkId, messages: Sequence[Message]) -> Effects:
        digest = self._digest
        wanted = [message for message in messages if isinstance(message, DigestWanted)]
        return [Send(link, encode_frame(digest)) for _ in wanted] if digest is not None else []


def test_a_member_that_asks_and_asks_is_answered_less_than_it_sends() -> None:
    run = a_run("amplification", nodes=6, length_ms=6_000)

    assert holds(run)
    assert run.measured["flood_liar_bytes"] > run.measured["drip_liar_bytes"] > 0


def test_nodes_that_answer_without_end_are_noticed() -> None:
    run = a_run("amplification", nodes=6, length_ms=6_000)
    for host in run.nodes:
        host.disguise = Generous

    run.play()

    assert any("x the bytes of who asks" in each for each in found(run))


# Floods.

UNITS_FEW = 48
"""A table of units that a flood of two seconds fills."""


def test_others_do_not_notice_when_a_client_and_a_member_flood() -> None:
    run = a_run("flooders", nodes=14, length_ms=2_000)

    assert holds(run)
    assert run.measured["questions_refused"] > 50


def a_short_flood(monkeypatch: pytest.MonkeyPatch) -> Run:
    """It goes on for as long as people talk, and for as long as what they say may take."""
    monkeypatch.setattr(flooders, "DELIVERY_MS_MAX", 1_000)
    return a_run("flooders", nodes=14, length_ms=1_000)


def test_nodes_that_answer_a_client_as_often_as_it_asks_are_noticed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = a_short_flood(monkeypatch)

    monkeypatch.setattr(Answers, "wait_ms", lambda *_: 0)
    monkeypatch.setattr(Shares, "exceeded", lambda *_: None)
    run.play()

    assert any("the flood is refused" in each for each in found(run))


def first_come(units: Units, *_: object) -> tuple[bool, None]:
    """A full table has room for nobody, whoever has filled it."""
    return len(units) < UNITS_FEW, None


@pytest.mark.parametrize("is_fair", [True, False])
def test_nodes_whose_tables_somebody_may_fill_alone_are_noticed(
    is_fair: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "UNITS_MAX", UNITS_FEW)
    run = a_short_flood(monkeypatch)
    if is_fair:
        assert holds(run)
        return

    monkeypatch.setattr(Units, "make_room", first_come)
    run.play()

    assert any("others keep their goodput" in each for each in found(run))


# Mailboxes.


def test_a_client_that_fills_mailboxes_leaves_room_for_others() -> None:
    run = a_run("mailbox_theft", length_ms=2_000)

    assert holds(run)
    assert run.measured["refused_for_quota"] > 0
    assert run.measured["refused_as_unknown"] > 0


class Full(MishearingNode):
    """A home that has no room left for anybody once it has had a few hundred envelopes."""

    taken = 0

    def hear(self, message: Message) -> Message | None:
        self.taken += isinstance(message, Submit)
        return None if isinstance(message, Submit) and self.taken > 300 else message


def test_a_home_that_leaves_no_room_is_noticed() -> None:
    run = a_run("mailbox_theft", length_ms=2_000)
    for host in run.nodes:
        host.disguise = lambda node: Full(node, unchanged)

    run.play()

    assert any("what others write is kept" in each for each in found(run))


# Sybils.


def test_honest_nodes_do_not_notice_strangers_at_their_doors() -> None:
    run = a_run("sybils", nodes=17, length_ms=1_000)

    assert holds(run)
    assert run.measured["sybils"] == 68
    assert run.measured["sybils_proved"] > 0


def test_nodes_that_admit_everybody_are_noticed() -> None:
    run = a_run("sybils", nodes=9, length_ms=1_000)
    for host in run.nodes:
        host.settings = replace(host.settings, admission="open")
    run.play()

    assert any("none of them is a member" in each for each in found(run))
