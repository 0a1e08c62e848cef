"""In which order people see messages: after their parents, or marked."""

import pytest

from overlay import limits
from overlay.client.facts import MessageArrived
from overlay.client.requests import Carried, Taken
from overlay.client.settings import Bounds
from overlay.messages.envelopes import ChainStart, ChatMessage
from overlay.peering.rows import Row, RowKey
from overlay.peering.statements import Verified
from overlay.wire.signed import Signable
from tests.unit.client.friends import Friend, Speech, a_friend
from tests.unit.client.harness import ClientUnderTest
from tests.unit.client.homes import ScriptedHome


def two_speakers(
    bounds: Bounds | None = None, *, keeps_untaken: bool = False
) -> tuple[ClientUnderTest, ScriptedHome, Speech, Speech]:
    """Alice knows bob's laptop and phone, both of which speak with her."""
    laptop, phone = devices("bob")
    north = ScriptedHome()
    north.knows(laptop, phone)
    alice = ClientUnderTest(bounds=bounds, keeps_untaken=keeps_untaken)
    alice.reaches(north)
    one, other = Speech(laptop, alice.account), Speech(phone, alice.account, name="other")
    alice.receives(
        north,
        one.start(alice.id, north.bundle),
        one.says("once upon a time"),
        other.start(alice.id, north.bundle),
    )
    alice.facts.clear()
    return alice, north, one, other


def devices(name: str) -> tuple[Friend, Friend]:
    laptop, phone = a_friend(name), a_friend(name, "phone")
    laptop.clients = phone.clients = (laptop.id, phone.id)
    return laptop, phone


def shown(client: ClientUnderTest) -> list[tuple[str, bool]]:
    """Text and gap mark of what was shown, in order."""
    return [(fact.text, fact.follows_gap) for fact in client.told(MessageArrived)]


def test_an_answer_is_shown_after_what_it_answers() -> None:
    """docs/protocol.md, section 9.8."""
    alice, north, one, other = two_speakers()
    question = one.says("question")
    answer = other.says("answer", (one.chain, 2))

    alice.receives(north, answer)
    assert shown(alice) == []
    alice.receives(north, question)

    assert shown(alice) == [("question", False), ("answer", False)]


def test_the_same_holds_within_one_frame() -> None:
    alice, north, one, other = two_speakers()
    question = one.says("question")

    alice.receives(north, other.says("answer", (one.chain, 2)), question)

    assert shown(alice) == [("question", False), ("answer", False)]


def test_a_gap_is_marked_after_its_time() -> None:
    alice, north, one, other = two_speakers()
    one.says("lost")
    alice.receives(north, other.says("answer", (one.chain, 2)))

    alice.passes(limits.PARENT_WAIT_MS - 1)
    assert shown(alice) == []
    alice.passes(1)

    assert shown(alice) == [("answer", True)]
    assert alice.rows("held_messages") == {}


def test_only_the_first_after_a_gap_is_marked() -> None:
    alice, north, one, other = two_speakers()
    one.says("lost")
    alice.receives(north, other.says("answer", (one.chain, 2)))
    alice.receives(north, other.says("more", (other.chain, 1)))

    alice.passes(limits.PARENT_WAIT_MS)

    assert shown(alice) == [("answer", True), ("more", False)]


def test_a_message_of_several_missing_parents_waits_for_all() -> None:
    alice, north, one, other = two_speakers()
    second, third = one.says("second"), one.says("third")
    alice.receives(north, other.says("answer", (one.chain, 2), (one.chain, 3)))

    alice.receives(north, second)
    assert shown(alice) == [("second", False)]
    alice.receives(north, third)

    assert shown(alice) == [("third", False), ("answer", False)]


def test_two_that_wait_for_one_parent_follow_it_together() -> None:
    alice, north, one, other = two_speakers()
    question = one.says("question")
    parent = (one.chain, 2)
    alice.receives(north, other.says("yes", parent), other.says("no", parent))

    alice.receives(north, question)

    assert shown(alice) == [("question", False), ("yes", False), ("no", False)]


def test_a_parent_that_was_lost_for_one_comes_too_late_for_it() -> None:
    alice, north, one, other = two_speakers()
    second, third = one.says("second"), one.says("third")
    alice.receives(north, other.says("early", (one.chain, 2)))
    alice.receives(north, other.says("later", (one.chain, 2), (one.chain, 3)))
    alice.passes(limits.PARENT_WAIT_MS)
    assert shown(alice) == [("early", True), ("later", True)]

    alice.receives(north, second, third)

    assert shown(alice) == [("second", False), ("third", False)]


def test_parents_of_a_conversation_from_before_our_time_are_not_waited_for() -> None:
    bob = a_friend()
    north = ScriptedHome()
    north.knows(bob)
    alice = ClientUnderTest()
    alice.reaches(north)
    before = Speech(bob, alice.account, name="before")
    speech = Speech(bob, alice.account)

    alice.receives(
        north, speech.start(alice.id, north.bundle), speech.says("hello", (before.chain, 7))
    )

    assert shown(alice) == [("hello", False)]


def test_a_parent_in_an_unknown_chain_of_a_known_conversation_is_waited_for() -> None:
    alice, north, one, other = two_speakers()
    third = Speech(one.friend, alice.account, name="third")

    alice.receives(north, other.says("answer", (third.chain, 1)))
    assert shown(alice) == []
    alice.receives(north, third.start(alice.id, north.bundle), third.says("question"))

    assert shown(alice) == [("question", False), ("answer", False)]


def test_our_own_messages_are_known_parents() -> None:
    alice, north, one, _ = two_speakers()
    alice.says(one.friend, "how are you?")
    *_, message = north.sealed()

    alice.receives(north, one.says("fine", (message.chain, 1)))

    assert shown(alice) == [("fine", False)]


def test_a_message_that_names_itself_waits_for_nothing() -> None:
    alice, north, one, _ = two_speakers()

    alice.receives(north, one.says("me", (one.chain, 2)))

    assert shown(alice) == [("me", False)]


def test_two_that_name_each_other_are_both_shown_after_the_time() -> None:
    alice, north, one, other = two_speakers()

    alice.receives(north, one.says("hen", (other.chain, 1)), other.says("egg", (one.chain, 2)))
    assert shown(alice) == []
    alice.passes(limits.PARENT_WAIT_MS)

    assert shown(alice) == [("hen", True), ("egg", False)]


def test_what_waits_for_a_parent_survives_a_restart() -> None:
    alice, north, one, other = two_speakers()
    question = one.says("question")
    alice.receives(north, other.says("answer", (one.chain, 2)))

    alice.restarts()
    again = ScriptedHome()
    alice.reaches(again)
    assert shown(alice) == []
    alice.receives(again, question)

    assert shown(alice) == [("question", False), ("answer", False)]
    assert alice.rows("held_messages") == {}


def test_where_too_many_wait_the_longest_waiting_is_shown_with_its_gap() -> None:
    alice, north, one, other = two_speakers(Bounds(held_messages=1))
    one.says("lost")
    parent = (one.chain, 2)

    alice.receives(north, other.says("first", parent))
    alice.receives(north, other.says("second", parent))

    assert shown(alice) == [("first", True)]


def test_conversations_longest_unheard_are_forgotten() -> None:
    bob, carol = a_friend(), a_friend("carol")
    north = ScriptedHome()
    north.knows(bob, carol)
    alice = ClientUnderTest(bounds=Bounds(conversations=1))
    alice.reaches(north)
    alice.says(bob, "hello")
    alice.says(carol, "hello")
    assert len(alice.rows("conversations")) == 1

    speech = Speech(bob, alice.account)
    alice.receives(north, speech.start(alice.id, north.bundle), speech.says("hello"))

    assert list(alice.rows("conversations")) == [speech.conversation]


def test_a_message_that_was_not_taken_is_shown_again_at_the_next_start() -> None:
    alice, north, one, other = two_speakers(keeps_untaken=True)
    alice.receives(north, one.says("second"), other.says("third"))
    reply = alice.answer(Taken(((one.chain, 1), (one.chain, 2))))
    assert reply == Carried()
    alice.facts.clear()

    alice.restarts()

    assert shown(alice) == [("third", False)]
    alice.answer(Taken(((other.chain, 1),)))
    assert alice.rows("untaken_messages") == {}


def test_a_gap_is_still_marked_when_a_message_is_shown_again() -> None:
    alice, north, one, other = two_speakers(keeps_untaken=True)
    one.says("lost")
    alice.receives(north, other.says("answer", (one.chain, 2)))
    alice.passes(limits.PARENT_WAIT_MS)
    alice.facts.clear()

    alice.restarts()

    assert shown(alice) == [("once upon a time", False), ("answer", True)]


def test_a_crash_between_keeping_and_letting_go_shows_a_message_once() -> None:
    alice, north, one, other = two_speakers(keeps_untaken=True)
    question = one.says("question")
    alice.receives(north, other.says("answer", (one.chain, 2)))
    ((key, held),) = alice.rows("held_messages").items()
    alice.receives(north, question)
    alice.disk[RowKey("held_messages", key)] = Row(table="held_messages", key=key, value=held)
    alice.facts.clear()

    alice.restarts()

    assert shown(alice) == [("once upon a time", False), ("question", False), ("answer", False)]
    assert alice.rows("held_messages") == {}


@pytest.mark.parametrize("number", [1, 9])
def test_a_message_names_the_last_heads_that_its_origin_saw(number: int) -> None:
    alice, north, one, _ = two_speakers()
    envelopes: list[Verified[Signable]] = []
    for each in range(number):
        speech = Speech(one.friend, alice.account, name=f"chain {each}")
        envelopes += [speech.start(alice.id, north.bundle), speech.says(str(each))]
    alice.receives(north, *envelopes)

    alice.says(one.friend, "and I?")

    *starts, message = north.sealed()
    (start,) = [each for each in starts if each.recipients == (one.friend.id,)]
    assert isinstance(start, ChainStart)
    assert isinstance(message, ChatMessage)
    assert len(one.friend.opens(start).reads(message).parents) == min(number + 1, 8)
