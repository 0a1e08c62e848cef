"""Messages that people write, and the ladder of each."""

import pytest

from overlay import limits
from overlay.client.facts import LadderStepped
from overlay.client.requests import Declined, MessageId, Say
from overlay.client.settings import Bounds
from overlay.messages.clients import People, Stalled, StallReason, Submit
from overlay.messages.envelopes import ChatMessage
from overlay.messages.ids import AccountId
from overlay.messages.links import Ack, Refusal
from overlay.peering.statements import Reader
from tests.support.people import NETWORK
from tests.unit.client.friends import a_friend
from tests.unit.client.harness import ClientUnderTest, attached
from tests.unit.client.homes import ScriptedHome


def one_submitted(
    code: str | None = None,
) -> tuple[ClientUnderTest, ScriptedHome, MessageId, Submit]:
    """Alice has said something to bob; her home acks it, or refuses it with a code."""
    bob, north = a_friend(), ScriptedHome()
    north.knows(bob)
    alice = attached(home=north)
    north.acks = code is None
    message = alice.says(bob, "hello")
    *_, submit = north.hears(Submit)
    if code is not None:
        alice.hears(north, Refusal(code=code, number=submit.number))
        north.acks = True
    return alice, north, message, submit


def ladder(client: ClientUnderTest) -> list[tuple[str, str | None]]:
    return [(fact.step, fact.reason) for fact in client.told(LadderStepped)]


def test_a_message_is_accepted_when_the_home_acks_it() -> None:
    alice, _, message, _ = one_submitted()

    assert alice.told(LadderStepped) == [LadderStepped(message=message, step="accepted")]


def test_it_is_told_accepted_once_however_often_it_is_submitted() -> None:
    alice, north, _, _ = one_submitted()
    alice.told(LadderStepped)
    alice.loses(north)
    alice.passes(limits.RESUME_FIRST_MS)

    alice.reaches(ScriptedHome())

    assert alice.told(LadderStepped) == []


def test_an_ack_for_a_message_that_is_gone_changes_nothing() -> None:
    alice, north, _, submit = one_submitted("unheard_of")
    alice.facts.clear()

    alice.hears(north, Ack(submit.number))

    assert alice.facts == []


@pytest.mark.parametrize("reason", ["away", "no_way", "busy", "resting"])
def test_why_an_accepted_message_waits_is_told_once(reason: StallReason) -> None:
    alice, north, message, submit = one_submitted()
    alice.told(LadderStepped)
    counter = counter_of(submit)

    alice.hears(north, Stalled(counter=counter, reason=reason))
    alice.hears(north, Stalled(counter=counter, reason=reason))

    assert alice.told(LadderStepped) == [
        LadderStepped(message=message, step="stalled", reason=reason)
    ]


def counter_of(submit: Submit) -> int:
    text = submit.envelope.signed
    return int(text.partition('"counter":')[2].partition(",")[0])


def test_an_expired_message_has_failed() -> None:
    alice, north, message, submit = one_submitted()
    alice.told(LadderStepped)

    alice.hears(north, Stalled(counter=counter_of(submit), reason="expired"))

    assert alice.told(LadderStepped) == [
        LadderStepped(message=message, step="failed", reason="expired")
    ]
    assert alice.rows("outbox") == {}


def test_a_message_for_which_there_is_no_room_is_offered_again() -> None:
    alice, north, _, submit = one_submitted()
    alice.told(LadderStepped)

    alice.hears(north, Stalled(counter=counter_of(submit), reason="quota"))
    alice.passes(limits.QUOTA_RETRY_MS)

    assert ladder(alice) == [("stalled", "quota")]
    (again,) = north.hears(Submit)
    assert again.envelope == submit.envelope


def test_news_of_an_unknown_counter_changes_nothing() -> None:
    alice, north, _, _ = one_submitted()
    alice.facts.clear()

    alice.hears(north, Stalled(counter=999, reason="away"))

    assert alice.facts == []


def test_a_refused_message_stays_in_the_outbox_and_is_offered_again() -> None:
    alice, north, _, submit = one_submitted("quota")

    assert ladder(alice) == [("stalled", "quota")]
    alice.passes(limits.QUOTA_RETRY_MS)

    (again,) = north.hears(Submit)
    assert again.envelope == submit.envelope
    assert ladder(alice) == [("accepted", None)]


def test_a_message_to_somebody_whom_the_home_forgot_waits_until_they_come() -> None:
    alice, north, _, submit = one_submitted("unknown_recipient")
    assert ladder(alice) == [("stalled", "away")]

    alice.hears(north, People(tuple(north.people.values())))

    (again,) = north.hears(Submit)
    assert again.envelope == submit.envelope
    alice.passes(limits.QUOTA_RETRY_MS)
    assert north.hears(Submit) == []


def test_a_refused_message_that_was_delivered_all_the_same_is_not_offered_again() -> None:
    alice, north, _, submit = one_submitted("quota")
    envelope = Reader(NETWORK).read_as(ChatMessage, submit.envelope).value
    receipt = a_friend().receipt_for(a_friend("alice"), (0, 1), chain=envelope.chain)
    alice.receives(north, receipt)

    alice.passes(limits.QUOTA_RETRY_MS)

    assert north.hears(Submit) == []


def test_a_refused_message_is_offered_to_the_next_home_at_once() -> None:
    alice, north, _, submit = one_submitted("quota")
    alice.loses(north)
    alice.passes(limits.RESUME_FIRST_MS)

    again = ScriptedHome()
    alice.reaches(again)

    assert submit.envelope in [each.envelope for each in again.hears(Submit)]
    alice.passes(limits.QUOTA_RETRY_MS)
    assert again.hears(Submit) == []


def test_a_refusal_of_a_message_that_was_delivered_meanwhile_changes_nothing() -> None:
    bob, north = a_friend(), ScriptedHome()
    north.knows(bob)
    alice = attached(home=north)
    north.acks = False
    alice.says(bob, "hello")
    *_, submit = north.hears(Submit)
    envelope = Reader(NETWORK).read_as(ChatMessage, submit.envelope).value
    alice.receives(north, bob.receipt_for(a_friend("alice"), (0, 1), chain=envelope.chain))
    alice.facts.clear()

    alice.hears(north, Refusal(code="quota", number=submit.number))

    assert alice.facts == []


def test_a_message_to_oneself_is_declined() -> None:
    alice = attached()

    reply = alice.answer(Say(to=alice.account, text="note", sent_at=1))

    assert reply == Declined("unknown_recipient", "that is your own account")


def test_a_full_outbox_declines() -> None:
    bob, north = a_friend(), ScriptedHome()
    north.knows(bob)
    alice = attached(home=north, bounds=Bounds(outbox_entries=1))
    alice.says(bob, "one")

    reply = alice.answer(Say(to=bob.account_id, text="two", sent_at=1))

    assert isinstance(reply, Declined)
    assert reply.code == "quota"


@pytest.mark.parametrize(
    ("text", "sent_at", "to", "code"),
    [
        ("x" * (limits.TEXT_BYTES_MAX + 1), 1, None, "too_large"),
        ("\N{GRINNING FACE}" * (limits.TEXT_BYTES_MAX // 4 + 1), 1, None, "too_large"),
        ("\x01" * limits.TEXT_BYTES_MAX, 1, None, "malformed"),
        ("half a pair \ud800", 1, None, "malformed"),
        ("hello", -1, None, "malformed"),
        ("hello", 1, AccountId("nobody"), "malformed"),
    ],
)
def test_what_nobody_could_read_is_declined(
    text: str, sent_at: int, to: AccountId | None, code: str
) -> None:
    alice = attached()

    reply = alice.answer(Say(to=to or a_friend().account_id, text=text, sent_at=sent_at))

    assert isinstance(reply, Declined)
    assert reply.code == code
    assert alice.rows("outbox") == {}


def test_the_longest_text_arrives() -> None:
    bob, north = a_friend(), ScriptedHome()
    north.knows(bob)
    alice = attached(home=north)

    alice.says(bob, "x" * limits.TEXT_BYTES_MAX)

    assert ladder(alice) == [("accepted", None)]


def test_a_refused_message_is_offered_again_when_its_home_says() -> None:
    """docs/protocol.md, section 11."""
    bob, north = a_friend(), ScriptedHome()
    north.knows(bob)
    alice = attached(home=north)
    north.acks = False
    alice.says(bob, "hello")
    *_, submit = north.hears(Submit)

    alice.hears(north, Refusal(code="quota", number=submit.number, retry_after_ms=3_000))
    alice.passes(2_900)
    assert north.hears(Submit) == []
    alice.passes(100)

    assert [each.envelope for each in north.hears(Submit)] == [submit.envelope]
