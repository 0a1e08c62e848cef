"""Public channels: listening, saying, and each message once."""

from dataclasses import replace

import pytest

from overlay import limits
from overlay.client.durable.rows import heard_row
from overlay.client.durable.values import HeardRow
from overlay.client.facts import ChannelMessageArrived, LadderStepped
from overlay.client.requests import (
    Carried,
    Declined,
    JoinChannel,
    LeaveChannel,
    Queued,
    SayInChannel,
)
from overlay.client.settings import Bounds
from overlay.messages.clients import Done, Join, Leave, Submit
from overlay.messages.envelopes import ChannelMessage
from overlay.messages.ids import ClientId, Counter, Incarnation
from overlay.messages.links import Ack, Refusal
from overlay.peering.rows import RowKey
from tests.support.people import hash_of
from tests.unit.client.friends import Friend, a_friend
from tests.unit.client.harness import ClientUnderTest, attached
from tests.unit.client.homes import ScriptedHome


def a_listener(*friends: Friend, channel: str = "news") -> tuple[ClientUnderTest, ScriptedHome]:
    """Alice, who listens to a channel."""
    north = ScriptedHome()
    north.knows(*friends)
    alice = attached(home=north)
    assert alice.answer(JoinChannel(channel)) == Carried()
    return alice, north


def heard(client: ClientUnderTest) -> list[str]:
    return [fact.text for fact in client.told(ChannelMessageArrived)]


def test_a_public_message_is_shown_with_who_said_it() -> None:
    bob = a_friend()
    alice, north = a_listener(bob)
    said = bob.says_on("news", "hello all")

    alice.receives(north, said)

    assert alice.told(ChannelMessageArrived) == [
        ChannelMessageArrived(
            channel="news",
            origin=bob.id,
            incarnation=bob.incarnation,
            counter=said.value.counter,
            person=bob.account_id,
            name="bob",
            text="hello all",
            sent_at=0,
        )
    ]


def test_a_public_message_is_shown_once() -> None:
    bob = a_friend()
    alice, north = a_listener(bob)
    said = bob.says_on("news", "hello all")

    alice.receives(north, said, said)
    alice.receives(north, said, bob.says_on("news", "and more"))

    assert heard(alice) == ["hello all", "and more"]


def test_a_public_message_that_is_played_again_after_a_restart_is_not_shown() -> None:
    bob = a_friend()
    alice, north = a_listener(bob)
    old, last = bob.says_on("news", "old", counter=7), bob.says_on("news", "last", counter=8)
    alice.receives(north, old, last)
    alice.restarts()
    again = ScriptedHome()
    alice.reaches(again)

    alice.receives(again, old, last, bob.says_on("news", "news", counter=9))

    assert heard(alice) == ["old", "last", "news"]


def test_the_highest_counter_is_kept_whatever_comes_after_it() -> None:
    bob = a_friend()
    alice, north = a_listener(bob)
    late, last = bob.says_on("news", "late", counter=7), bob.says_on("news", "last", counter=8)
    alice.receives(north, last, late)
    alice.restarts()
    again = ScriptedHome()
    alice.reaches(again)

    alice.receives(again, last)

    assert heard(alice) == ["last", "late"]


def test_of_more_origins_than_are_remembered_the_oldest_is_forgotten() -> None:
    bob = a_friend()
    alice, north = a_listener(bob)
    alice.receives(north, bob.says_on("news", "hello"))
    for number in range(limits.CHANNEL_ORIGINS_MAX):
        row = heard_row(ClientId(hash_of(str(number))), HeardRow(Incarnation(1), Counter(1)))
        alice.disk[RowKey(row.table, row.key)] = row

    alice.restarts()
    alice.reaches(ScriptedHome())

    assert len(alice.rows("heard_origins")) == limits.CHANNEL_ORIGINS_MAX


def test_another_text_under_a_used_counter_is_not_shown() -> None:
    bob = a_friend()
    alice, north = a_listener(bob)
    alice.receives(north, bob.says_on("news", "one", counter=7))

    alice.receives(north, bob.says_on("news", "two", counter=7))

    assert heard(alice) == ["one"]


def test_a_new_incarnation_begins_its_counters_anew_and_ends_the_old_one() -> None:
    bob = a_friend()
    again = replace(bob, incarnation=Incarnation(2))
    alice, north = a_listener(bob)
    late = bob.says_on("news", "late", counter=8)
    alice.receives(north, bob.says_on("news", "one", counter=7))

    alice.receives(north, again.says_on("news", "two", counter=7), late)

    assert heard(alice) == ["one", "two"]


def test_what_an_unlisted_client_says_is_not_shown() -> None:
    bob, mallory = a_friend(), a_friend("mallory")
    alice, north = a_listener(bob)
    forged = mallory.sign(
        replace(mallory.says_on("news", "I am bob").value, account=bob.account_id)
    )

    alice.receives(north, forged)

    assert heard(alice) == []


def test_channels_that_are_not_listened_to_are_not_shown() -> None:
    bob = a_friend()
    alice, north = a_listener(bob)

    alice.receives(north, bob.says_on("weather", "rain"))

    assert heard(alice) == []


def test_our_own_words_are_not_shown_to_us() -> None:
    alice, north = a_listener()

    alice.receives(north, a_friend("alice").says_on("news", "me"))

    assert heard(alice) == []


def test_a_channel_is_joined_again_at_the_next_home_and_after_a_restart() -> None:
    alice, north = a_listener()
    alice.loses(north)
    alice.passes(limits.RESUME_FIRST_MS)
    second = ScriptedHome()
    alice.reaches(second)
    alice.restarts()
    third = ScriptedHome()

    alice.reaches(third)

    assert [join.channel for join in second.hears(Join)] == ["news"]
    assert [join.channel for join in third.hears(Join)] == ["news"]


def test_a_channel_that_was_left_is_not_joined_again() -> None:
    alice, north = a_listener()
    assert alice.answer(LeaveChannel("news")) == Carried()
    assert [leave.channel for leave in north.hears(Leave)] == ["news"]
    alice.loses(north)
    alice.passes(limits.RESUME_FIRST_MS)
    again = ScriptedHome()

    alice.reaches(again)

    assert again.hears(Join) == []
    assert alice.rows("client")["channels"] == b"[]"


def test_leaving_a_channel_that_was_never_joined_is_done() -> None:
    assert attached().answer(LeaveChannel("news")) == Carried()


def test_joining_and_leaving_while_no_home_serves() -> None:
    alice, north = a_listener()
    alice.loses(north)
    join = alice.asks(JoinChannel("weather"))
    assert alice.answer(LeaveChannel("news")) == Carried()
    assert join not in alice.answers
    alice.passes(limits.RESUME_FIRST_MS)

    again = ScriptedHome()
    alice.reaches(again)

    assert alice.answers[join] == Carried()
    assert [each.channel for each in again.hears(Join)] == ["weather"]


def test_leaving_before_the_home_has_let_us_in_declines_the_join() -> None:
    alice, north = a_listener()
    north.serves = False
    join = alice.asks(JoinChannel("weather"))
    (asked,) = [each for each in north.hears(Join) if each.channel == "weather"]
    leave = alice.asks(LeaveChannel("weather"))

    alice.hears(north, Done(asked.request))

    assert isinstance(alice.answers[join], Declined)
    assert leave not in alice.answers


def test_leaving_is_done_when_the_home_is_lost() -> None:
    alice, north = a_listener()
    north.serves = False
    leave = alice.asks(LeaveChannel("news"))

    alice.loses(north)

    assert alice.answers[leave] == Carried()


def test_a_refused_join_is_declined_and_forgotten() -> None:
    alice, north = a_listener()
    north.serves = False
    join = alice.asks(JoinChannel("weather"))
    (asked,) = [each for each in north.hears(Join) if each.channel == "weather"]

    alice.hears(north, Refusal(code="quota", detail="enough", request=asked.request))

    assert alice.answers[join] == Declined("quota", "enough")
    assert alice.rows("client")["channels"] == b'["news"]'


@pytest.mark.parametrize("is_left_meanwhile", [False, True])
def test_a_busy_home_is_asked_to_join_again(is_left_meanwhile: bool) -> None:
    alice, north = a_listener()
    north.serves = False
    alice.asks(JoinChannel("weather"))
    (asked,) = [each for each in north.hears(Join) if each.channel == "weather"]
    north.serves = True
    alice.hears(north, Refusal(code="busy", request=asked.request))
    if is_left_meanwhile:
        alice.answer(LeaveChannel("weather"))

    alice.passes(limits.BUSY_RETRY_MS)

    assert len(north.hears(Join)) == (0 if is_left_meanwhile else 1)


def test_more_channels_than_a_client_may_join_are_declined() -> None:
    alice = attached()
    for number in range(limits.CHANNELS_PER_CLIENT_MAX):
        assert alice.answer(JoinChannel(f"channel{number}")) == Carried()

    reply = alice.answer(JoinChannel("one-too-many"))

    assert isinstance(reply, Declined)
    assert reply.code == "quota"
    assert alice.answer(JoinChannel("channel7")) == Carried()


@pytest.mark.parametrize("channel", ["", "two words", "#news", "x" * 65, "half \ud800"])
def test_what_is_no_name_of_a_channel_is_declined(channel: str) -> None:
    alice = attached()

    for request in (JoinChannel(channel), SayInChannel(channel=channel, text="x", sent_at=1)):
        reply = alice.answer(request)
        assert isinstance(reply, Declined)
        assert reply.code == "malformed"


def say(text: str = "hello all", sent_at: int = 1) -> SayInChannel:
    return SayInChannel(channel="news", text=text, sent_at=sent_at)


def test_what_is_said_in_public_is_accepted() -> None:
    alice, north = a_listener()

    reply = alice.answer(say())

    assert isinstance(reply, Queued)
    assert alice.told(LadderStepped) == [LadderStepped(message=reply.message, step="accepted")]
    (said,) = north.submitted(ChannelMessage)
    assert (said.channel, said.text, said.account) == ("news", "hello all", alice.account)


def test_what_was_not_accepted_is_said_at_the_next_home_under_the_same_counter() -> None:
    alice, north = a_listener()
    north.acks = False
    alice.answer(say())
    (first,) = north.submitted(ChannelMessage)
    alice.loses(north)
    alice.passes(limits.RESUME_FIRST_MS)

    again = ScriptedHome()
    alice.reaches(again)

    assert again.submitted(ChannelMessage) == [first]
    assert len(alice.told(LadderStepped)) == 1


def test_what_is_said_while_no_home_serves_is_said_at_the_next() -> None:
    alice, north = a_listener()
    alice.loses(north)
    alice.answer(say())
    alice.passes(limits.RESUME_FIRST_MS)

    again = ScriptedHome()
    alice.reaches(again)

    assert [each.text for each in again.submitted(ChannelMessage)] == ["hello all"]


def test_what_the_home_does_not_pass_on_has_failed() -> None:
    alice, north = a_listener()
    north.acks = False
    reply = alice.answer(say())
    assert isinstance(reply, Queued)
    (submit,) = north.hears(Submit)

    alice.hears(north, Refusal(code="not_certified", number=submit.number))

    assert alice.told(LadderStepped) == [
        LadderStepped(message=reply.message, step="failed", reason="not_certified")
    ]
    alice.hears(north, Ack(submit.number))
    assert alice.told(LadderStepped) == []


def test_too_much_that_no_home_accepts_is_declined() -> None:
    north = ScriptedHome()
    alice = attached(home=north, bounds=Bounds(channel_messages=1))
    north.acks = False
    alice.answer(say())

    reply = alice.answer(say())

    assert isinstance(reply, Declined)
    assert reply.code == "busy"


@pytest.mark.parametrize(
    ("text", "sent_at", "code"),
    [
        ("", 1, "malformed"),
        ("x" * (limits.TEXT_BYTES_MAX + 1), 1, "too_large"),
        ("\x01" * limits.TEXT_BYTES_MAX, 1, "too_large"),
        ("half a pair \ud800", 1, "malformed"),
        ("hello", -1, "malformed"),
    ],
)
def test_what_no_home_would_pass_on_is_declined(text: str, sent_at: int, code: str) -> None:
    reply = attached().answer(say(text, sent_at))

    assert isinstance(reply, Declined)
    assert reply.code == code
