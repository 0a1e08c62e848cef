"""Our chains: started and submitted again, after a restart or because somebody asks."""

from dataclasses import replace

from overlay import limits
from overlay.client.durable.rows import person_key
from overlay.client.facts import HomeMisbehaved
from overlay.client.requests import FindPeople
from tests.support.people import CHAIN
from tests.unit.client.friends import (
    a_friend,
    lacks_key,
    two_friends_devices,
    wants_chain,
)
from tests.unit.client.harness import ClientUnderTest
from tests.unit.client.homes import ScriptedHome
from tests.unit.client.talking import a_conversation, kinds, origin_of, sent


def test_after_a_restart_the_same_body_is_submitted_anew_behind_a_new_start() -> None:
    """docs/protocol.md, section 7.6."""
    bob = a_friend()
    alice, north = a_conversation(bob)
    alice.says(bob, "hello")
    _, [first] = sent(north)

    alice.restarts()
    again = ScriptedHome()
    alice.reaches(again)

    [start], [message] = sent(again)
    assert (message.body, message.chain, message.index) == (first.body, first.chain, 1)
    assert message.incarnation == 2
    assert start.recipients == (bob.id,)
    assert bob.opens(start).reads(message).text == "hello"


def test_after_a_restart_new_messages_go_into_a_new_chain() -> None:
    bob = a_friend()
    alice, north = a_conversation(bob)
    alice.says(bob, "one")
    _, [first] = sent(north)
    alice.restarts()
    again = ScriptedHome()
    again.knows(bob)
    alice.reaches(again)
    sent(again)

    alice.says(bob, "two")

    [start], [second] = sent(again)
    assert start.chain == second.chain != first.chain
    assert second.index == 1


def test_a_message_that_was_never_sealed_is_sealed_after_a_restart() -> None:
    bob = a_friend()
    alice, north = a_conversation()
    north.serves = False
    alice.says(bob, "hello")

    alice.restarts()
    again = ScriptedHome()
    again.knows(bob)
    alice.reaches(again)

    [start], [message] = sent(again)
    assert bob.opens(start).reads(message).text == "hello"


def test_an_old_chain_without_known_keys_is_submitted_without_a_start() -> None:
    bob = a_friend()
    alice, north = a_conversation(bob)
    alice.says(bob, "hello")
    sent(north)
    del alice.disk[person_key(bob.account_id)]

    alice.restarts()
    again = ScriptedHome()
    alice.reaches(again)

    assert kinds(again) == ["ChatMessage"]


def test_at_the_next_home_unreceipted_starts_and_messages_are_submitted_again() -> None:
    bob = a_friend()
    alice, north = a_conversation(bob)
    alice.says(bob, "hello")
    before = sent(north)
    alice.loses(north)
    alice.passes(limits.RESUME_FIRST_MS)

    again = ScriptedHome()
    alice.reaches(again)

    assert sent(again) == before


def test_what_was_receipted_is_not_submitted_again() -> None:
    bob = a_friend()
    alice, north = a_conversation(bob)
    alice.says(bob, "hello")
    _, [message] = sent(north)
    alice.receives(north, bob.receipt_for(origin_of(alice), (0, 1), chain=message.chain))
    alice.loses(north)
    alice.passes(limits.RESUME_FIRST_MS)

    again = ScriptedHome()
    alice.reaches(again)

    assert kinds(again) == []


def test_a_message_written_while_away_is_submitted_at_the_next_home() -> None:
    bob = a_friend()
    alice, north = a_conversation(bob)
    alice.says(bob, "one")
    sent(north)
    alice.loses(north)

    alice.says(bob, "two")
    alice.passes(limits.RESUME_FIRST_MS)
    again = ScriptedHome()
    alice.reaches(again)

    assert kinds(again) == [
        "ChainStart",
        "ChatMessage",
        "ChatMessage",
    ]


def test_a_chain_sealed_while_away_is_submitted_at_the_next_home() -> None:
    bob = a_friend()
    alice, north = a_conversation(bob)
    alice.seals_at_once = False
    alice.says(bob, "one")
    alice.loses(north)

    alice.sealing_answers()
    alice.seals_at_once = True
    alice.passes(limits.RESUME_FIRST_MS)
    again = ScriptedHome()
    alice.reaches(again)

    assert kinds(again) == ["ChainStart", "ChatMessage"]


def test_a_reader_that_wants_a_chain_gets_its_start_again() -> None:
    bob = a_friend()
    alice, north = a_conversation(bob)
    alice.says(bob, "hello")
    _, [message] = sent(north)

    alice.receives(north, wants_chain(bob, alice.id, message.chain))

    [start], _ = sent(north)
    assert bob.opens(start).reads(message).text == "hello"


def test_a_reader_that_wants_a_chain_twice_at_once_gets_it_once() -> None:
    bob = a_friend()
    alice, north = a_conversation(bob)
    alice.says(bob, "hello")
    _, [message] = sent(north)

    alice.receives(
        north,
        wants_chain(bob, alice.id, message.chain),
        wants_chain(bob, alice.id, message.chain),
    )

    assert kinds(north) == ["ChainStart"]


def test_a_chain_of_an_earlier_start_can_still_be_wanted() -> None:
    bob = a_friend()
    alice, north = a_conversation(bob)
    alice.says(bob, "hello")
    _, [message] = sent(north)
    alice.restarts()
    again = ScriptedHome()
    alice.reaches(again)
    sent(again)

    alice.receives(again, wants_chain(bob, alice.id, message.chain))

    [start], _ = sent(again)
    assert bob.opens(start).reads(message).text == "hello"


def test_a_new_client_of_a_reader_is_looked_up_before_it_gets_a_start() -> None:
    laptop, phone = two_friends_devices("bob")
    alone = a_friend("bob")
    alice, north = a_conversation(alone)
    alice.says(alone, "hello")
    _, [message] = sent(north)
    north.people.clear()
    north.knows(replace(laptop, account_version=2), replace(phone, account_version=2))

    alice.receives(north, wants_chain(phone, alice.id, message.chain))

    starts, _ = sent(north)
    assert phone.id in {start.recipients[0] for start in starts}


def test_a_stranger_that_wants_a_chain_gets_nothing() -> None:
    bob, mallory = a_friend(), a_friend("mallory")
    alice, north = a_conversation(bob, mallory)
    alice.says(bob, "hello")
    _, [message] = sent(north)

    alice.receives(north, wants_chain(mallory, alice.id, message.chain))

    assert kinds(north) == []


def test_another_client_of_ours_is_looked_up_under_our_account() -> None:
    bob = a_friend()
    tablet = a_friend("alice", "tablet")
    alice = ClientUnderTest("alice")
    tablet = replace(tablet, clients=(alice.id, tablet.id), account_version=3)
    north = ScriptedHome()
    north.knows(bob)
    north.knows(tablet, with_bundles=False)
    alice.reaches(north)
    alice.answer(FindPeople(id=alice.account))
    alice.says(bob, "hello")
    _, [message] = sent(north)
    north.people.clear()
    north.knows(tablet)

    alice.receives(north, wants_chain(tablet, alice.id, message.chain))

    assert tablet.id in {each.recipients[0] for each in sent(north)[0]}


def test_wishes_for_unknown_chains_and_other_clients_are_not_met() -> None:
    bob = a_friend()
    alice, north = a_conversation(bob)
    alice.says(bob, "hello")
    _, [message] = sent(north)

    alice.receives(
        north,
        wants_chain(bob, alice.id, CHAIN),
        lacks_key(bob, alice.id, CHAIN, bob.sealing.key_id),
        wants_chain(bob, bob.id, message.chain),
        lacks_key(bob, bob.id, message.chain, bob.sealing.key_id),
    )

    assert kinds(north) == []
    assert [fact.code for fact in alice.told(HomeMisbehaved)] == ["not_yours", "not_yours"]


def test_a_start_sealed_to_a_lost_key_is_sealed_anew_to_the_next() -> None:
    bob = a_friend()
    alice, north = a_conversation(bob)
    alice.says(bob, "hello")
    _, [message] = sent(north)
    renewed = replace(bob, sealing=a_friend("bob", "other").sealing)
    north.people.clear()
    north.knows(renewed)

    alice.receives(north, lacks_key(bob, alice.id, message.chain, bob.sealing.key_id))

    [start], _ = sent(north)
    assert renewed.opens(start).reads(message).text == "hello"


def test_a_lost_key_that_the_directory_still_holds_is_not_sealed_to_again() -> None:
    bob = a_friend()
    alice, north = a_conversation(bob)
    alice.says(bob, "hello")
    _, [message] = sent(north)

    alice.receives(north, lacks_key(bob, alice.id, message.chain, bob.sealing.key_id))

    assert kinds(north) == []
