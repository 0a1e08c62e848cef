"""What is sealed to a client: the messages of chains."""

from dataclasses import replace

import pytest

from overlay import limits
from overlay.client.facts import HomeMisbehaved, MessageArrived
from overlay.client.settings import Bounds
from overlay.messages.clients import People
from overlay.messages.envelopes import (
    ChainWanted,
)
from overlay.messages.ids import AccountId, ConversationId
from overlay.messages.links import Refusal
from overlay.messages.signed import Signed
from tests.support.people import hash_of
from tests.unit.client.friends import Speech, a_friend
from tests.unit.client.harness import ClientUnderTest
from tests.unit.client.homes import ScriptedHome
from tests.unit.client.listening import a_listener, codes, receipted, signed_anew, texts


def test_a_message_is_shown_once_its_chain_is_open() -> None:
    bob = a_friend()
    alice, north = a_listener(bob)
    speech = Speech(bob, alice.account)

    alice.receives(north, speech.start(alice.id, north.bundle), speech.says("hello"))

    (arrived,) = alice.told(MessageArrived)
    assert arrived == MessageArrived(
        origin=bob.id,
        chain=speech.chain,
        index=1,
        conversation=speech.conversation,
        person=bob.account_id,
        name="bob",
        is_own=False,
        text="hello",
        sent_at=1_700_000_000_000,
        follows_gap=False,
    )
    assert receipted(north) == [(0, 1)]


def test_messages_of_one_chain_arrive_in_any_order() -> None:
    bob = a_friend()
    alice, north = a_listener(bob)
    speech = Speech(bob, alice.account)
    start = speech.start(alice.id, north.bundle)
    first, second, third = (speech.says(text) for text in ("one", "two", "three"))

    alice.receives(north, third, first)
    alice.receives(north, start)
    alice.receives(north, second)

    assert sorted(texts(alice)) == ["one", "three", "two"]


def test_a_message_that_comes_again_is_receipted_again_and_shown_once() -> None:
    bob = a_friend()
    alice, north = a_listener(bob)
    speech = Speech(bob, alice.account)
    start, message = speech.start(alice.id, north.bundle), speech.says("hello")
    alice.receives(north, start, message)
    assert texts(alice) == ["hello"]
    assert receipted(north) == [(0, 1)]

    alice.receives(north, start, message)

    assert texts(alice) == []
    assert receipted(north) == [(0, 1)]


def test_nothing_is_shown_or_receipted_before_it_is_durable() -> None:
    bob = a_friend()
    alice, north = a_listener(bob)
    speech = Speech(bob, alice.account)
    start, message = speech.start(alice.id, north.bundle), speech.says("hello")
    alice.stores_at_once = False

    alice.receives(north, start, message)
    alice.receives(north, start, message)

    assert texts(alice) == []
    assert receipted(north) == []
    alice.disk_answers()
    assert texts(alice) == ["hello"]
    assert receipted(north) == [(0, 1)]


def test_a_client_that_restarts_between_start_and_message_reads_on() -> None:
    bob = a_friend()
    alice, north = a_listener(bob)
    speech = Speech(bob, alice.account)
    alice.receives(north, speech.start(alice.id, north.bundle), speech.says("one"))

    alice.restarts()
    again = ScriptedHome()
    alice.reaches(again)
    alice.receives(again, speech.says("two"))

    assert texts(alice) == ["one", "two"]


def test_a_client_that_restarts_shows_nothing_twice() -> None:
    bob = a_friend()
    alice, north = a_listener(bob)
    speech = Speech(bob, alice.account)
    start, message = speech.start(alice.id, north.bundle), speech.says("hello")
    alice.receives(north, start, message)
    alice.told(MessageArrived)

    alice.restarts()
    again = ScriptedHome()
    alice.reaches(again)
    alice.receives(again, start, message)

    assert texts(alice) == []
    assert receipted(again) == [(0, 1)]


def test_a_copy_from_another_client_of_ours_is_our_own() -> None:
    bob = a_friend()
    tablet = a_friend("alice", "tablet")
    alice = ClientUnderTest("alice")
    tablet = replace(tablet, clients=(alice.id, tablet.id), account_version=3)
    north = ScriptedHome()
    north.knows(bob, tablet)
    alice.reaches(north)
    speech = Speech(tablet, bob.account_id)

    alice.receives(
        north,
        speech.start(alice.id, north.bundle),
        signed_anew(tablet, speech.says("from my tablet")),
    )

    (arrived,) = alice.told(MessageArrived)
    assert (arrived.is_own, arrived.person, arrived.origin) == (True, bob.account_id, tablet.id)


def test_a_message_without_its_start_asks_its_origin() -> None:
    """docs/protocol.md, section 9.6."""
    bob = a_friend()
    alice, north = a_listener(bob)
    speech = Speech(bob, alice.account)
    alice.receives(north, speech.says("one"), speech.says("two"))

    alice.passes(limits.CHAIN_WANTED_MS - 1)
    assert north.submitted(ChainWanted) == []
    alice.passes(1)

    (wanted,) = north.submitted(ChainWanted)
    assert (wanted.recipients, wanted.chain) == ((bob.id,), speech.chain)
    assert codes(alice) == [(1, "chain_wanted"), (2, "chain_wanted")]
    alice.receives(north, speech.start(alice.id, north.bundle))
    assert texts(alice) == ["one", "two"]
    alice.passes(600_000)
    assert north.submitted(ChainWanted) == []


def test_a_start_that_never_comes_is_given_up() -> None:
    bob = a_friend()
    alice, north = a_listener(bob)
    alice.receives(north, Speech(bob, alice.account).says("one"))

    alice.passes(limits.CHAIN_WANTED_MS << (limits.CHAINS_WANTED_MAX + 1))

    assert len(north.submitted(ChainWanted)) == limits.CHAINS_WANTED_MAX
    assert codes(alice) == [(1, "chain_wanted"), (1, "cannot_open")]


def test_nobody_is_asked_while_no_home_serves() -> None:
    bob = a_friend()
    alice, north = a_listener(bob)
    speech = Speech(bob, alice.account)
    alice.receives(north, speech.says("one"))
    alice.loses(north)

    alice.passes(limits.CHAIN_WANTED_MS)
    again = ScriptedHome()
    alice.reaches(again)

    assert again.submitted(ChainWanted) == []
    alice.passes(2 * limits.CHAIN_WANTED_MS)
    assert len(again.submitted(ChainWanted)) == 1


def test_waiting_messages_are_bounded() -> None:
    bob = a_friend()
    alice, north = a_listener(bob, bounds=Bounds(waiting_messages=1))
    speech = Speech(bob, alice.account)

    alice.receives(north, speech.says("one"), speech.says("two"))
    alice.receives(north, speech.start(alice.id, north.bundle))

    assert texts(alice) == ["one"]


def test_a_message_that_waits_twice_counts_once() -> None:
    bob = a_friend()
    alice, north = a_listener(bob)
    speech = Speech(bob, alice.account)
    message = speech.says("one")

    alice.receives(north, message, message)
    alice.receives(north, speech.start(alice.id, north.bundle))

    assert texts(alice) == ["one"]


def test_a_forged_message_is_refused_and_not_shown() -> None:
    bob = a_friend()
    alice, north = a_listener(bob)
    speech = Speech(bob, alice.account)
    start, message = speech.start(alice.id, north.bundle), speech.says("hello")
    forged = replace(message, signed=tampered(message.signed))

    alice.receives(north, start, forged)

    assert [refusal.code for refusal in north.hears(Refusal)] == ["bad_signature"]
    assert [fact.code for fact in alice.told(HomeMisbehaved)] == ["bad_signature"]
    assert texts(alice) == []
    alice.receives(north, message)
    assert texts(alice) == ["hello"]


def tampered(signed: Signed) -> Signed:
    return replace(signed, signed=signed.signed.replace('"index":1', '"index":2'))


def test_a_message_in_the_chain_of_another_client_is_not_shown() -> None:
    bob, mallory = a_friend(), a_friend("mallory")
    alice, north = a_listener(bob, mallory)
    speech = Speech(bob, alice.account)
    alice.receives(north, speech.start(alice.id, north.bundle))
    message = speech.says("hello")

    stolen = signed_anew(mallory, message, signer=mallory.id)
    alice.receives(north, stolen)

    assert codes(alice) == [(1, "not_yours")]
    assert receipted(north) == [(0, 0)]
    alice.receives(north, message, signed_anew(mallory, message, signer=mallory.id))
    assert texts(alice) == ["hello"]
    assert codes(alice) == [(1, "not_yours")]


@pytest.mark.parametrize("is_open", [True, False])
def test_a_message_of_an_unknown_suite_is_refused_and_nobody_asked_for_its_start(
    is_open: bool,
) -> None:
    """docs/protocol.md, section 9.2."""
    bob = a_friend()
    alice, north = a_listener(bob)
    speech = Speech(bob, alice.account)
    start = speech.start(alice.id, north.bundle)
    if is_open:
        alice.receives(north, start)
    message = speech.says("hello")

    alice.receives(north, signed_anew(bob, message, suite="tomorrow"))

    assert [refusal.code for refusal in north.hears(Refusal)] == ["unknown_suite"]
    assert codes(alice) == [(1, "unknown_suite")]
    assert alice.told(HomeMisbehaved) == []
    alice.passes(600_000)
    assert north.submitted(ChainWanted) == []
    alice.receives(north, start, message)
    assert texts(alice) == ["hello"]


def test_a_message_that_contradicts_its_chain_is_not_shown() -> None:
    bob = a_friend()
    alice, north = a_listener(bob)
    speech = Speech(bob, alice.account)
    alice.receives(north, speech.start(alice.id, north.bundle))

    another = ConversationId(hash_of("another"))
    alice.receives(north, signed_anew(bob, speech.says("hello"), conversation=another))

    assert codes(alice) == [(1, "mismatch")]


@pytest.mark.parametrize("body", ["A", "AAAA"])
def test_a_message_that_does_not_open_is_told_and_the_right_one_still_opens(body: str) -> None:
    bob = a_friend()
    alice, north = a_listener(bob)
    speech = Speech(bob, alice.account)
    alice.receives(north, speech.start(alice.id, north.bundle))
    message = speech.says("hello")

    alice.receives(north, signed_anew(bob, message, body=body))

    assert codes(alice) == [(1, "cannot_open")]
    alice.receives(north, message)
    assert texts(alice) == ["hello"]


def test_a_message_too_far_ahead_is_told() -> None:
    bob = a_friend()
    alice, north = a_listener(bob)
    speech = Speech(bob, alice.account)
    alice.receives(north, speech.start(alice.id, north.bundle))

    alice.receives(north, signed_anew(bob, speech.says("hello"), index=5_000))

    assert codes(alice) == [(5_000, "chain_gap")]


def test_an_opened_message_without_a_text_is_told_once_and_receipted() -> None:
    bob = a_friend()
    alice, north = a_listener(bob)
    speech = Speech(bob, alice.account)
    alice.receives(north, speech.start(alice.id, north.bundle))
    receipted(north)

    alice.receives(north, speech.says("", content=b"{}"))

    assert codes(alice) == [(1, "malformed")]
    assert receipted(north) == [(1, 1)]


def test_a_message_for_other_accounts_is_refused() -> None:
    bob = a_friend()
    alice, north = a_listener(bob)
    message = Speech(bob, alice.account).says("hello")

    others = (AccountId(bob.account_id),)
    alice.receives(north, signed_anew(bob, message, recipients=others))

    assert [refusal.code for refusal in north.hears(Refusal)] == ["not_yours"]


def test_a_client_that_was_revoked_is_not_shown_any_more() -> None:
    bob = a_friend()
    alice, north = a_listener(bob)
    speech = Speech(bob, alice.account)
    alice.receives(north, speech.start(alice.id, north.bundle))
    phone = a_friend("bob", "phone")
    record = bob.account_record(version=2, clients=(phone.id,), revoked=(bob.id,))
    alice.hears(north, People((replace(north.people[bob.account_id], account=record.signed),)))

    alice.receives(north, speech.says("hello"))

    assert codes(alice) == [(1, "not_certified")]


def test_the_chain_longest_unused_is_forgotten() -> None:
    bob = a_friend()
    alice, north = a_listener(bob, bounds=Bounds(receiving_chains=1))
    first, second = Speech(bob, alice.account), Speech(bob, alice.account, name="second")

    alice.receives(north, first.start(alice.id, north.bundle))
    alice.receives(north, second.start(alice.id, north.bundle))

    assert list(alice.rows("receiving_chains")) == [second.chain]
