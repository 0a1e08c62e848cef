"""What sweeps over seeds have found: each stays a test."""

from pathlib import Path
from random import Random

import pytest

from overlay import limits
from overlay.client.durable.rows import held_row, untaken_row
from overlay.client.durable.values import Arrival, UntakenRow
from overlay.client.facts import MessageArrived
from overlay.core.facts import EnvelopeSettled
from overlay.core.state.mailbox import Attempts
from overlay.messages.clients import Find, Found
from overlay.messages.routing import ATTEMPTS_COUNTED
from overlay.peering.effects import Persist
from overlay.peering.events import LinkId, LinkOpened, Ticket, Wake
from simulations.checkers.answers import AnswersChecker
from simulations.checkers.base import Fact
from simulations.checkers.shown import TAKEN_MS
from simulations.decisions import Crash, Meddle, Pause
from simulations.machines import Host
from simulations.playing import replay
from simulations.recording import load
from simulations.scenario import Run
from tests.simulations.doubles import a_pair
from tests.simulations.small import a_run, broken

FOUND = Path(__file__).parent / "found"
"""Runs as they were found and made smaller, in which something broke."""


@pytest.mark.parametrize("name", sorted(path.name for path in FOUND.iterdir()))
def test_what_broke_once_holds(name: str) -> None:
    result = replay(load(FOUND / name))

    assert [str(each) for each in result.broken] == []


def shown_to(run: Run, reader: Host, *, refusing: int = 0) -> list[MessageArrived]:
    """What a host shows from now on; its disk refuses so many commits after each."""
    shown: list[MessageArrived] = []

    def note(host: Host, fact: Fact, _now_ms: int) -> None:
        if host is reader and isinstance(fact, MessageArrived):
            shown.append(fact)
            host.disk.refusals = refusing

    run.world.listeners.append(note)
    return shown


def test_a_crash_between_keeping_a_message_and_forgetting_that_it_waited_shows_it_once() -> None:
    """Seed 186 of swarm: S2, a message shown twice after a start.

    A message that waited for a parent is shown: its row of untaken ones is
    written, its row of waiting ones deleted, in two commits.
    """
    run = a_run()
    run.begin()
    alice, bob, _ = run.people
    shown = shown_to(run, bob)
    run.workload.say(alice, bob)
    run.pass_time(5_000)
    (fact,) = shown

    run.world.kill(bob)
    arrival = arrival_of(fact, run)
    rows = [untaken_row(UntakenRow(order=1, arrival=arrival, follows_gap=False)), held_row(arrival)]
    bob.disk.perform(Persist(rows, Ticket(1)), run.world.calendar, lambda _: None)
    run.pass_time(100)
    run.world.start(bob)
    run.pass_time(5_000)

    assert len(shown) == 2
    assert [row.table for row in bob.disk.rows() if row.table in ("untaken", "held_messages")] == []


def test_who_was_paused_since_the_disk_was_full_may_show_again_what_was_not_taken() -> None:
    """Seed 370 of swarm: S2 counted the time in which a process was paused as time to take it."""
    run = a_run()
    run.begin()
    alice, bob, _ = run.people
    shown = shown_to(run, bob, refusing=2)
    run.workload.say(alice, bob)
    run.pass_time(500)
    assert len(shown) == 1

    run.faults.befall(Pause(host=bob.name, for_ms=60_000, wakes_first=False))
    run.pass_time(TAKEN_MS + 1_000)
    run.world.kill(bob)
    run.world.start(bob)
    run.pass_time(5_000)

    assert len(shown) == 2
    assert broken(run) == []


def test_what_a_full_disk_refused_is_durable_soon_after() -> None:
    run = a_run()
    run.begin()
    alice, bob, _ = run.people
    shown = shown_to(run, bob, refusing=2)
    run.workload.say(alice, bob)
    run.pass_time(500 + TAKEN_MS)

    run.world.kill(bob)
    run.world.start(bob)
    run.pass_time(5_000)

    assert len(shown) == 1


def arrival_of(fact: MessageArrived, run: Run) -> Arrival:
    return Arrival(
        origin=fact.origin,
        chain=fact.chain,
        index=fact.index,
        conversation=fact.conversation,
        account=run.people[0].identity.account,
        person=fact.person,
        text=fact.text,
        sent_at=fact.sent_at,
        parents=(),
    )


def test_a_message_that_is_submitted_again_is_not_taken_for_its_first_attempt() -> None:
    """Seeds 35, 39 and 67 of swarm, 4 and 7 of crash: S5, one attempt twice over one link.

    Receipts reach the origin's home and are lost on their way to the origin,
    which goes from home to home, submitting again, until it is where it began.
    """
    run = a_run()
    run.begin()
    alice, _, carol = run.people
    settled: list[EnvelopeSettled] = []
    run.world.listeners.append(
        lambda _host, fact, _now_ms: (
            settled.append(fact) if isinstance(fact, EnvelopeSettled) else None
        )
    )

    run.workload.say(alice, carol)
    for _round in range(4):
        settled.clear()
        while not settled:
            run.pass_time(1)
        while not (links := [e for e in run.world.network.open_links() if e.host == alice.name]):
            run.pass_time(1)
        run.world.network.reset(links[0])
    run.pass_time(5_000)

    assert run.violations == []


@pytest.mark.parametrize("seed", [35, 39, 67])
def test_a_home_that_is_handed_a_text_again_counts_its_attempts_from_elsewhere(seed: int) -> None:
    """Seeds 35, 39 and 67 of swarm: it counted from the first again, under the numbers by which
    its neighbours remembered the unit."""
    random, numbers = Random(seed), list[int]()

    for _stay in range(2):
        attempts = Attempts()
        numbers += [attempts.begin(random, 0) for _ in range(ATTEMPTS_COUNTED - 2)]

    assert len(set(numbers)) == len(numbers)


def test_a_changed_row_is_missing_for_whoever_reads_it_whatever_it_held() -> None:
    """Seed 283 of swarm: its reader was handed the changed row, as if it had written that."""
    run = a_run()
    run.begin()
    north = run.nodes[0]
    written = north.disk.rows()
    pin = next(number for number, row in enumerate(written) if row.table == "pins")

    run.faults.befall(Crash(host=north.name, down_ms=10, disk="row_corrupted", row=pin))
    read = north.disk.rows()
    run.pass_time(5_000)

    assert read == [row for row in written if row is not written[pin]]
    assert north.disk.losses == 1
    assert run.world.sometimes["NeighbourKeyChanged"] == 0
    assert run.violations == []


def test_what_was_said_to_a_disk_that_is_lost_since_is_owed_to_nobody() -> None:
    """Seed 24 of swarm: a message whose keys its recipient had lost was waited for."""
    run = a_run()
    run.begin()
    alice, bob, _ = run.people
    run.workload.say(alice, bob)
    run.pass_time(5_000)
    run.faults.crash(bob, down_ms=5_000)
    saying = run.workload.say(alice, bob)
    run.pass_time(10_000)
    run.world.kill(bob)
    saying.shown.clear()
    run.world.start(bob)
    owed = run.workload.undelivered()

    run.faults.befall(Crash(host=bob.name, down_ms=10, disk="none"))
    run.pass_time(100)

    assert owed == [saying]
    assert run.workload.undelivered() == []


@pytest.mark.parametrize("is_liar", [False, True])
def test_nothing_is_owed_to_the_clients_of_a_home_that_has_lied(*, is_liar: bool) -> None:
    """Seed 813 of swarm: a home had played old slots; nobody believed it of its clients then."""
    run = a_run()
    run.begin()
    alice, bob, _ = run.people
    saying = run.workload.say(alice, bob)
    run.pass_time(5_000)
    saying.shown.clear()
    home = run.workload.home_of(bob)
    assert home is not None

    run.world.hosts[home].is_honest = not is_liar

    assert run.workload.undelivered() == ([] if is_liar else [saying])


@pytest.mark.parametrize(("later_ms", "is_broken"), [(0, False), (1_200, False), (4_000, True)])
def test_a_search_may_take_longer_by_a_pause_that_nobody_notices(
    later_ms: int, *, is_broken: bool
) -> None:
    """Seed 3006 of swarm: a node stood still for 1.2 s, and answered 80 ms after S8's bound."""
    checker, host, link = AnswersChecker(), a_pair().north, LinkId(1)
    checker.on_event(host, LinkOpened(link=link, dialled=None, remote_address="10.0.0.2:4000"), 0)
    checker.on_heard(host, link, [Find(request=7, name="bob")], 0)
    asked_ms = (limits.BUNDLE_ASKS_MAX + 1) * limits.BUNDLE_ASK_MS

    for now_ms in range(1_000, asked_ms + later_ms, 1_000):
        checker.on_event(host, Wake(), now_ms)
        checker.on_round(host, now_ms)
    answer = Found(request=7, people=(), is_last=True)
    checker.on_event(host, Wake(), asked_ms + later_ms)
    checker.on_said(host, link, [answer], asked_ms + later_ms)
    checker.on_round(host, asked_ms + later_ms)

    assert bool(checker.violations) is is_broken


def test_a_link_that_a_box_has_robbed_is_reset_when_the_calm_begins() -> None:
    """Seed 58 of swarm: nothing followed on the link that would have shown the gap."""
    run = a_run()
    run.begin()
    alice, *_ = run.people
    home = next(e.other.host for e in run.world.network.open_links() if e.host == alice.name)
    robbing = Meddle(sender=alice.name, receiver=home, what="swallow", frames=1, place=0)

    run.faults.befall(robbing)
    run.workload.say_in(alice, run.channel)
    run.pass_time(3_000)
    before = run.world.sometimes["Attached"]
    run.faults.end()
    run.pass_time(5_000)

    assert run.world.sometimes["Attached"] == before + 1
    assert run.workload.has_home(alice)
