"""Our account's record: that it lists this client, and one for all clients of the account."""

from dataclasses import replace

from overlay import limits
from overlay.client.durable.rows import account_row, network_row
from overlay.client.durable.values import NetworkTaken
from overlay.client.facts import AttachRefused, ClientStoreFailed, Detached, KeysChanged
from overlay.messages.clients import Attach, People, Person
from overlay.messages.ids import ClientId
from overlay.messages.records import AccountRecord
from overlay.messages.signed import Signed
from overlay.peering.rows import Row
from overlay.peering.statements import Reader, Verified
from tests.support.people import NETWORK, hash_of
from tests.unit.client.friends import Friend, a_friend
from tests.unit.client.harness import ClientUnderTest
from tests.unit.client.homes import ScriptedHome

TAKEN = network_row(NetworkTaken(NETWORK, "listed"))


def records(home: ScriptedHome) -> list[Verified[AccountRecord]]:
    """The account records of the attaches since this was last asked."""
    reader = Reader(NETWORK)
    return [reader.read_as(AccountRecord, attach.account) for attach in home.hears(Attach)]


def tablet(version: int = 1, *clients: ClientId) -> Friend:
    """Another client of alice, whose record lists these clients."""
    friend = replace(a_friend("alice", "tablet"), account_version=version)
    return replace(friend, clients=clients or (friend.id,))


def said(friend: Friend) -> People:
    return People((Person(friend.account_record().signed, ()),))


def test_a_record_is_kept_for_the_next_start() -> None:
    alice, north = ClientUnderTest(), ScriptedHome()
    alice.reaches(north)
    (first,) = records(north)

    alice.restarts()
    again = ScriptedHome()
    alice.reaches(again)

    assert [record.leaf for record in records(again)] == [first.leaf]


def test_a_new_name_makes_a_new_version_that_names_the_one_before() -> None:
    alice, north = ClientUnderTest(), ScriptedHome()
    alice.reaches(north)
    (first,) = records(north)

    renamed = ClientUnderTest(shown_name="alice b.", rows=alice.disk.values())
    again = ScriptedHome()
    renamed.reaches(again)

    (second,) = records(again)
    assert (second.value.version, second.value.name) == (2, "alice b.")
    assert second.value.previous == first.leaf


def test_a_second_client_adds_itself_to_the_record_that_it_was_given() -> None:
    first = ClientUnderTest("alice")
    first.reaches(ScriptedHome())
    second = ClientUnderTest("alice", "phone", rows=[TAKEN, account_of(first)])
    north = ScriptedHome()

    second.reaches(north)

    (record,) = records(north)
    assert record.value.version == 2
    assert record.value.clients == (first.id, second.id)


def account_of(client: ClientUnderTest) -> Row:
    (row,) = [row for row in client.disk.values() if (row.table, row.key) == ("client", "account")]
    return row


def test_a_client_that_is_missing_in_a_higher_record_adds_itself_and_attaches_anew() -> None:
    alice, north = ClientUnderTest(), ScriptedHome()
    alice.reaches(north)
    records(north)
    other = tablet(5)

    alice.hears(north, said(other))

    (record,) = records(north)
    assert (record.value.version, record.value.clients) == (6, (other.id, alice.id))


def test_a_higher_record_that_lists_this_client_is_taken_and_told() -> None:
    alice, north = ClientUnderTest(), ScriptedHome()
    alice.reaches(north)
    records(north)
    other = tablet(5, alice.id, a_friend("alice", "tablet").id)

    alice.hears(north, said(other))

    (record,) = records(north)
    assert record.leaf == other.account_record().leaf
    (change,) = alice.told(KeysChanged)
    assert (change.account, change.added) == (alice.account, (other.id,))


def test_a_lower_record_is_not_taken() -> None:
    alice, north = ClientUnderTest(shown_name="alice"), ScriptedHome()
    alice.reaches(north)
    records(north)

    alice.hears(north, said(tablet(0)))

    assert records(north) == []


def test_a_client_without_the_accounts_key_cannot_add_itself() -> None:
    lists_us = tablet(3, ClientUnderTest("alice").id)
    row = account_row(lists_us.account_record().signed)
    alice, north = ClientUnderTest(may_certify=False, rows=[TAKEN, row]), ScriptedHome()
    alice.reaches(north)
    (record,) = records(north)
    assert record.leaf == lists_us.account_record().leaf

    alice.hears(north, said(tablet(5)))
    alice.loses(north)
    alice.passes(limits.RESUME_FIRST_MS)
    alice.reaches(ScriptedHome())

    assert [fact.code for fact in alice.told(AttachRefused)] == ["not_certified"]


def test_a_revoked_client_does_not_add_itself_again() -> None:
    alice, north = ClientUnderTest(), ScriptedHome()
    alice.reaches(north)
    other = a_friend("alice", "tablet")
    record = other.account_record(version=9, revoked=(alice.id,))

    alice.hears(north, People((Person(record.signed, ()),)))

    (_, attached_with) = records(north)
    assert attached_with.leaf == record.leaf
    alice.loses(north)
    alice.passes(limits.RESUME_FIRST_MS)
    again = ScriptedHome()
    alice.reaches(again)
    assert [fact.code for fact in alice.told(AttachRefused)] == ["not_certified"]
    assert len(alice.told(Detached)) == 1


def test_a_full_account_takes_no_other_client() -> None:
    everyone = tuple(ClientId(hash_of(str(number))) for number in range(limits.ACCOUNT_CLIENTS_MAX))
    row = account_row(tablet(3, *everyone).account_record().signed)
    alice = ClientUnderTest(rows=[TAKEN, row])

    alice.reaches(ScriptedHome())

    assert [fact.code for fact in alice.told(AttachRefused)] == ["not_certified"]


def test_a_kept_record_that_does_not_verify_is_reported_and_missing() -> None:
    signed = tablet(3).account_record().signed
    forged: Signed = replace(signed, signed=signed.signed.replace('"version":3', '"version":4'))
    alice, north = ClientUnderTest(rows=[TAKEN, account_row(forged)]), ScriptedHome()

    alice.reaches(north)

    assert [failure.reason for failure in alice.told(ClientStoreFailed)] == [
        "our account's record: the signature does not verify"
    ]
    assert [record.value.version for record in records(north)] == [1]


def test_a_kept_record_of_another_account_is_missing() -> None:
    row = account_row(a_friend("bob").account_record().signed)
    alice, north = ClientUnderTest(rows=[TAKEN, row]), ScriptedHome()

    alice.reaches(north)

    (record,) = records(north)
    assert record.value.signer == alice.account


def test_an_account_without_a_name_is_called_by_its_id() -> None:
    alice, north = ClientUnderTest(), ScriptedHome()
    alice.settings = replace(alice.settings, name=None)
    alice.dialled.clear()
    alice.restarts()

    alice.reaches(north)

    (record,) = records(north)
    assert record.value.name == alice.account[:8]


def test_a_client_that_wants_no_name_keeps_the_one_there_is() -> None:
    alice = ClientUnderTest(rows=[TAKEN, account_row(tablet(3).account_record().signed)])
    alice.settings = replace(alice.settings, name=None)
    alice.restarts()
    north = ScriptedHome()

    alice.reaches(north)

    (record,) = records(north)
    assert (record.value.name, record.value.version) == ("alice", 4)
