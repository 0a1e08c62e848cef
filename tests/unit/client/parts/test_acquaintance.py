"""Getting to know people: verified, and compared with before."""

import json
from dataclasses import replace

import pytest

from overlay.client.durable.rows import person_key, person_row
from overlay.client.durable.values import PersonRow
from overlay.client.facts import ClientStoreFailed, HomeMisbehaved, KeysChanged, KeyUnusable
from overlay.client.requests import FindPeople, PeopleFound
from overlay.client.settings import Bounds
from overlay.crypto.encoding import encode
from overlay.messages.clients import People, Person, Present
from overlay.messages.envelopes import ChainStart
from overlay.messages.ids import Incarnation
from overlay.messages.records import Bundle
from overlay.messages.signed import Signed
from overlay.peering.statements import Verified
from tests.support.people import a_node_called
from tests.unit.client.friends import Friend, a_friend, two_friends_devices
from tests.unit.client.harness import ClientUnderTest, attached
from tests.unit.client.homes import ScriptedHome


def a_client_of(*friends: Friend) -> tuple[ClientUnderTest, ScriptedHome]:
    """Alice, who has asked about these people."""
    north = ScriptedHome()
    north.knows(*friends)
    alice = attached(home=north)
    for friend in friends:
        alice.answer(FindPeople(id=friend.account_id))
    return alice, north


def renewed(*friends: Friend, version: int = 2) -> People:
    """What a home says when the record of an account has a new version."""
    north = ScriptedHome()
    north.knows(*(replace(friend, account_version=version) for friend in friends))
    return People(tuple(north.people.values()))


def found(client: ClientUnderTest, friend: Friend) -> PeopleFound:
    reply = client.answer(FindPeople(id=friend.account_id))
    assert isinstance(reply, PeopleFound)
    return reply


def test_other_clients_of_a_known_person_are_told_loudly() -> None:
    alone = a_friend("bob")
    laptop, phone = two_friends_devices("bob")
    alice, north = a_client_of(alone)

    alice.hears(north, renewed(laptop, phone))

    assert alice.told(KeysChanged) == [
        KeysChanged(account=alone.account_id, name="bob", added=(phone.id,), removed=())
    ]


def test_a_lost_client_of_a_known_person_is_told_loudly() -> None:
    laptop, phone = two_friends_devices("bob")
    alice, north = a_client_of(laptop, phone)

    alice.hears(north, renewed(a_friend("bob")))

    (change,) = alice.told(KeysChanged)
    assert (change.added, change.removed) == ((), (phone.id,))


def test_a_changed_key_is_noticed_after_a_restart_too() -> None:
    alone = a_friend("bob")
    laptop, phone = two_friends_devices("bob")
    alice, _ = a_client_of(alone)
    alice.restarts()
    north = ScriptedHome()
    alice.reaches(north)

    alice.hears(north, renewed(laptop, phone))

    assert [change.added for change in alice.told(KeysChanged)] == [(phone.id,)]


def test_a_new_name_alone_is_no_change_of_keys() -> None:
    bob = a_friend("bob")
    alice, north = a_client_of(bob)

    alice.hears(north, renewed(replace(bob, name="robert")))

    assert alice.told(KeysChanged) == []
    (person,) = found(alice, bob).people
    assert person.name == "robert"


def test_a_lower_record_changes_nothing() -> None:
    laptop, phone = two_friends_devices("bob")
    newer = replace(laptop, account_version=3), replace(phone, account_version=3)
    alice, north = a_client_of(*newer)

    alice.hears(north, renewed(a_friend("bob"), version=2))

    assert alice.told(KeysChanged) == []
    (person,) = found(alice, laptop).people
    assert set(person.clients) == {laptop.id, phone.id}


def test_a_forged_record_is_reported_and_ignored() -> None:
    bob = a_friend()
    north = ScriptedHome()
    alice = attached(home=north)
    record = bob.account_record().signed
    forged = replace(record, signed=record.signed.replace('"bob"', '"bill"'))

    alice.hears(north, People((Person(forged, ()),)))

    assert [fact.code for fact in alice.told(HomeMisbehaved)] == ["bad_signature"]
    assert found(alice, bob) == PeopleFound(())


def test_a_presence_for_another_account_is_reported_and_ignored() -> None:
    bob, carol = a_friend(), a_friend("carol")
    alice, north = a_client_of(bob)
    present = Present(presence=carol.presence(north.id).signed, home_name=None)

    alice.hears(north, People((Person(bob.account_record().signed, (present,)),)))

    assert [fact.code for fact in alice.told(HomeMisbehaved)] == ["mismatch"]


def test_a_presence_of_a_client_that_is_not_listed_is_ignored() -> None:
    bob, phone = a_friend(), a_friend("bob", "phone")
    alice, north = a_client_of()
    present = Present(presence=phone.presence(north.id).signed, home_name="north")
    north.people[bob.account_id] = Person(bob.account_record().signed, (present,))

    (person,) = found(alice, bob).people

    assert person.present == ()


def told_with(bundle: Signed, friend: Friend) -> Person:
    presence = friend.presence(a_node_called("north").id).signed
    present = Present(presence=presence, home_name="north", bundle=bundle)
    return Person(friend.account_record().signed, (present,))


def test_a_bundle_that_the_presence_does_not_name_is_reported_and_not_used() -> None:
    bob = a_friend()
    other = replace(bob, sealing=a_friend("mallory").sealing)
    north = ScriptedHome()
    alice = attached(home=north)
    north.people[bob.account_id] = told_with(other.bundle().signed, bob)

    alice.says(bob, "hello")

    assert [fact.code for fact in alice.told(HomeMisbehaved)][:1] == ["mismatch"]
    assert north.submitted(ChainStart) == []


@pytest.mark.parametrize("key", ["A" * 43, encode(bytes(1_216)), "AAAAB"])
def test_a_bundle_that_contradicts_itself_is_reported_and_not_used(key: str) -> None:
    bob = a_friend()
    north = ScriptedHome()
    alice = attached(home=north)

    class Liar(Friend):
        def bundle(self, key_: str | None = None) -> Verified[Bundle]:
            return Friend.bundle(self, key)

    liar = Liar(name="bob", key=bob.key, account=bob.account, sealing=bob.sealing)
    north.people[bob.account_id] = told_with(liar.bundle().signed, liar)

    alice.says(bob, "hello")

    assert [fact.code for fact in alice.told(HomeMisbehaved)][:1] == ["mismatch"]
    assert north.submitted(ChainStart) == []


def test_who_has_a_key_of_an_unknown_suite_is_there_and_told_of_once() -> None:
    """docs/protocol.md, section 9.2: nobody's fault, and nothing is sealed to it."""
    bob = replace(a_friend(), suite="tomorrow")
    alice, north = a_client_of(bob)

    alice.says(bob, "hello")
    (person,) = found(alice, bob).people

    assert [present.client for present in person.present] == [bob.id]
    assert alice.told(KeyUnusable) == [
        KeyUnusable(account=bob.account_id, name="bob", client=bob.id, code="unknown_suite")
    ]
    assert alice.told(HomeMisbehaved) == []
    assert north.submitted(ChainStart) == []


def test_of_two_clients_the_one_with_a_key_of_our_suite_is_sealed_to() -> None:
    """docs/protocol.md, section 9.2."""
    laptop, phone = two_friends_devices("bob")
    alice, north = a_client_of(laptop, replace(phone, suite="tomorrow"))

    alice.says(laptop, "hello")

    assert [start.recipients for start in north.submitted(ChainStart)] == [(laptop.id,)]


def test_whoever_goes_back_to_our_suite_is_written_to() -> None:
    """docs/protocol.md, section 9.2."""
    bob = a_friend()
    alice, north = a_client_of(replace(bob, suite="tomorrow"))
    alice.says(bob, "hello")

    north.people.clear()
    north.knows(replace(bob, incarnation=Incarnation(2)))
    alice.passes(60_000)

    assert [start.recipients for start in north.submitted(ChainStart)] == [(bob.id,)]


def test_a_key_that_newer_software_kept_is_left_out_after_a_restart() -> None:
    """docs/protocol.md, section 9.2."""
    bob = a_friend()
    alice, _ = a_client_of(bob)
    newer = PersonRow(
        bob.account_record().signed, (replace(bob, suite="tomorrow").bundle().signed,)
    )
    alice.disk[person_key(bob.account_id)] = person_row(bob.account_id, newer)

    alice.restarts()
    north = ScriptedHome()
    alice.reaches(north)
    alice.says(bob, "hello")

    assert alice.told(ClientStoreFailed) == []
    assert north.submitted(ChainStart) == []


def test_a_person_who_comes_again_costs_no_signature_for_what_is_known() -> None:
    bob = a_friend()
    alice, north = a_client_of(bob)

    alice.hears(north, People(tuple(north.people.values())))

    assert alice.told(HomeMisbehaved) == []
    assert found(alice, bob).people[0].is_online


def test_keys_of_a_client_that_is_gone_are_forgotten() -> None:
    laptop, phone = two_friends_devices("bob")
    alice, north = a_client_of(laptop, phone)

    alice.hears(north, renewed(a_friend("bob")))

    kept = json.loads(alice.rows("people")[laptop.account_id])
    assert [json.loads(bundle)["signer"] for bundle in kept["bundles"]] == [laptop.id]


def test_a_remembered_person_that_cannot_be_read_is_reported_and_missing() -> None:
    bob = a_friend()
    alice, _ = a_client_of(bob)
    wrong = PersonRow(bob.presence(a_node_called("west").id).signed, ())
    alice.disk[person_key(bob.account_id)] = person_row(bob.account_id, wrong)

    alice.restarts()

    (failure,) = alice.told(ClientStoreFailed)
    assert failure.reason.startswith("a remembered person")


def test_the_person_longest_unheard_is_forgotten() -> None:
    bob, carol, dave = a_friend(), a_friend("carol"), a_friend("dave")
    north = ScriptedHome()
    north.knows(bob, carol, dave)
    alice = attached(home=north, bounds=Bounds(people=2))

    for friend in (bob, carol, dave):
        alice.answer(FindPeople(id=friend.account_id))

    assert set(alice.rows("people")) == {carol.account_id, dave.account_id}
