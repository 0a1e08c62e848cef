"""Receipts: ours for what has arrived, theirs for what we sent."""

from dataclasses import replace

from overlay import limits
from overlay.client.facts import HomeMisbehaved, LadderStepped
from overlay.client.requests import MessageId, Say
from overlay.messages.envelopes import ChatMessage, Receipt
from overlay.messages.ids import NodeId
from overlay.messages.links import Ack
from overlay.peering.statements import Verified
from overlay.wire.signed import Signable
from tests.support.people import CHAIN, a_node_called
from tests.unit.client.friends import Friend, Speech, a_friend, two_friends_devices
from tests.unit.client.harness import ClientUnderTest, attached
from tests.unit.client.homes import ScriptedHome


def one_sent(*friends: Friend) -> tuple[ClientUnderTest, ScriptedHome, ChatMessage, MessageId]:
    """Alice has said something to the first of these people."""
    north = ScriptedHome()
    north.knows(*friends)
    alice = attached(home=north)
    message = alice.says(friends[0], "hello")
    *_, envelope = north.sealed()
    assert isinstance(envelope, ChatMessage)
    return alice, north, envelope, message


def receipt(
    friend: Friend, client: ClientUnderTest, envelope: ChatMessage, *ranges: tuple[int, int]
) -> Verified[Receipt]:
    return friend.receipt_for(a_friend(client.settings.name or ""), *ranges, chain=envelope.chain)


def delivered(client: ClientUnderTest) -> list[str]:
    return [fact.message for fact in client.told(LadderStepped) if fact.step == "delivered"]


def test_a_message_is_delivered_when_a_client_of_its_recipient_says_so() -> None:
    bob = a_friend()
    alice, north, envelope, message = one_sent(bob)

    alice.receives(north, receipt(bob, alice, envelope, (0, 1)))

    assert alice.told(LadderStepped) == [
        LadderStepped(message=message, step="accepted"),
        LadderStepped(message=message, step="delivered", client=bob.id),
    ]
    assert alice.rows("outbox") == {}


def test_a_receipt_that_is_faster_than_the_ack_steps_over_accepted() -> None:
    bob = a_friend()
    north = ScriptedHome()
    north.knows(bob)
    north.acks = False
    alice = attached(home=north)
    alice.says(bob, "hello")
    *_, envelope = north.sealed()
    assert isinstance(envelope, ChatMessage)

    alice.receives(north, receipt(bob, alice, envelope, (1, 1)))
    alice.hears(north, Ack(2))

    assert [fact.step for fact in alice.told(LadderStepped)] == ["accepted", "delivered"]


def test_only_what_a_receipt_lists_is_delivered() -> None:
    bob = a_friend()
    alice, north, envelope, _ = one_sent(bob)
    second = alice.says(bob, "two")
    third = alice.says(bob, "three")

    alice.receives(north, receipt(bob, alice, envelope, (0, 0), (2, 2)))
    assert delivered(alice) == [second]
    alice.receives(north, receipt(bob, alice, envelope, (3, 4_294_967_296)))

    assert delivered(alice) == [third]


def test_our_own_other_client_does_not_deliver_a_message() -> None:
    bob = a_friend()
    tablet = a_friend("alice", "tablet")
    alice = ClientUnderTest("alice")
    tablet = replace(tablet, clients=(alice.id, tablet.id), account_version=3)
    north = ScriptedHome()
    north.knows(bob, tablet)
    alice.reaches(north)
    alice.says(bob, "hello")
    *_, envelope = north.sealed()
    assert isinstance(envelope, ChatMessage)

    alice.receives(north, receipt(tablet, alice, envelope, (0, 1)))

    assert delivered(alice) == []


def test_a_receipt_of_a_new_client_is_believed_once_its_account_lists_it() -> None:
    laptop, phone = two_friends_devices("bob")
    alice, north, envelope, message = one_sent(a_friend("bob"))
    north.people.clear()
    north.knows(replace(laptop, account_version=2), replace(phone, account_version=2))

    alice.receives(north, receipt(phone, alice, envelope, (1, 1)))

    assert delivered(alice) == [message]


def test_a_receipt_of_a_stranger_delivers_nothing() -> None:
    bob, mallory = a_friend(), a_friend("mallory")
    alice, north, envelope, _ = one_sent(bob, mallory)

    alice.receives(north, receipt(mallory, alice, envelope, (0, 1)))

    assert delivered(alice) == []


def test_a_receipt_for_another_client_or_an_unknown_chain_changes_nothing() -> None:
    bob = a_friend()
    alice, north, envelope, _ = one_sent(bob)

    alice.receives(
        north,
        bob.receipt_for(bob, (0, 1), chain=envelope.chain),
        bob.receipt_for(a_friend("alice"), (0, 1), chain=CHAIN),
    )

    assert delivered(alice) == []
    assert [fact.code for fact in alice.told(HomeMisbehaved)] == ["not_yours"]


def test_a_receipt_that_comes_before_its_message_has_left_does_no_harm() -> None:
    bob = a_friend()
    alice, north, envelope, _ = one_sent(bob)
    alice.stores_at_once = False
    alice.asks(Say(to=bob.account_id, text="two", sent_at=1))

    alice.receives(north, receipt(bob, alice, envelope, (0, 9)))
    alice.disk_answers()
    alice.disk_answers()

    assert len(delivered(alice)) == 2
    assert north.sealed() == []
    assert alice.rows("outbox") == {}


def test_what_arrives_together_is_receipted_together_to_the_home_that_keeps_it() -> None:
    bob = a_friend()
    north, keeper = ScriptedHome(), NodeId(a_node_called("west").id)
    north.knows(bob)
    alice = attached(home=north)
    speech = Speech(bob, alice.account)
    envelopes: list[Verified[Signable]] = [
        speech.start(alice.id, north.bundle),
        *(speech.says(str(n)) for n in range(3)),
    ]

    alice.hears(north, *(north.deliver(each, keeper) for each in envelopes))

    assert [each.recipients for each in north.submitted(Receipt)] == [(bob.id,)]


def test_one_receipt_never_lists_more_than_it_may() -> None:
    bob = a_friend()
    north = ScriptedHome()
    north.knows(bob)
    alice = attached(home=north)
    speech = Speech(bob, alice.account)
    alice.receives(north, speech.start(alice.id, north.bundle))
    north.submitted(Receipt)
    messages = [speech.says(str(number)) for number in range(2 * limits.RECEIPT_RANGES_MAX + 2)]
    alice.stores_at_once = False
    alice.receives(north, *messages[:128:2])
    alice.receives(north, *messages[128::2])
    alice.loses(north)
    alice.stores_at_once = True
    alice.disk_answers()

    alice.passes(limits.RESUME_FIRST_MS)
    again = ScriptedHome()
    alice.reaches(again)

    (receipt,) = again.submitted(Receipt)
    assert [len(arrived.ranges) for arrived in receipt.arrived] == [limits.RECEIPT_RANGES_MAX, 1]


def test_what_arrives_while_the_home_is_lost_is_receipted_at_the_next() -> None:
    bob = a_friend()
    north = ScriptedHome()
    north.knows(bob)
    alice = attached(home=north)
    speech = Speech(bob, alice.account)
    alice.stores_at_once = False
    alice.receives(north, speech.start(alice.id, north.bundle))
    alice.disk_answers()
    alice.receives(north, speech.says("hello"))
    alice.loses(north)

    alice.stores_at_once = True
    alice.disk_answers()
    alice.passes(limits.RESUME_FIRST_MS)
    again = ScriptedHome()
    alice.reaches(again)

    (receipt,) = again.submitted(Receipt)
    assert receipt.arrived[0].ranges == ((1, 1),)
