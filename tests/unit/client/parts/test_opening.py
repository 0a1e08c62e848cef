"""What is sealed to a client: the starts of chains."""

import pytest

from overlay import limits
from overlay.client.events import Opened
from overlay.client.facts import HomeMisbehaved
from overlay.client.requests import FindPeople
from overlay.client.settings import Bounds
from overlay.crypto.encoding import encode
from overlay.messages.envelopes import (
    ChainOpening,
    UnknownKey,
)
from overlay.messages.links import Refusal
from overlay.peering.events import Ticket
from tests.unit.client.friends import Speech, a_friend
from tests.unit.client.listening import a_listener, codes, receipted, signed_anew, texts


def test_a_start_sealed_to_a_key_that_is_gone_is_answered() -> None:
    bob = a_friend()
    alice, north = a_listener(bob)
    speech = Speech(bob, alice.account)

    alice.receives(north, speech.start(alice.id, a_friend("old").sealing))

    (unknown,) = north.submitted(UnknownKey)
    assert unknown.recipients == (bob.id,)
    assert (unknown.chain, unknown.key_id) == (speech.chain, a_friend("old").sealing.key_id)
    assert codes(alice) == [(0, "unknown_key")]


def test_a_start_of_an_unknown_suite_is_refused_and_its_origin_may_seal_anew() -> None:
    """docs/protocol.md, section 9.2."""
    bob = a_friend()
    alice, north = a_listener(bob)
    speech = Speech(bob, alice.account)
    start = speech.start(alice.id, north.bundle)

    alice.receives(north, signed_anew(bob, start, suite="tomorrow"))

    assert [refusal.code for refusal in north.hears(Refusal)] == ["unknown_suite"]
    assert codes(alice) == [(0, "unknown_suite")]
    assert alice.told(HomeMisbehaved) == []
    alice.receives(north, start)
    assert receipted(north) == [(0, 0)]


def test_the_origin_of_a_start_of_an_unknown_suite_is_told_the_key_that_it_took() -> None:
    """docs/protocol.md, section 9.2."""
    bob = a_friend()
    alice, north = a_listener(bob)
    speech = Speech(bob, alice.account)

    alice.receives(north, signed_anew(bob, speech.start(alice.id, north.bundle), suite="tomorrow"))

    (unknown,) = north.submitted(UnknownKey)
    assert unknown.recipients == (bob.id,)
    assert (unknown.chain, unknown.key_id) == (speech.chain, north.bundle.key_id)


@pytest.mark.parametrize("body", ["A", encode(b"\0" * 1_200)])
def test_a_start_that_does_not_open_is_told_and_not_receipted(body: str) -> None:
    bob = a_friend()
    alice, north = a_listener(bob)
    start = Speech(bob, alice.account).start(alice.id, north.bundle)

    alice.receives(north, signed_anew(bob, start, body=body))

    assert codes(alice) == [(0, "cannot_open")]
    assert receipted(north) == []


def test_a_start_for_another_client_is_refused() -> None:
    bob = a_friend()
    alice, north = a_listener(bob)
    start = Speech(bob, alice.account).start(bob.id, north.bundle)

    alice.receives(north, start)

    assert [refusal.code for refusal in north.hears(Refusal)] == ["not_yours"]


def test_a_start_that_names_neither_of_our_accounts_is_told() -> None:
    bob, carol = a_friend(), a_friend("carol")
    alice, north = a_listener(bob)
    speech = Speech(bob, carol.account_id)

    alice.receives(north, speech.start(alice.id, north.bundle))

    assert codes(alice) == [(0, "mismatch")]


def test_a_start_for_another_conversation_is_told() -> None:
    bob = a_friend()
    alice, north = a_listener(bob)
    speech = Speech(bob, alice.account)
    carol = a_friend("carol")
    opening = ChainOpening(key=encode(speech.first_key), account=carol.account_id, to=alice.account)

    alice.receives(north, speech.start(alice.id, north.bundle, opening=opening))

    assert codes(alice) == [(0, "mismatch")]


def test_a_conversation_of_one_account_with_itself_is_told() -> None:
    alice, north = a_listener()
    tablet = a_friend("alice", "tablet")
    speech = Speech(tablet, alice.account)

    alice.receives(north, speech.start(alice.id, north.bundle))

    assert codes(alice) == [(0, "mismatch")]


def test_a_start_whose_key_is_another_than_its_chain_says_is_told() -> None:
    bob = a_friend()
    alice, north = a_listener(bob)
    alice.answer(FindPeople(id=bob.account_id))
    speech = Speech(bob, alice.account)
    opening = ChainOpening(
        key=encode(b"another" + b"." * 25), account=bob.account_id, to=alice.account
    )

    alice.receives(north, speech.start(alice.id, north.bundle, opening=opening))

    assert codes(alice) == [(0, "cannot_open")]


def test_the_same_for_somebody_who_is_looked_up_first() -> None:
    bob = a_friend()
    alice, north = a_listener(bob)
    speech = Speech(bob, alice.account)
    opening = ChainOpening(
        key=encode(b"another" + b"." * 25), account=bob.account_id, to=alice.account
    )

    alice.receives(north, speech.start(alice.id, north.bundle, opening=opening))

    assert codes(alice) == [(0, "cannot_open")]


def test_a_start_that_holds_no_opening_is_told() -> None:
    bob = a_friend()
    alice, north = a_listener(bob)

    alice.receives(north, Speech(bob, alice.account).start(alice.id, north.bundle, text=b"[]"))

    assert codes(alice) == [(0, "malformed")]


def test_a_start_of_a_client_that_its_account_does_not_list_is_told() -> None:
    """docs/protocol.md, section 9.3."""
    bob, mallory = a_friend(), a_friend("mallory")
    alice, north = a_listener(bob)
    speech = Speech(mallory, alice.account, account=bob.account_id)

    alice.receives(north, speech.start(alice.id, north.bundle))

    assert codes(alice) == [(0, "not_certified")]
    assert receipted(north) == []


def test_a_start_of_somebody_whom_nobody_knows_is_told() -> None:
    bob = a_friend()
    alice, north = a_listener()

    alice.receives(north, Speech(bob, alice.account).start(alice.id, north.bundle))

    assert codes(alice) == [(0, "not_certified")]


def test_a_start_waits_for_the_answer_about_its_origin() -> None:
    bob = a_friend()
    alice, north = a_listener(bob)
    north.serves = False
    speech = Speech(bob, alice.account)
    start = speech.start(alice.id, north.bundle)

    alice.receives(north, start)
    alice.receives(north, start)
    assert codes(alice) == []
    north.serves = True
    alice.passes(limits.FIND_MS)
    alice.receives(north, speech.says("hello"))

    assert texts(alice) == ["hello"]


def test_where_too_much_waits_for_answers_a_start_is_left_to_come_again() -> None:
    bob, carol = a_friend(), a_friend("carol")
    alice, north = a_listener(bob, carol, bounds=Bounds(lookup_waiters=1))
    speech = Speech(bob, alice.account)
    start = speech.start(alice.id, north.bundle)

    alice.receives(north, Speech(carol, alice.account).start(alice.id, north.bundle), start)
    alice.receives(north, start, speech.says("hello"))

    assert texts(alice) == ["hello"]


def test_where_too_many_starts_are_opened_one_is_left_to_come_again() -> None:
    bob, carol = a_friend(), a_friend("carol")
    alice, north = a_listener(bob, carol, bounds=Bounds(openings=1))
    speech = Speech(bob, alice.account)
    start = speech.start(alice.id, north.bundle)

    alice.receives(north, Speech(carol, alice.account).start(alice.id, north.bundle), start)
    alice.receives(north, start, speech.says("hello"))

    assert texts(alice) == ["hello"]
    assert receipted(north) == [(0, 0), (0, 1)]


def test_an_answer_to_an_opening_that_nobody_asked_for_changes_nothing() -> None:
    alice, _ = a_listener()

    alice.happens(Opened(Ticket(77), b"text"))

    assert alice.facts == []
