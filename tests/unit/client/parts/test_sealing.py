"""Our chains: begun, started at every reader, and messages sealed into them."""

from dataclasses import replace

from overlay import limits
from overlay.client.durable.rows import sending_row
from overlay.client.durable.values import SendingRow
from overlay.client.events import Sealed, SealFailed
from overlay.client.facts import LadderStepped
from overlay.client.requests import FindPeople, Queued, Say
from overlay.client.settings import Bounds
from overlay.messages.envelopes import ChainStart
from overlay.messages.ids import ChainId
from overlay.peering.events import Ticket
from tests.support.people import CONVERSATION, hash_of
from tests.unit.client.friends import (
    a_friend,
    two_friends_devices,
    wants_chain,
)
from tests.unit.client.harness import ClientUnderTest, attached
from tests.unit.client.homes import ScriptedHome
from tests.unit.client.talking import a_conversation, kinds, origin_of, people_of, sent


def test_a_first_message_follows_the_start_of_its_chain() -> None:
    bob = a_friend()
    alice, north = a_conversation(bob)

    alice.says(bob, "hello")

    [start], [message] = sent(north)
    heard = bob.opens(start)
    assert heard.reads(message).text == "hello"
    assert (heard.opening.account, heard.opening.to) == (alice.account, bob.account_id)
    assert message.recipients == (bob.account_id, alice.account)
    assert start.counter < message.counter


def test_a_second_message_goes_into_the_same_chain_and_names_the_first_as_its_parent() -> None:
    bob = a_friend()
    alice, north = a_conversation(bob)
    alice.says(bob, "one")
    [start], [first] = sent(north)

    alice.says(bob, "two")

    _, [second] = sent(north)
    heard = bob.opens(start)
    assert (second.chain, second.index) == (first.chain, 2)
    assert heard.reads(second).parents == ((first.chain, 1),)


def test_every_client_of_both_accounts_has_the_start() -> None:
    laptop, phone = two_friends_devices("bob")
    tablet = a_friend("alice", "tablet")
    alice = ClientUnderTest("alice")
    both = (alice.id, tablet.id)
    north = ScriptedHome()
    north.knows(laptop, phone, replace(tablet, clients=both, account_version=3))
    alice.reaches(north)

    alice.says(laptop, "hello")

    starts = north.submitted(ChainStart)
    assert {start.recipients[0] for start in starts} == {laptop.id, phone.id, tablet.id}


def test_messages_wait_until_the_chain_is_sealed() -> None:
    bob = a_friend()
    alice, north = a_conversation(bob)
    alice.seals_at_once = False
    alice.says(bob, "one")
    alice.says(bob, "two")
    assert kinds(north) == []

    alice.sealing_answers()

    assert kinds(north) == [
        "ChainStart",
        "ChatMessage",
        "ChatMessage",
    ]


def test_no_message_leaves_before_its_body_is_durable() -> None:
    bob = a_friend()
    alice, north = a_conversation(bob)
    alice.says(bob, "one")
    sent(north)
    alice.stores_at_once = False
    ticket = alice.asks(Say(to=bob.account_id, text="two", sent_at=1))
    assert kinds(north) == []
    assert ticket not in alice.answers

    alice.disk_answers()

    assert [message.index for message in sent(north)[1]] == [2]
    assert isinstance(alice.answers[ticket], Queued)


def test_a_chain_ends_after_its_messages() -> None:
    bob = a_friend()
    alice, north = a_conversation(bob)
    for number in range(limits.CHAIN_MESSAGES_MAX):
        alice.says(bob, str(number))
    sent(north)

    alice.says(bob, "one more")

    [start], [message] = sent(north)
    assert start.chain == message.chain
    assert message.index == 1


def test_a_chain_ends_after_an_hour() -> None:
    bob = a_friend()
    alice, north = a_conversation(bob)
    alice.says(bob, "one")
    _, [first] = sent(north)

    alice.now_ms += limits.CHAIN_MS
    alice.says(bob, "two")

    _, [second] = sent(north)
    assert first.chain != second.chain


def test_a_chain_ends_when_the_clients_of_a_reader_change() -> None:
    laptop, phone = two_friends_devices("bob")
    alone = a_friend("bob")
    alice, north = a_conversation(alone)
    alice.says(alone, "one")
    sent(north)
    north.people.clear()
    north.knows(replace(laptop, account_version=2), replace(phone, account_version=2))
    alice.hears(north, people_of(north))

    alice.says(laptop, "two")

    starts, [message] = sent(north)
    assert {start.recipients[0] for start in starts} <= {laptop.id, phone.id}
    assert message.index == 1


def test_a_chain_that_carried_nothing_is_forgotten_when_readers_change_meanwhile() -> None:
    laptop, phone = two_friends_devices("bob")
    alone = a_friend("bob")
    alice, north = a_conversation(alone)
    alice.seals_at_once = False
    alice.says(alone, "one")
    north.people.clear()
    north.knows(replace(laptop, account_version=2), replace(phone, account_version=2))
    alice.hears(north, people_of(north))

    alice.sealing_answers()
    alice.passes(limits.FIND_MS)
    alice.sealing_answers()

    starts, [message] = sent(north)
    assert {start.chain for start in starts} == {message.chain}


def test_a_client_whose_key_comes_later_has_the_start_then() -> None:
    laptop, phone = two_friends_devices("bob")
    north = ScriptedHome()
    north.knows(laptop)
    alice = attached(home=north)
    alice.says(laptop, "hello")
    sent(north)

    north.knows(phone)
    alice.answer(FindPeople(id=laptop.account_id))

    [start], _ = sent(north)
    assert start.recipients == (phone.id,)


def test_a_key_to_which_nothing_can_be_sealed_is_given_up() -> None:
    bob = a_friend()
    alice, north = a_conversation(bob)
    alice.seals_at_once = False
    message = alice.says(bob, "hello")
    (event,) = alice.unsealed
    assert isinstance(event, Sealed)
    alice.unsealed = [SealFailed(event.ticket, "no point of the curve")]

    alice.sealing_answers()

    assert kinds(north) == []
    assert len(alice.rows("outbox")) == 1
    alice.seals_at_once = True
    alice.passes(2 * limits.FIND_MS)
    assert [each.step for each in alice.told(LadderStepped) if each.message == message] == [
        "accepted"
    ]


def test_answers_to_seals_that_nobody_asked_for_change_nothing() -> None:
    alice, _ = a_conversation()

    alice.happens(Sealed(Ticket(77), b"sealed"))
    alice.happens(SealFailed(Ticket(78), "whatever"))

    assert alice.facts == []


def test_a_chain_that_everybody_has_read_to_its_end_gives_up_its_key() -> None:
    bob = a_friend()
    alice, north = a_conversation(bob)
    alice.says(bob, "hello")
    _, [message] = sent(north)
    alice.receives(north, bob.receipt_for(origin_of(alice), (0, 1), chain=message.chain))
    assert b'"first_key":null' not in alice.rows("sending_chains")[message.chain]

    alice.now_ms += limits.CHAIN_MS
    alice.says(bob, "next")

    assert b'"first_key":null' in alice.rows("sending_chains")[message.chain]
    sent(north)
    alice.receives(north, wants_chain(bob, alice.id, message.chain))
    assert kinds(north) == []


def test_a_chain_that_is_read_to_its_end_after_the_next_began_gives_up_its_key_too() -> None:
    bob = a_friend()
    alice, north = a_conversation(bob)
    alice.says(bob, "hello")
    _, [message] = sent(north)
    alice.now_ms += limits.CHAIN_MS
    alice.says(bob, "next")
    assert b'"first_key":null' not in alice.rows("sending_chains")[message.chain]

    alice.receives(north, bob.receipt_for(origin_of(alice), (0, 1), chain=message.chain))

    assert b'"first_key":null' in alice.rows("sending_chains")[message.chain]


def test_a_chain_of_an_earlier_start_keeps_its_key_when_it_is_delivered() -> None:
    """Who else reads it is not known any more."""
    bob = a_friend()
    alice, north = a_conversation(bob)
    alice.says(bob, "hello")
    _, [message] = sent(north)
    alice.restarts()
    again = ScriptedHome()
    alice.reaches(again)

    alice.receives(again, bob.receipt_for(origin_of(alice), (0, 1), chain=message.chain))

    assert alice.rows("outbox") == {}
    assert b'"first_key":null' not in alice.rows("sending_chains")[message.chain]


def test_chains_beyond_the_bound_are_forgotten_oldest_first() -> None:
    bob = a_friend()
    chains = [
        sending_row(
            SendingRow(
                chain=ChainId(hash_of(str(number))),
                order=number,
                to=bob.account_id,
                conversation=CONVERSATION,
                first_key=None,
            )
        )
        for number in (1, 2, 3)
    ]
    north = ScriptedHome()
    north.knows(bob)
    alice = ClientUnderTest(rows=chains, bounds=Bounds(sending_chains=2))
    alice.reaches(north)

    alice.says(bob, "hello")

    kept = alice.rows("sending_chains")
    assert len(kept) == 3
    assert hash_of("1") not in kept
