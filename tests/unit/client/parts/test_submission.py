"""Envelopes to our home: signed together, within its credit, and what it says to them."""

from dataclasses import replace

import pytest

from overlay import limits
from overlay.client.facts import LadderStepped
from overlay.client.requests import Say
from overlay.client.settings import Bounds
from overlay.messages.clients import Submit
from overlay.messages.envelopes import ChatMessage, Receipt
from overlay.messages.links import Ack, Refusal, Welcome
from overlay.peering.statements import Reader
from tests.support.people import NETWORK
from tests.unit.client.friends import Speech, a_friend
from tests.unit.client.harness import ClientUnderTest, attached
from tests.unit.client.homes import LIMITS, WELCOME, ScriptedHome


def crediting(envelopes: int = 512, size_bytes: int = 1_048_576) -> Welcome:
    """A welcome that grants this credit."""
    granted = replace(LIMITS, credit_envelopes=envelopes, credit_bytes=size_bytes)
    return replace(WELCOME, limits=granted)


def a_talker(welcome: Welcome = WELCOME) -> tuple[ClientUnderTest, ScriptedHome]:
    """Alice, whose chain with bob is open, at a home that acks nothing by itself."""
    bob, north = a_friend(), ScriptedHome(welcome=welcome)
    north.knows(bob)
    alice = attached(home=north)
    alice.says(bob, "first")
    alice.facts.clear()
    north.hears(Submit)
    north.acks = False
    return alice, north


def test_what_is_said_in_one_round_is_signed_together() -> None:
    """docs/protocol.md, section 3.2."""
    alice, north = a_talker()
    alice.stores_at_once = False
    for number in range(5):
        alice.asks(say(str(number)))

    alice.disk_answers()
    alice.disk_answers()

    submits = north.hears(Submit)
    assert len(submits) == 5
    assert len({submit.envelope.signature for submit in submits[1:]}) == 1


def say(text: str) -> Say:
    """Something for bob."""
    return Say(to=a_friend().account_id, text=text, sent_at=1)


def test_a_client_keeps_to_the_credit_of_its_home() -> None:
    """docs/protocol.md, section 1.4."""
    alice, north = a_talker(crediting(envelopes=2))
    for number in range(4):
        alice.asks(say(str(number)))

    submits = north.hears(Submit)
    assert [submit.number for submit in submits] == [3, 4]
    alice.hears(north, Ack(3))

    assert [submit.number for submit in north.hears(Submit)] == [5]


def test_a_client_keeps_to_the_credit_in_bytes() -> None:
    alice, north = a_talker(crediting(size_bytes=2_000))
    alice.asks(say("x"))
    alice.asks(say("y" * 2_000))
    alice.asks(say("z"))

    assert [submit.number for submit in north.hears(Submit)] == [3]
    alice.hears(north, Ack(3))

    assert [submit.number for submit in north.hears(Submit)] == [4]


def test_a_busy_home_is_left_alone_for_the_time_it_names() -> None:
    alice, north = a_talker()
    alice.asks(say("one"))
    alice.asks(say("two"))
    one, two = north.hears(Submit)

    alice.hears(
        north,
        Refusal(code="busy", number=one.number, retry_after_ms=700),
        Refusal(code="busy", number=two.number, retry_after_ms=700),
    )
    alice.passes(699)
    assert north.hears(Submit) == []
    alice.passes(1)

    again = north.hears(Submit)
    assert [each.envelope for each in again] == [one.envelope, two.envelope]
    assert alice.told(LadderStepped) == []


def test_a_busy_home_that_names_no_time_is_asked_again_soon() -> None:
    alice, north = a_talker()
    alice.asks(say("one"))
    (one,) = north.hears(Submit)

    alice.hears(north, Refusal(code="busy", number=one.number))
    alice.passes(limits.BUSY_RETRY_MS)

    assert len(north.hears(Submit)) == 1


@pytest.mark.parametrize("code", ["replayed", "old_incarnation"])
def test_an_envelope_under_a_used_counter_is_signed_anew(code: str) -> None:
    alice, north = a_talker()
    alice.asks(say("one"))
    (one,) = north.hears(Submit)

    alice.hears(north, Refusal(code=code, number=one.number))

    (again,) = north.hears(Submit)
    before, after = (message_of(submit) for submit in (one, again))
    assert (after.chain, after.index, after.body) == (before.chain, before.index, before.body)
    assert after.counter > before.counter


def message_of(submit: Submit) -> ChatMessage:
    return Reader(NETWORK).read_as(ChatMessage, submit.envelope).value


def test_a_home_that_calls_everything_replayed_is_disbelieved() -> None:
    alice, north = a_talker()
    alice.asks(say("one"))

    for _ in range(limits.SUBMIT_TRIES_MAX + 1):
        (submit,) = north.hears(Submit)
        alice.hears(north, Refusal(code="replayed", number=submit.number))

    assert north.hears(Submit) == []
    assert [fact.reason for fact in alice.told(LadderStepped)] == ["replayed"]


def test_a_refusal_of_what_was_answered_already_changes_nothing() -> None:
    alice, north = a_talker()

    alice.hears(north, Refusal(code="quota", number=1))
    alice.hears(north, Refusal(code="quota", number=77))

    assert alice.facts == []


def test_a_refused_receipt_is_not_followed() -> None:
    alice, north = a_talker()
    bob = a_friend()
    speech = Speech(bob, alice.account)
    alice.receives(north, speech.start(alice.id, north.bundle))
    (submit,) = north.hears(Submit)
    assert submit.envelope.kind == "receipt"

    alice.hears(north, Refusal(code="malformed", number=submit.number))

    assert alice.facts == []
    assert north.hears(Submit) == []


def test_receipts_go_before_messages() -> None:
    alice, north = a_talker(crediting(envelopes=1))
    alice.asks(say("one"))
    alice.asks(say("two"))
    (one,) = north.hears(Submit)
    speech = Speech(a_friend(), alice.account)
    alice.receives(north, speech.start(alice.id, north.bundle))

    alice.hears(north, Ack(one.number))

    # The one that was signed already waits for nothing but credit.
    kinds = []
    for _ in range(2):
        (submit,) = north.hears(Submit)
        kinds.append(submit.envelope.kind)
        alice.hears(north, Ack(submit.number))
    assert sorted(kinds) == ["message", "receipt"]


def test_receipts_beyond_the_bound_are_left_to_be_asked_for_again() -> None:
    north = ScriptedHome(welcome=crediting(envelopes=1))
    friends = [a_friend(name) for name in ("bob", "carol", "dave")]
    north.knows(*friends)
    alice = attached(home=north, bounds=Bounds(urgent_envelopes=1))
    north.acks = False
    for friend in friends:
        speech = Speech(friend, alice.account)
        alice.receives(north, speech.start(alice.id, north.bundle))

    submitted = north.hears(Submit)
    alice.hears(north, Ack(1))
    submitted += north.hears(Submit)
    alice.hears(north, Ack(2))
    submitted += north.hears(Submit)

    receipts = [Reader(NETWORK).read_as(Receipt, each.envelope).value for each in submitted]
    assert [receipt.recipients for receipt in receipts] == [(friends[0].id,), (friends[1].id,)]


def test_counters_of_one_incarnation_are_used_once() -> None:
    """docs/protocol.md, section 7.2."""
    alice, north = a_talker()
    for number in range(5):
        alice.asks(say(str(number)))

    counters = [message_of(submit).counter for submit in north.hears(Submit)]

    assert len(set(counters)) == len(counters)
    assert counters == sorted(counters)
