"""Keys that are missing: messages that cannot be sealed before the directory knows somebody."""

from overlay import limits
from overlay.client.facts import LadderStepped
from overlay.client.requests import WatchPeople
from overlay.client.settings import Bounds
from overlay.messages.clients import Find, Found, People, Watch
from overlay.messages.envelopes import ChainStart
from overlay.messages.links import Heartbeat, Refusal
from tests.unit.client.friends import a_friend, two_friends_devices
from tests.unit.client.harness import ClientUnderTest, attached
from tests.unit.client.homes import ScriptedHome


def ladder(client: ClientUnderTest) -> list[tuple[str, str | None]]:
    return [(fact.step, fact.reason) for fact in client.told(LadderStepped)]


def test_a_message_to_somebody_whom_nobody_knows_is_given_up_after_a_while() -> None:
    alice = attached()

    alice.says(a_friend(), "hello")
    assert ladder(alice) == [("stalled", "unknown_recipient")]
    alice.passes((limits.UNKNOWN_ASKS_MAX - 1) * limits.UNKNOWN_ASK_MS)

    assert ladder(alice) == [("failed", "unknown_recipient")]
    assert alice.rows("outbox") == {}


def test_somebody_of_whom_the_home_hears_a_moment_later_is_not_given_up() -> None:
    bob, north = a_friend(), ScriptedHome()
    alice = attached(home=north)
    alice.says(bob, "hello")
    north.knows(bob, is_present=False)
    alice.passes(limits.UNKNOWN_ASK_MS)
    assert ladder(alice) == [("stalled", "unknown_recipient"), ("stalled", "away")]

    north.knows(bob)
    alice.passes(limits.FIND_MS)

    assert ladder(alice) == [("accepted", None)]


def test_a_message_after_one_that_was_given_up_is_asked_for_anew() -> None:
    bob, north = a_friend(), ScriptedHome()
    alice = attached(home=north)
    alice.says(bob, "hello")
    alice.passes((limits.UNKNOWN_ASKS_MAX - 1) * limits.UNKNOWN_ASK_MS)
    alice.told(LadderStepped)

    north.knows(bob)
    alice.says(bob, "hello again")

    assert ladder(alice) == [("accepted", None)]


def test_a_message_to_somebody_who_is_away_waits_until_they_come() -> None:
    bob, north = a_friend(), ScriptedHome()
    north.knows(bob, is_present=False)
    alice = attached(home=north)
    alice.says(bob, "hello")
    assert ladder(alice) == [("stalled", "away")]

    north.knows(bob)
    alice.hears(north, People(tuple(north.people.values())))

    assert ladder(alice) == [("accepted", None)]


def test_somebody_who_was_away_for_long_is_asked_for_as_soon_as_they_come() -> None:
    """docs/protocol.md, section 8.3: a watch names no keys."""
    bob, north = a_friend(), ScriptedHome()
    north.knows(bob, is_present=False)
    alice = attached(home=north)
    alice.says(bob, "hello")
    alice.passes(20 * limits.ASK_KEYS_MAX_MS)
    assert ladder(alice) == [("stalled", "away")]
    watched = [watch.accounts for watch in north.hears(Watch)]
    north.knows(bob, with_bundles=False)
    comes = People(tuple(north.people.values()))

    north.knows(bob)
    alice.hears(north, comes)

    assert bob.account_id in (watched[-1] or ())
    assert ladder(alice) == [("accepted", None)]


def test_keys_that_do_not_come_are_asked_for_ever_more_slowly() -> None:
    bob, north = a_friend(), ScriptedHome()
    north.knows(bob, with_bundles=False)
    alice = attached(home=north)
    alice.says(bob, "hello")
    alice.says(bob, "still here?")
    north.hears(Find)

    alice.passes(10 * limits.ASK_KEYS_MAX_MS)

    assert 10 <= len(north.hears(Find)) <= 25
    assert ladder(alice) == [("stalled", "away"), ("stalled", "away")]
    north.knows(bob)
    alice.passes(limits.ASK_KEYS_MAX_MS)
    assert ladder(alice) == [("accepted", None), ("accepted", None)]


def test_nobody_is_asked_for_when_nothing_waits_any_more() -> None:
    bob, north = a_friend(), ScriptedHome()
    north.knows(bob, is_present=False)
    alice = attached(home=north)
    alice.says(bob, "hello")
    north.knows(bob)
    alice.hears(north, People(tuple(north.people.values())))
    north.hears(Find)

    alice.passes(10 * limits.ASK_KEYS_MAX_MS)

    assert north.hears(Find) == []


def test_what_waits_while_no_home_serves_is_asked_for_at_the_next() -> None:
    bob, north = a_friend(), ScriptedHome()
    alice = attached(home=north)
    alice.loses(north)
    alice.says(bob, "hello")
    alice.passes(limits.RESUME_FIRST_MS)

    again = ScriptedHome()
    again.knows(bob)
    alice.reaches(again)

    assert ladder(alice) == [("accepted", None)]


def test_where_too_much_is_asked_the_question_comes_later() -> None:
    bob, carol, north = a_friend(), a_friend("carol"), ScriptedHome()
    north.knows(bob, carol)
    alice = attached(home=north, bounds=Bounds(lookups=1))
    north.serves = False
    alice.says(bob, "hello")
    alice.says(carol, "hello")
    assert [find.id for find in north.hears(Find)][-1] == bob.account_id

    north.serves = True
    alice.passes(3 * limits.FIND_MS)

    assert ladder(alice) == [("accepted", None), ("accepted", None)]


def test_a_refused_lookup_leaves_what_waits_where_it_is() -> None:
    bob, north = a_friend(), ScriptedHome()
    north.knows(bob)
    alice = attached(home=north)
    north.serves = False
    alice.says(bob, "hello")
    *_, find = north.hears(Find)

    alice.hears(north, Refusal(code="unexpected", request=find.request))

    assert ladder(alice) == []
    north.serves = True
    alice.passes(limits.FIND_MS)
    assert ladder(alice) == [("accepted", None)]


def test_a_lookup_without_an_answer_is_asked_again() -> None:
    bob, north = a_friend(), ScriptedHome()
    north.knows(bob)
    alice = attached(home=north)
    north.serves = False
    alice.says(bob, "hello")
    *_, first = north.hears(Find)
    for _ in range(20):
        alice.passes(limits.FIND_MS // 20)
        alice.hears(north, Heartbeat())

    *_, second = north.hears(Find)
    alice.hears(
        north, Found(request=second.request, people=tuple(north.people.values()), is_last=True)
    )

    assert (first.id, second.id) == (bob.account_id, bob.account_id)
    assert [each.recipients for each in north.submitted(ChainStart)] == [(bob.id,)]


def test_a_reader_that_comes_without_its_key_is_asked_about() -> None:
    laptop, phone = two_friends_devices("bob")
    north = ScriptedHome()
    north.knows(laptop)
    alice = attached(home=north)
    alice.says(laptop, "hello")
    north.submitted(ChainStart)

    north.knows(phone)
    quiet = ScriptedHome()
    quiet.knows(laptop, phone, with_bundles=False)
    alice.hears(north, People(tuple(quiet.people.values())))

    assert [each.recipients for each in north.submitted(ChainStart)] == [(phone.id,)]


def test_nobody_else_is_asked_about() -> None:
    bob, north = a_friend(), ScriptedHome()
    alice = attached(home=north)
    alice.answer(WatchPeople(None))
    north.hears(Find)
    north.knows(bob, with_bundles=False)

    alice.hears(north, People(tuple(north.people.values())))

    assert north.hears(Find) == []
