"""The people whom a client has seen."""

from overlay.client.state.people import People, Person
from tests.unit.client.friends import a_friend, two_friends_devices


def test_readers_are_the_clients_of_both_accounts_as_far_as_they_are_known() -> None:
    laptop, phone = two_friends_devices("bob")
    alice, carol = a_friend("alice"), a_friend("carol")
    people = People(10)
    people.put(Person(laptop.account_record()))
    people.put(Person(alice.account_record()))

    assert people.readers(alice.account_id, laptop.account_id) == {
        alice.id: alice.account_id,
        laptop.id: laptop.account_id,
        phone.id: laptop.account_id,
    }
    assert people.readers(alice.account_id, carol.account_id) == {alice.id: alice.account_id}


def test_a_revoked_client_speaks_for_nobody() -> None:
    laptop, phone = two_friends_devices("bob")
    people = People(10)
    people.put(Person(laptop.account_record(revoked=(phone.id,))))

    assert people.certifies(laptop.account_id, laptop.id)
    assert not people.certifies(laptop.account_id, phone.id)


def test_who_is_forgotten_is_not_present_either() -> None:
    bob, carol = a_friend("bob"), a_friend("carol")
    people = People(1)
    people.put(Person(bob.account_record(), present={bob.id: "north"}))
    assert people.present() == [bob.account_id]

    assert people.put(Person(carol.account_record())) == bob.account_id

    assert people.present() == []
    assert people.name_of(bob.account_id) == bob.account_id[:8]
    people.drop_bundle(bob.account_id, bob.id)
    assert people.bundle(bob.account_id, bob.id) is None
    assert not people.has_keys(bob.account_id)
