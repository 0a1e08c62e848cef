"""Whom a client knows, and who is meant by a name."""

from dataclasses import replace

import pytest

from overlay.client.durable.values import PersonRow
from overlay.client.requests import PersonView, PresentClient
from overlay.messages.ids import AccountId, ClientId
from overlay.messages.records import AccountRecord
from overlay.messages.signed import Signed
from overlay.peering.statements import Signer
from overlay.sdk.errors import AmbiguousName, UnknownName
from overlay.sdk.people import Acquaintances, perhaps_meant
from overlay.sdk.values import Person, PersonChange, person_of
from tests.support.people import key_of

ALICE = AccountId(key_of("alice").id)
LAPTOP = ClientId(key_of("bob's laptop").id)


def person(name: str, *nodes: str, key: str | None = None) -> Person:
    return Person(
        id=AccountId(key_of(key or name).id),
        name=name,
        is_online=bool(nodes),
        nodes=nodes,
        clients=(),
    )


def remembered(name: str) -> PersonRow:
    """What a client's disk holds of somebody."""
    key = key_of(name)
    record = AccountRecord(
        signer=AccountId(key.id),
        salt="A" * 22,
        version=1,
        name=name,
        clients=(LAPTOP,),
        revoked=(),
        previous=None,
    )
    return PersonRow(Signer(key, "overlay").sign_one(record).signed, ())


def test_whoever_was_met_in_an_earlier_run_is_known_and_away() -> None:
    people = Acquaintances(ALICE, [remembered("bob")])

    assert people.all() == [replace(person("bob"), clients=(LAPTOP,))]


def test_a_row_that_is_no_account_record_is_left_out() -> None:
    broken = Signed(kind="account", signer="x", signed="{}", signature="", index=0, path=())
    presence = Signed(kind="nothing", signer="x", signed="{}", signature="", index=0, path=())

    people = Acquaintances(ALICE, [PersonRow(broken, ()), PersonRow(presence, ())])

    assert people.all() == []


def test_everybody_is_listed_by_name_but_ourselves() -> None:
    people = Acquaintances(ALICE, [])

    for known in (person("carol"), person("bob", "north"), person("alice", "north")):
        people.put(known)

    assert people.all() == [person("bob", "north"), person("carol")]


def test_what_is_new_of_somebody_takes_the_place_of_what_was_known() -> None:
    people = Acquaintances(ALICE, [])

    assert people.put(person("bob")) is None
    assert people.put(person("bob", "north")) == person("bob")
    assert people.get(person("bob").id) == person("bob", "north")


def test_a_name_finds_those_who_write_it_in_other_cases() -> None:
    people = Acquaintances(ALICE, [])
    for known in (person("bob"), person("BOB"), person("carol")):
        people.put(known)

    assert people.called("Bob") == [person("bob"), person("BOB")]


@pytest.mark.parametrize("written", ["bob", "BOB", "bob@south", "Bob@north"])
def test_a_name_may_mean_those_in_another_case_or_at_another_node(written: str) -> None:
    known = [person("Bob", "north"), person("bob"), person("bobby", "north")]

    assert perhaps_meant(written, known) == known[:2]


def test_the_only_one_found_is_meant() -> None:
    people = Acquaintances(ALICE, [])

    assert people.choose("bob", [person("bob", "north"), person("alice")]) == person("bob", "north")


def test_nobody_found_is_an_unknown_name() -> None:
    with pytest.raises(UnknownName) as refused:
        Acquaintances(ALICE, []).choose("bob", [])

    assert (refused.value.code, refused.value.name) == ("unknown_recipient", "bob")


def test_several_found_are_offered_for_choice() -> None:
    several = [person("bob", "north", key="one"), person("bob", key="other")]

    with pytest.raises(AmbiguousName) as refused:
        Acquaintances(ALICE, []).choose("bob", several)

    assert refused.value.candidates == tuple(several)
    assert refused.value.__notes__ == [f"{several[0].id}  bob@north", f"{several[1].id}  bob"]


def test_a_person_is_where_their_clients_are() -> None:
    view = PersonView(
        account=ALICE,
        name="alice",
        clients=(ClientId("laptop"), ClientId("phone"), ClientId("desk")),
        present=(
            PresentClient(ClientId("laptop"), "north"),
            PresentClient(ClientId("phone"), "north"),
            PresentClient(ClientId("desk"), None),
        ),
    )

    assert person_of(view) == Person(
        id=ALICE,
        name="alice",
        is_online=True,
        nodes=("north",),
        clients=(ClientId("laptop"), ClientId("phone"), ClientId("desk")),
    )


@pytest.mark.parametrize(
    ("before", "after", "has_come", "has_gone"),
    [
        (None, person("bob", "north"), True, False),
        (person("bob"), person("bob", "north"), True, False),
        (person("bob", "north"), person("bob", "south"), False, False),
        (person("bob", "north"), person("bob"), False, True),
        (None, person("bob"), False, False),
    ],
)
def test_a_change_says_who_has_come_and_who_has_gone(
    before: Person | None, after: Person, has_come: bool, has_gone: bool
) -> None:
    change = PersonChange(after, before)

    assert (change.has_come, change.has_gone) == (has_come, has_gone)
