"""Events in, effects out."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from overlay.client.durable.reading import from_rows
from overlay.client.durable.rows import sealing_key_row
from overlay.client.facts import ClientStoreFailed
from overlay.client.identity import Identity
from overlay.client.machine import ClientMachine
from overlay.client.requests import Declined, FindPeople, WatchPeople
from overlay.client.settings import Settings
from overlay.messages.ids import AccountId
from overlay.peering.effects import Dial, Persist
from overlay.peering.events import (
    Drained,
    FrameReceived,
    LinkId,
    Loaded,
    Stored,
    StoreFailed,
    Ticket,
    Wake,
)
from overlay.peering.rows import Row
from tests.support.people import address_of, key_of
from tests.unit.client.friends import a_friend
from tests.unit.client.harness import ClientUnderTest, attached
from tests.unit.client.homes import ScriptedHome


def a_machine(name: str | None = "alice") -> ClientMachine:
    account = key_of("alice")
    return ClientMachine(
        Identity(key=key_of("alice laptop"), account=AccountId(account.id), account_key=account),
        Settings(addresses=(address_of("north"),), name=name, software="a test"),
        from_rows(()),
        Random("alice"),
    )


def test_a_machine_wants_to_be_woken_at_once_and_then_only_for_a_reason() -> None:
    machine = a_machine()
    assert machine.next_deadline_ms() == 0

    (persist,) = machine.handle(Wake(), 1_000)

    assert isinstance(persist, Persist)
    assert machine.next_deadline_ms() is None
    assert machine.handle(Stored(persist.ticket), 1_005) == [Dial(address_of("north"))]
    assert machine.next_deadline_ms() == 1_005


def test_the_same_seed_gives_the_same_effects() -> None:
    """The trace of a client depends on nothing but its seed and its events."""
    first, second = a_machine(), a_machine()

    assert first.handle(Wake(), 1_000) == second.handle(Wake(), 1_000)


def test_what_the_disk_or_an_outbox_says_unasked_changes_nothing() -> None:
    alice = attached()

    alice.happens(Drained(LinkId(1), 0))
    alice.happens(Loaded(Ticket(1), ()))
    alice.happens(Stored(Ticket(999)))
    alice.happens(StoreFailed(Ticket(999), "full"))

    assert alice.facts == []


def test_a_client_that_stopped_declines() -> None:
    alice = attached()
    alice.stops()

    reply = alice.answer(FindPeople(name="bob"))

    assert reply == Declined("stopping", "this client has stopped")


def test_a_client_that_stops_asks_a_disk_that_was_full_once_more() -> None:
    alice = ClientUnderTest()
    alice.stores_at_once = False
    alice.settles()
    alice.disk_refuses()
    before = dict(alice.disk)

    alice.stops()
    alice.disk_answers()

    assert before == {}
    assert {key.table for key in alice.disk} >= {"client"}


def test_a_row_that_cannot_be_read_is_reported_and_missing() -> None:
    alice = ClientUnderTest(rows=[Row(table="outbox", key="x", value=b"{}")])

    alice.settles()

    assert alice.told(ClientStoreFailed) == [ClientStoreFailed("row outbox/x cannot be read")]
    assert alice.dialled == [address_of("north")]


def test_a_sealing_key_is_made_once() -> None:
    alice = ClientUnderTest()
    alice.settles()
    (first,) = alice.rows("sealing_keys")

    alice.restarts()

    assert list(alice.rows("sealing_keys")) == [first]


def test_the_last_of_several_sealing_keys_is_the_one_attached_with() -> None:
    bob = a_friend()
    row = sealing_key_row(bob.sealing.key_id, bob.sealing.seed)
    alice, north = ClientUnderTest(rows=[row]), ScriptedHome()

    alice.reaches(north)

    assert north.bundle.key_id == bob.sealing.key_id


@given(st.binary(max_size=2_000))
def test_no_frame_makes_a_client_raise(data: bytes) -> None:
    north = ScriptedHome()
    alice = attached(home=north)

    alice.happens(FrameReceived(north.link, data))
    alice.passes(1_000)


def test_asking_is_possible_before_any_node_was_met() -> None:
    alice = ClientUnderTest()
    alice.settles()
    question = alice.asks(FindPeople(name="bob"))
    watch = alice.asks(WatchPeople(None))
    bob = a_friend()
    message = alice.says(bob, "hello")
    north = ScriptedHome()
    north.knows(bob)

    alice.reaches(north)

    assert question in alice.answers
    assert watch in alice.answers
    assert message not in alice.rows("outbox") or alice.rows("outbox")[message].count(b"body") == 1
