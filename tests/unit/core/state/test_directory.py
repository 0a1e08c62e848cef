"""A node's copy of all slots, presences and account records, and which of them count."""

import pytest

from overlay.core.state.directory import Directory
from overlay.messages.ids import Incarnation, NodeId
from overlay.peering.records import Subject
from tests.support.people import ClientKeys, NodeKeys, a_client, a_node_called, two_devices

SOUTH, WEST = a_node_called("south"), a_node_called("west")


class Homes:
    """Which nodes are members, in which incarnation."""

    def __init__(self) -> None:
        self.incarnations: dict[str, int] = {SOUTH.id: 1, WEST.id: 1}

    def incarnation_of(self, node: NodeId) -> Incarnation | None:
        incarnation = self.incarnations.get(node)
        return Incarnation(incarnation) if incarnation is not None else None


@pytest.fixture
def homes() -> Homes:
    return Homes()


@pytest.fixture
def directory(homes: Homes) -> Directory:
    return Directory(homes.incarnation_of)


@pytest.fixture
def alice() -> ClientKeys:
    return a_client("alice")


def settles(directory: Directory, subjects: list[Subject]) -> None:
    """Decide anew, as far as it spreads."""
    while subjects:
        _, touched = directory.evaluate(subjects.pop(0))
        subjects += touched


def serves(directory: Directory, home: NodeKeys, client: ClientKeys, number: int = 0) -> None:
    for record in home.serving(client, number):
        settles(directory, directory.put(record))


def test_an_empty_directory_knows_nobody(directory: Directory, alice: ClientKeys) -> None:
    assert directory.presence(alice.id) is None
    assert directory.account(alice.account_id) is None
    assert list(directory.accounts()) == []
    assert directory.named("alice") == []
    assert directory.presences_of(alice.account_id) == []
    assert directory.attachments_of(SOUTH.id) == []
    assert directory.get(Subject("slot", SOUTH.id, 0)) is None


def test_who_is_served_is_found_from_every_side(directory: Directory, alice: ClientKeys) -> None:
    """docs/protocol.md, section 5.3."""
    serves(directory, SOUTH, alice)

    presence = directory.presence(alice.id)
    assert presence is not None
    account = directory.account(alice.account_id)
    assert list(directory.accounts()) == [account]
    assert directory.named("alice") == [alice.account_id]
    assert directory.presences_of(alice.account_id) == [presence]
    assert directory.clients_of_home(SOUTH.id) == [presence]
    ((slot, held),) = directory.attachments_of(SOUTH.id)
    assert (slot.value.client, held) == (alice.id, presence)
    assert directory.slots_of(SOUTH.id) == [Subject("slot", SOUTH.id, 0)]


def test_an_empty_slot_counts_with_nobody_in_it(directory: Directory, alice: ClientKeys) -> None:
    """docs/protocol.md, section 5.3."""
    serves(directory, SOUTH, alice)

    settles(directory, directory.put(SOUTH.slot(0, None)))

    assert [held for _, held in directory.attachments_of(SOUTH.id)] == [None]
    assert directory.clients_of_home(SOUTH.id) == []
    assert directory.named("alice") == []


def test_a_lower_record_changes_nothing(directory: Directory, alice: ClientKeys) -> None:
    """docs/protocol.md, section 5.1."""
    old = alice.presence(SOUTH.id)
    serves(directory, SOUTH, alice)

    assert directory.put(old) == []
    assert directory.presence(alice.id) != old


def test_when_a_home_is_no_member_its_clients_do_not_count(
    directory: Directory, homes: Homes, alice: ClientKeys
) -> None:
    """docs/protocol.md, section 5.3."""
    serves(directory, SOUTH, alice)
    del homes.incarnations[SOUTH.id]

    settles(directory, directory.slots_of(SOUTH.id))
    assert directory.presence(alice.id) is None
    homes.incarnations[SOUTH.id] = 1
    settles(directory, directory.slots_of(SOUTH.id))

    assert directory.presence(alice.id) is not None


def test_only_what_does_not_count_can_be_dropped(directory: Directory, alice: ClientKeys) -> None:
    """docs/protocol.md, section 5.4."""
    serves(directory, SOUTH, alice)
    bob = a_client("bob")
    for record in SOUTH.serving(bob, 1)[:2]:
        settles(directory, directory.put(record))

    for subject in (
        Subject("presence", alice.id),
        Subject("account", alice.account_id),
        Subject("slot", SOUTH.id, 0),
        Subject("presence", bob.id),
        Subject("account", bob.account_id),
        Subject("slot", SOUTH.id, 1),
    ):
        directory.drop(subject)

    assert directory.presence(alice.id) is not None
    assert directory.get(Subject("presence", bob.id)) is None
    assert directory.get(Subject("account", bob.account_id)) is None


def test_a_dropped_slot_leaves_no_trace(
    directory: Directory, homes: Homes, alice: ClientKeys
) -> None:
    """docs/protocol.md, section 5.4."""
    del homes.incarnations[SOUTH.id]
    serves(directory, SOUTH, alice)

    directory.drop(Subject("slot", SOUTH.id, 0))

    assert directory.slots_of(SOUTH.id) == []
    assert directory.get(Subject("slot", SOUTH.id, 0)) is None


def test_a_record_that_is_put_again_after_it_was_dropped_counts(
    directory: Directory, homes: Homes, alice: ClientKeys
) -> None:
    """docs/protocol.md, section 5.4."""
    records = SOUTH.serving(alice)
    for record in records[:2]:
        settles(directory, directory.put(record))
    directory.drop(Subject("presence", alice.id))

    for record in records:
        settles(directory, directory.put(record))

    assert directory.presence(alice.id) is not None


def test_two_accounts_of_one_name_are_both_found(directory: Directory) -> None:
    """docs/protocol.md, section 8.2."""
    one, other = a_client("smith"), a_client("smith", "another")
    other.account = a_client("another smith").account
    serves(directory, SOUTH, one, 0)
    serves(directory, SOUTH, other, 1)

    assert directory.named("smith") == [one.account_id, other.account_id]
    settles(directory, directory.put(other.account_record(version=2, name="jones")))

    assert (directory.named("smith"), directory.named("jones")) == (
        [one.account_id],
        [other.account_id],
    )


def test_an_account_counts_while_one_of_its_clients_does(directory: Directory) -> None:
    """docs/protocol.md, section 5.3."""
    laptop, phone = two_devices("alice")
    serves(directory, SOUTH, laptop, 0)
    serves(directory, WEST, phone, 0)

    settles(directory, directory.put(SOUTH.slot(0, None)))
    assert directory.account(laptop.account_id) is not None
    settles(directory, directory.put(WEST.slot(0, None)))

    assert directory.account(laptop.account_id) is None


def test_deciding_twice_changes_nothing(directory: Directory, alice: ClientKeys) -> None:
    """docs/protocol.md, section 5.3."""
    serves(directory, SOUTH, alice)

    assert directory.evaluate(Subject("presence", alice.id)) == (False, [])
    assert directory.evaluate(Subject("presence", a_client("nobody").id)) == (False, [])
    assert directory.counts(Subject("presence", alice.id))
