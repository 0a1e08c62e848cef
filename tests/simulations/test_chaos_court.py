"""What clients of the SDK tell, put before the checkers: each catches what it is there for."""

from dataclasses import replace
from random import Random
from typing import Any

from overlay.client.facts import Attached, Detached, LadderStepped
from overlay.client.requests import MessageId
from overlay.crypto.keys import SigningKey
from overlay.messages.ids import AccountId, Address, Incarnation, NodeId
from overlay.sdk import Identity, Message
from simulations.chaos.account import Moment
from simulations.chaos.court import Court
from simulations.chaos.gates import Gates
from simulations.chaos.hosts import RealClient, real_client, real_node
from simulations.chaos.outcome import NAMES, Options, Outcome, outcome_of
from simulations.checkers.base import Violation
from simulations.report import HOLDS, UNMET, UNSAFE
from simulations.sayings import Saying

HERE = Address("ws://127.0.0.1:1/overlay")
WALL_MS = 1_700_000_000_000
TOLD_AGAIN_MS = 60_000
"""So much later nobody may be told again what they were told before they left."""


class Trial:
    """Alice and bob at north, before a court."""

    def __init__(self) -> None:
        self.changes = 0
        self.now_ms = 0
        key = SigningKey.generate(Random(1))
        self.north = real_node("north", key, HERE)
        self.identities = {name: Identity.temporary(name) for name in ("alice", "bob")}
        self.alice, self.bob = (real_client(n, who.keys) for n, who in self.identities.items())
        self.court = Court([self.north], [self.alice, self.bob], Gates(), lambda: self.changes)
        self.court.on_start(self.north, 0)
        for host in (self.alice, self.bob):
            self.court.on_start(host, 0)
            self.attaches(host.name)

    def attaches(self, name: str, incarnation: int = 1) -> None:
        home = NodeId(self.north.key.id)
        fact = Attached(home=home, address=HERE, incarnation=Incarnation(incarnation))
        self.court.on_fact(self.host(name), fact, self.now_ms)

    def loses_home(self, name: str, reason: str = "reset", *, is_final: bool = False) -> None:
        fact = Detached(reason=reason, is_final=is_final)
        self.court.on_fact(self.host(name), fact, self.now_ms)

    def host(self, name: str) -> RealClient:
        return self.alice if name == "alice" else self.bob

    def alice_says(self, *, is_public: bool = False) -> Saying:
        saying = self.court.account.says(
            "alice",
            None if is_public else "bob",
            "square" if is_public else None,
            Moment(self.now_ms, WALL_MS),
        )
        self.court.account.queued(saying, called(saying), WALL_MS + 5)
        return saying

    def bob_is_shown(self, saying: Saying, index: int, **otherwise: Any) -> None:  # noqa: ANN401  # any field
        """A message arrives as it was said, but for what is `otherwise`."""
        message = Message(
            id=f"chain/{index}",
            person=self.identities["alice"].account,
            name="alice",
            text=saying.text,
            sent_at=WALL_MS + 2,
            channel=saying.channel,
            is_own=False,
            follows_gap=False,
        )
        self.court.on_message(self.bob, replace(message, **otherwise), self.now_ms)

    def step(self, saying: Saying, step: str, reason: str | None = None) -> None:
        fact = LadderStepped(message=called(saying), step=step, reason=reason)  # type: ignore[arg-type]  # one of the four
        self.court.on_fact(self.alice, fact, self.now_ms)

    def broken(self) -> list[str]:
        self.court.look(self.now_ms)
        return [violation.checker for violation in self.court.violations]


def called(saying: Saying) -> MessageId:
    return MessageId(f"the message {saying.text}")


def test_a_conversation_that_goes_well_breaks_nothing_and_is_counted() -> None:
    trial = Trial()

    for index in range(3):
        saying = trial.alice_says()
        trial.step(saying, "accepted")
        trial.now_ms += 100
        trial.bob_is_shown(saying, index)
        trial.step(saying, "delivered")

    assert trial.broken() == []
    outcome = outcome_of(Options(), trial.court, [], trial.now_ms)
    assert outcome.exit_code == HOLDS
    assert {name: outcome.numbers[name] for name in ("sent", "accepted", "delivered", "lost")} == {
        "sent": 3,
        "accepted": 3,
        "delivered": 3,
        "lost": 0,
    }
    assert outcome.numbers["latency_max_ms"] == outcome.numbers["delivery_gap_ms"] == 100


def test_a_message_that_is_shown_twice_is_caught() -> None:
    trial = Trial()
    saying = trial.alice_says()

    trial.bob_is_shown(saying, 0)
    trial.bob_is_shown(saying, 0)

    assert trial.broken() == ["S2", "replays"]
    assert outcome_of(Options(), trial.court, [], 0).numbers["shown_twice"] == 1


def test_a_message_that_is_shown_again_as_another_one_is_caught() -> None:
    trial = Trial()
    saying = trial.alice_says()

    trial.bob_is_shown(saying, 0)
    trial.bob_is_shown(saying, 1)

    assert trial.broken() == ["S2"]


def test_a_message_that_was_taken_long_before_somebody_left_is_not_shown_again() -> None:
    trial = Trial()
    saying = trial.alice_says()
    trial.bob_is_shown(saying, 0)

    trial.now_ms += TOLD_AGAIN_MS
    trial.loses_home("bob", "stopped", is_final=True)
    trial.court.on_end(trial.bob, trial.now_ms)
    trial.court.on_start(trial.bob, trial.now_ms)
    trial.attaches("bob", incarnation=2)
    assert trial.broken() == []
    trial.bob_is_shown(saying, 0)

    assert trial.broken() == ["S2"]


def test_what_nobody_has_said_is_caught() -> None:
    trial = Trial()
    saying = trial.alice_says()

    trial.bob_is_shown(saying, 0, text="give me your keys")

    assert trial.broken() == ["S3"]


def test_what_was_written_by_somebody_else_or_at_another_time_is_caught() -> None:
    trial = Trial()
    falsehoods: list[dict[str, Any]] = [
        {"person": AccountId("mallory")},
        {"sent_at": WALL_MS - 1},
        {"sent_at": WALL_MS + 6},
    ]
    for index, otherwise in enumerate(falsehoods):
        trial.bob_is_shown(trial.alice_says(), index, **otherwise)

    assert trial.broken() == ["S3", "S3", "S3"]


def test_what_was_not_for_one_is_caught() -> None:
    trial = Trial()
    saying = trial.court.account.says("bob", "alice", None, Moment(0, WALL_MS))

    trial.bob_is_shown(saying, 0, person=trial.identities["bob"].account)

    assert trial.broken() == ["S3"]


def test_a_message_shown_before_its_parent_without_a_mark_is_caught() -> None:
    trial = Trial()
    first, second = trial.alice_says(), trial.alice_says()

    trial.bob_is_shown(second, 1)
    trial.bob_is_shown(first, 0)

    assert trial.broken() == ["S6"]


def test_a_message_that_is_marked_as_following_a_gap_may_come_before_its_parent() -> None:
    trial = Trial()
    first, second, third = trial.alice_says(), trial.alice_says(), trial.alice_says()

    trial.bob_is_shown(second, 1, follows_gap=True)
    trial.bob_is_shown(third, 2)
    trial.bob_is_shown(first, 0)

    assert trial.broken() == []
    assert trial.court.sometimes["shown after a gap"] == 1
    assert trial.court.sometimes["shown late, behind a gap"] == 1


def test_what_is_said_on_a_channel_is_shown_once_to_everybody_and_owed_to_nobody() -> None:
    trial = Trial()
    saying = trial.alice_says(is_public=True)
    name = f"{trial.identities['alice'].client}/1/7"

    trial.bob_is_shown(saying, 0, id=name)
    assert trial.broken() == []
    assert trial.court.account.undelivered() == []
    trial.bob_is_shown(saying, 0, id=name)

    assert trial.broken() == ["S2", "replays"]


def test_an_incarnation_that_goes_back_is_caught() -> None:
    trial = Trial()
    trial.court.on_end(trial.bob, 0)
    trial.court.on_start(trial.bob, 0)

    trial.attaches("bob", incarnation=1)

    assert trial.broken() == ["S4"]


def test_who_loses_a_home_that_runs_without_a_reason_is_caught() -> None:
    trial = Trial()

    trial.loses_home("bob")

    assert trial.broken() == ["S9"]


def test_who_loses_a_home_that_was_killed_or_after_something_befell_the_links_is_not() -> None:
    trial = Trial()

    trial.changes += 1
    trial.loses_home("alice")
    trial.court.on_end(trial.north, 0)
    trial.loses_home("bob")

    assert trial.broken() == []


def test_a_node_that_began_without_its_disk_may_begin_anew_and_let_go_of_its_clients() -> None:
    trial = Trial()
    trial.court.on_end(trial.north, 0)
    trial.loses_home("bob")
    trial.court.on_start(trial.north, 0, is_bare=True)
    trial.attaches("bob")

    trial.loses_home("bob", "old_incarnation")

    assert trial.broken() == []


def test_who_is_told_that_a_message_failed_without_a_reason_is_caught() -> None:
    trial = Trial()
    saying = trial.alice_says()

    trial.step(saying, "failed", "no_way")

    assert trial.broken() == ["S9"]


def test_what_is_not_delivered_is_owed_and_what_was_refused_before_is_not() -> None:
    trial = Trial()
    waiting, accepted, refused, unqueued = (trial.alice_says() for _ in range(4))
    trial.step(accepted, "accepted")
    trial.step(accepted, "failed", "expired")
    trial.step(refused, "failed", "expired")
    unqueued.is_queued = False

    assert trial.court.account.undelivered() == [waiting, accepted]
    assert outcome_of(Options(), trial.court, [], 0).numbers["lost"] == 2


def test_a_step_that_is_told_before_it_is_known_of_which_message_counts_all_the_same() -> None:
    trial = Trial()
    saying = trial.court.account.says("alice", "bob", None, Moment(0, WALL_MS))
    trial.now_ms = 50
    trial.step(saying, "accepted")
    trial.step(saying, "delivered")

    trial.court.account.queued(saying, called(saying), WALL_MS)

    assert (saying.accepted_ms, saying.told_delivered_ms) == (50, 50)
    assert saying.kept_at == ("north", 1)


def test_how_long_people_had_no_home_is_counted_and_how_long_they_took_to_the_first() -> None:
    trial = Trial()
    tally = trial.court.tally
    tally.on_begin("bob", 0)
    trial.changes += 1
    trial.loses_home("bob")
    trial.now_ms = 300
    trial.attaches("bob")
    trial.loses_home("alice")
    tally.on_end("alice")
    trial.now_ms = 900
    trial.attaches("alice")

    assert tally.without_home_ms == 300
    assert tally.attach_times_ms == [300]


def test_gaps_are_between_deliveries_until_the_storm_is_over() -> None:
    deliveries = Trial().court.tally.deliveries
    for at_ms in (100, 400, 500):
        deliveries.note(at_ms)

    deliveries.end()
    deliveries.note(9_000)

    assert deliveries.most_ms == 300


def test_what_broke_decides_how_it_ends() -> None:
    def ends(**broken: tuple[str, ...]) -> int:
        numbers = befallen = dict.fromkeys(NAMES, 0)
        return Outcome(
            options=Options(),
            numbers=numbers,
            befallen=befallen,
            **broken,  # type: ignore[arg-type]  # the two kinds
        ).exit_code

    assert ends() == HOLDS
    assert ends(unmet=("L8",)) == UNMET
    assert ends(unmet=("L8",), violations=("S2",)) == UNSAFE


def test_an_outcome_names_what_did_not_hold_and_the_line_that_plays_it_again() -> None:
    trial = Trial()
    unmet = [Violation("L8", 7, "not one component")]

    outcome = outcome_of(Options(seed=3, length_ms=30_000), trial.court, unmet, 0)

    assert "L8 at 7 ms: not one component" in outcome.as_text()
    assert "holds: NO" in outcome.as_text()
    assert outcome.options.command == (
        "python -m simulations chaos --seed 3 --nodes 7 --people 20 --minutes 0.5 --shape random"
    )
