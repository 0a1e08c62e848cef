"""Questions to the directory, and who is there."""

from dataclasses import replace

import pytest

from overlay import limits
from overlay.client.facts import PersonChanged
from overlay.client.requests import (
    Carried,
    Declined,
    FindPeople,
    PeopleFound,
    PresentClient,
    Request,
    WatchPeople,
)
from overlay.client.settings import Bounds
from overlay.messages.clients import Find, Found, People, Person, Watch
from overlay.messages.ids import AccountId
from overlay.messages.links import Heartbeat, Refusal
from tests.unit.client.friends import a_friend
from tests.unit.client.harness import ClientUnderTest, attached
from tests.unit.client.homes import ScriptedHome


def a_quiet_home() -> tuple[ClientUnderTest, ScriptedHome]:
    """Alice at a home that answers nothing by itself from now on."""
    north = ScriptedHome()
    alice = attached(home=north)
    north.serves = False
    north.heard.clear()
    return alice, north


def names(reply: object) -> list[str]:
    assert isinstance(reply, PeopleFound)
    return [person.name for person in reply.people]


def test_people_are_found_by_name_with_where_they_are() -> None:
    bob, north = a_friend(), ScriptedHome()
    north.knows(bob)
    alice = attached(home=north)

    reply = alice.answer(FindPeople(name="bob"))

    assert isinstance(reply, PeopleFound)
    (person,) = reply.people
    assert (person.account, person.name, person.clients) == (bob.account_id, "bob", (bob.id,))
    assert person.present == (PresentClient(bob.id, "north"),)
    assert person.is_online


def test_a_name_that_several_bear_is_answered_with_all_of_them() -> None:
    """docs/protocol.md, section 8.2."""
    bob, other = a_friend(), replace(a_friend("robert"), name="bob")
    north = ScriptedHome()
    north.knows(bob, other)
    alice = attached(home=north)

    assert names(alice.answer(FindPeople(name="bob"))) == ["bob", "bob"]


def test_nobody_found_is_an_empty_answer() -> None:
    alice = attached()

    assert alice.answer(FindPeople(name="nobody")) == PeopleFound(())


def test_an_answer_in_parts_is_told_as_one() -> None:
    bob, carol = a_friend(), replace(a_friend("carol"), name="bob")
    alice, north = a_quiet_home()
    north.knows(bob, carol)
    ticket = alice.asks(FindPeople(name="bob"))
    (find,) = north.hears(Find)
    first, second = north.people.values()

    alice.hears(north, Found(request=find.request, people=(first,), is_last=False))
    assert ticket not in alice.answers
    alice.hears(north, Found(request=find.request, people=(second,), is_last=True))

    assert len(names(alice.answers[ticket])) == 2


@pytest.mark.parametrize("asked", [{"name": "bob"}, {"id": a_friend("bob").account_id}])
def test_people_who_were_not_asked_for_are_left_out(asked: dict[str, AccountId]) -> None:
    alice, north = a_quiet_home()
    north.knows(a_friend("mallory"))
    ticket = alice.asks(FindPeople(**asked))
    (find,) = north.hears(Find)

    alice.hears(
        north, Found(request=find.request, people=tuple(north.people.values()), is_last=True)
    )

    assert names(alice.answers[ticket]) == []


def test_a_question_without_an_answer_is_asked_again() -> None:
    alice, north = a_quiet_home()
    north.serves = True
    ticket = alice.asks(FindPeople(name="bob"))
    assert ticket in alice.answers
    north.serves = False
    north.heard.clear()
    ticket = alice.asks(FindPeople(name="bob"))
    (first,) = north.hears(Find)
    north.acks = True

    for _ in range(20):
        # The home lives, and says so; only this question gets no answer.
        alice.passes(limits.FIND_MS // 20)
        alice.hears(north, Heartbeat())

    (second,) = north.hears(Find)
    assert second.request > first.request
    alice.hears(north, Found(request=first.request, people=(), is_last=True))
    assert ticket not in alice.answers
    alice.hears(north, Found(request=second.request, people=(), is_last=True))
    assert alice.answers[ticket] == PeopleFound(())


def test_questions_are_asked_again_at_the_next_home() -> None:
    alice, north = a_quiet_home()
    question = alice.asks(FindPeople(name="bob"))
    watch = alice.asks(WatchPeople(None))
    alice.loses(north)
    alice.passes(limits.RESUME_FIRST_MS)

    again = ScriptedHome()
    alice.reaches(again)

    assert alice.answers[question] == PeopleFound(())
    assert alice.answers[watch] == Carried()


def test_a_question_asked_while_away_is_answered_at_the_next_home() -> None:
    alice, north = a_quiet_home()
    alice.loses(north)
    ticket = alice.asks(FindPeople(name="bob"))
    alice.passes(limits.RESUME_FIRST_MS)

    alice.reaches(ScriptedHome())

    assert alice.answers[ticket] == PeopleFound(())


def test_a_refused_question_is_declined() -> None:
    alice, north = a_quiet_home()
    ticket = alice.asks(FindPeople(name="bob"))
    (find,) = north.hears(Find)

    alice.hears(north, Refusal(code="quota", detail="enough", request=find.request))

    assert alice.answers[ticket] == Declined("quota", "enough")


def test_a_refused_watch_is_declined() -> None:
    alice, north = a_quiet_home()
    ticket = alice.asks(WatchPeople(None))
    (watch,) = north.hears(Watch)

    alice.hears(north, Refusal(code="quota", detail="enough", request=watch.request))

    assert alice.answers[ticket] == Declined("quota", "enough")


def test_a_busy_home_is_asked_again() -> None:
    alice, north = a_quiet_home()
    question = alice.asks(FindPeople(name="bob"))
    watch = alice.asks(WatchPeople(None))
    (find,), (watched,) = north.hears(Find), north.hears(Watch)
    north.serves = True

    alice.hears(
        north,
        Refusal(code="busy", request=find.request, retry_after_ms=300),
        Refusal(code="busy", request=watched.request),
    )
    alice.passes(limits.BUSY_RETRY_MS - 1)
    assert (question in alice.answers, watch in alice.answers) == (False, False)
    alice.passes(300)

    assert alice.answers[question] == PeopleFound(())
    assert alice.answers[watch] == Carried()


def test_a_busy_answer_to_nothing_changes_nothing() -> None:
    alice, north = a_quiet_home()

    alice.hears(north, Refusal(code="busy", request=99), Refusal(code="quota", request=99))

    assert alice.facts == []


@pytest.mark.parametrize(
    "request_",
    [
        FindPeople(),
        FindPeople(name="bob", id=a_friend().account_id),
        FindPeople(name=""),
        FindPeople(name="half a pair \ud800"),
        FindPeople(id=AccountId("nobody")),
        WatchPeople((AccountId("nobody"),)),
    ],
)
def test_what_no_home_understands_is_declined(request_: Request) -> None:
    alice = attached()

    reply = alice.answer(request_)

    assert isinstance(reply, Declined)
    assert reply.code == "malformed"


def test_too_many_questions_are_declined() -> None:
    north = ScriptedHome()
    alice = attached(home=north, bounds=Bounds(questions=1))
    north.serves = False
    alice.asks(FindPeople(name="bob"))

    reply = alice.answer(FindPeople(name="carol"))

    assert isinstance(reply, Declined)
    assert reply.code == "busy"


def test_no_more_questions_are_under_way_than_a_home_takes() -> None:
    alice, north = a_quiet_home()
    for number in range(limits.REQUESTS_MAX):
        alice.asks(FindPeople(name=f"person {number}"))

    asked = north.hears(Find)

    assert len(asked) == limits.REQUESTS_MAX - limits.LOOKUPS_UNDER_WAY_MAX
    alice.hears(north, Found(request=asked[0].request, people=(), is_last=True))
    assert len(north.hears(Find)) == 1


def test_watched_people_are_told_when_they_change_and_only_then() -> None:
    """docs/protocol.md, section 8.3."""
    bob, north = a_friend(), ScriptedHome()
    alice = attached(home=north)
    assert alice.answer(WatchPeople(None)) == Carried()
    north.knows(bob)

    alice.hears(north, People(tuple(north.people.values())))
    alice.hears(north, People(tuple(north.people.values())))

    (change,) = alice.told(PersonChanged)
    assert change.person.is_online
    away = Person(bob.account_record().signed, ())
    alice.hears(north, People((away,)))
    (change,) = alice.told(PersonChanged)
    assert not change.person.is_online


def test_people_who_are_not_watched_are_not_told() -> None:
    bob, north = a_friend(), ScriptedHome()
    north.knows(bob)
    alice = attached(home=north)
    alice.answer(WatchPeople((a_friend("carol").account_id,)))

    alice.hears(north, People(tuple(north.people.values())))

    assert alice.told(PersonChanged) == []


def test_a_new_watch_tells_everybody_again() -> None:
    bob, north = a_friend(), ScriptedHome()
    north.knows(bob)
    alice = attached(home=north)
    alice.answer(WatchPeople(None))
    assert len(alice.told(PersonChanged)) == 1

    alice.answer(WatchPeople((bob.account_id,)))

    assert len(alice.told(PersonChanged)) == 1


def test_who_is_not_mentioned_at_the_next_home_is_away() -> None:
    bob, carol, north = a_friend(), a_friend("carol"), ScriptedHome()
    north.knows(bob, carol)
    alice = attached(home=north)
    alice.answer(FindPeople(name="carol"))
    alice.answer(WatchPeople((bob.account_id,)))
    alice.told(PersonChanged)
    alice.loses(north)
    alice.passes(limits.RESUME_FIRST_MS)

    alice.reaches(ScriptedHome())

    (change,) = alice.told(PersonChanged)
    assert (change.person.account, change.person.present) == (bob.account_id, ())


def test_who_is_mentioned_at_the_next_home_has_not_been_away() -> None:
    bob, north = a_friend(), ScriptedHome()
    north.knows(bob)
    alice = attached(home=north)
    alice.answer(WatchPeople(None))
    alice.told(PersonChanged)
    alice.loses(north)
    alice.passes(limits.RESUME_FIRST_MS)

    again = ScriptedHome()
    again.knows(bob)
    alice.reaches(again)

    assert alice.told(PersonChanged) == []


def test_whomever_a_message_is_for_is_watched_too() -> None:
    bob, north = a_friend(), ScriptedHome()
    north.knows(bob)
    alice = attached(home=north)

    alice.says(bob, "hello")

    assert [watch.accounts for watch in north.hears(Watch)] == [
        (alice.account,),
        (alice.account, bob.account_id),
    ]


def test_of_too_many_who_were_written_to_the_last_are_watched(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(limits, "WATCHED_MAX", 3)
    friends, north = [a_friend(name) for name in ("bob", "carol", "dave")], ScriptedHome()
    for friend in friends:
        north.knows(friend)
    alice = attached(home=north)

    for friend in friends:
        alice.says(friend, "hello")

    *_, watch = north.hears(Watch)
    assert watch.accounts == (alice.account, *(friend.account_id for friend in friends[1:]))
