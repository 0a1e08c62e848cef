"""S9: what was accepted and nobody keeps any more is lost; what somebody keeps is only late."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from overlay.client.durable.rows import outbox_key
from overlay.client.facts import MessageArrived
from overlay.client.parts.outbox import Sayings
from overlay.client.requests import MessageId
from overlay.core.stages.delivery import Delivery
from overlay.peering.effects import Persist
from simulations.checkers.losses import OPENED
from simulations.machines import Effect, Event
from simulations.report import HOLDS, UNMET, UNSAFE, Result
from simulations.sayings import Saying
from simulations.scenario import Run
from tests.simulations.doubles import Tampering
from tests.simulations.small import a_run, broken
from tests.simulations.tampers import told_otherwise

on_accepted = Sayings.on_accepted


def letting_go(sayings: Sayings, message: MessageId) -> None:
    """A client that keeps nothing any more that its home holds."""
    on_accepted(sayings, message)
    entry = sayings._outbox.get(message)
    if entry is not None:
        sayings._outbox.remove(entry)
        sayings._ledger.forget(outbox_key(message))


def accepted_for_somebody_away(run: Run) -> Saying:
    """The two know each other; then bob is gone for a while, and his mail waits at alice's home."""
    run.begin()
    alice, bob, _ = run.people
    run.workload.say(alice, bob)
    run.pass_time(5_000)
    run.faults.crash(bob, down_ms=30_000)
    saying = run.workload.say(alice, bob)
    run.pass_time(5_000)
    assert saying.is_accepted
    return saying


def found_in(run: Run) -> tuple[int, list[str], list[str]]:
    """The exit code, and what checkers found: of safety, and of what was waited for."""
    waited_for = sorted({each.checker for each in run.unmet})
    return Result(run, 0).exit_code, broken(run), waited_for


@pytest.mark.parametrize("is_let_go", [False, True])
def test_s9_catches_a_client_that_lets_go_of_what_its_home_then_loses(
    is_let_go: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = a_run()
    if is_let_go:
        monkeypatch.setattr(Sayings, "on_accepted", letting_go)
    saying = accepted_for_somebody_away(run)
    assert saying.kept_at is not None

    run.faults.crash(run.world.hosts[saying.kept_at[0]], down_ms=1_000)
    run.calm()

    assert found_in(run) == ((UNSAFE, ["S9"], []) if is_let_go else (HOLDS, [], []))
    assert (saying.delivered_ms is None) is is_let_go
    assert [each.detail.count(saying.text[:60]) for each in run.violations] == [1] * is_let_go


@pytest.mark.parametrize("is_let_go", [False, True])
def test_what_a_home_keeps_and_never_brings_is_a_matter_of_liveness(
    is_let_go: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = a_run()
    if is_let_go:
        monkeypatch.setattr(Sayings, "on_accepted", letting_go)
    accepted_for_somebody_away(run)

    monkeypatch.setattr(Delivery, "_attempt", lambda *_: [])
    run.calm()

    assert found_in(run) == (UNMET, [], ["liveness"])


def test_what_its_origin_alone_keeps_is_not_lost_while_no_home_runs() -> None:
    run = a_run()
    saying = accepted_for_somebody_away(run)
    alice = run.people[0]

    for host in run.nodes:
        run.faults.crash(host, down_ms=None)
    kept = run.losses.judge([saying], run.world.now_ms)
    run.faults.crash(alice, down_ms=None)
    kept_by_nobody = run.losses.judge([saying], run.world.now_ms)

    assert (kept, kept_by_nobody) == ([saying], [])
    assert broken(run) == ["S9"]


@pytest.mark.parametrize(
    ("is_kept", "found"),
    [(True, (UNMET, [], ["liveness"])), (False, (UNSAFE, ["S9"], []))],
)
def test_s9_catches_a_client_that_receipts_what_it_neither_shows_nor_keeps(
    is_kept: bool, found: tuple[int, list[str], list[str]]
) -> None:
    run = a_run()
    bob, unshown = run.people[1], list[str]()

    def tamper(event: Event, effects: Sequence[Effect]) -> Sequence[Effect]:
        effects = told_otherwise(
            lambda fact: [] if isinstance(fact, MessageArrived) and fact.text in unshown else [fact]
        )(event, effects)
        return [
            replace(effect, rows=[row for row in effect.rows if row.table not in OPENED])
            if unshown and not is_kept and isinstance(effect, Persist)
            else effect
            for effect in effects
        ]

    bob.disguise = lambda client: Tampering(client, tamper)
    unshown.append(accepted_for_somebody_away(run).text)
    run.calm()

    assert found_in(run) == found
