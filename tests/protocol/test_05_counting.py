"""Chapter 5, its middle: which records count, and who is alive."""

from dataclasses import replace

import pytest

from overlay import limits
from overlay.core.facts import NodeAlive
from overlay.messages.clients import People, Watch
from overlay.messages.gossip import Push
from overlay.messages.ids import NodeId
from overlay.messages.records import AccountRecord, NodeRecord
from overlay.messages.signed import Signed
from overlay.peering.statements import Reader, Verified
from overlay.wire.signed import Signable
from tests.protocol.harness import NodeUnderTest, Peer, a_node
from tests.support.people import (
    NETWORK,
    ClientKeys,
    NodeKeys,
    a_client,
    a_node_called,
    two_devices,
)

SOUTH, WEST, EAST = a_node_called("south"), a_node_called("west"), a_node_called("east")


@pytest.fixture
def alice() -> ClientKeys:
    return a_client("alice")


@pytest.fixture
def north() -> NodeUnderTest:
    return a_node(neighbours=[SOUTH])


def tells(peer: Peer, *records: Verified[Signable] | Signed) -> None:
    """Records arrive in one push."""
    peer.says(Push(tuple(each if isinstance(each, Signed) else each.signed for each in records)))


def reachable(north: NodeUnderTest, name: str) -> list[str]:
    """The clients at which the directory says that whoever bears a name can be reached."""
    asking = north.client(a_client("whoever asks"))
    asking.says(Watch(request=1, accounts=None))
    people = [person for told in asking.hears_all(People) for person in told.people]
    reader = Reader(NETWORK)
    return [
        present.presence.signer
        for person in people
        for present in person.present
        if reader.read_as(AccountRecord, person.account).value.name == name
    ]


def test_a_presence_counts_once_slot_and_account_name_its_client(
    north: NodeUnderTest, alice: ClientKeys
) -> None:
    """docs/protocol.md, section 5.3."""
    south = north.linked(SOUTH)
    account, presence, slot = SOUTH.serving(alice)

    for record in (slot, presence):
        tells(south, record)
        assert reachable(north, "alice") == []
    tells(south, account)

    assert reachable(north, "alice") == [alice.id]


def test_a_slot_of_another_incarnation_than_its_home_does_not_count(
    north: NodeUnderTest, alice: ClientKeys
) -> None:
    """docs/protocol.md, section 5.3."""
    south = north.linked(SOUTH)
    presence = alice.presence(SOUTH.id, home_incarnation=2)

    tells(south, alice.account_record(), presence, SOUTH.slot(0, presence, incarnation=2))

    assert reachable(north, "alice") == []


def test_when_its_home_starts_anew_a_presence_no_longer_counts(
    north: NodeUnderTest, alice: ClientKeys
) -> None:
    """docs/protocol.md, section 5.3."""
    south = north.linked(SOUTH, *SOUTH.serving(alice))
    assert reachable(north, "alice") == [alice.id]
    ours = (north.keys.id,)

    tells(south, SOUTH.record(links=ours, neighbours=ours, incarnation=2, version=1))

    assert reachable(north, "alice") == []


def test_a_slot_of_another_home_cannot_serve_a_presence(
    north: NodeUnderTest, alice: ClientKeys
) -> None:
    """docs/protocol.md, section 5.3."""
    ours = (north.keys.id, WEST.id)
    south = north.linked(SOUTH)
    tells(south, SOUTH.record(links=ours, neighbours=ours))
    tells(south, WEST.record(links=(SOUTH.id,), neighbours=(SOUTH.id,)))
    presence = alice.presence(SOUTH.id)

    tells(south, alice.account_record(), presence, WEST.slot(0, presence))

    assert reachable(north, "alice") == []


def test_a_slot_that_names_another_order_does_not_serve(
    north: NodeUnderTest, alice: ClientKeys
) -> None:
    """docs/protocol.md, section 5.3."""
    south = north.linked(SOUTH)
    old, new = alice.presence(SOUTH.id), alice.presence(SOUTH.id)

    tells(south, alice.account_record(), new, SOUTH.slot(0, old))

    assert reachable(north, "alice") == []


def test_an_emptied_slot_takes_its_client_away(north: NodeUnderTest, alice: ClientKeys) -> None:
    """docs/protocol.md, section 5.3."""
    south = north.linked(SOUTH, *SOUTH.serving(alice))

    tells(south, SOUTH.slot(0, None))

    assert reachable(north, "alice") == []
    assert north.node.snapshot().accounts == 0


def test_a_slot_given_to_another_takes_its_client_away(
    north: NodeUnderTest, alice: ClientKeys
) -> None:
    """docs/protocol.md, section 5.3."""
    south = north.linked(SOUTH, *SOUTH.serving(alice))

    tells(south, *SOUTH.serving(a_client("bob")))

    assert reachable(north, "alice") == []
    assert reachable(north, "bob") == [a_client("bob").id]


def test_a_client_that_speaks_for_another_account_is_not_believed(
    north: NodeUnderTest, alice: ClientKeys
) -> None:
    """docs/protocol.md, section 5.3."""
    mallory = a_client("mallory")
    south = north.linked(SOUTH, *SOUTH.serving(alice))
    claim = mallory.presence(SOUTH.id, account=alice.account_id)

    tells(south, claim, SOUTH.slot(1, claim))

    assert reachable(north, "alice") == [alice.id]


def test_a_revoked_client_does_not_count(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 5.3."""
    laptop, phone = two_devices("alice")
    south = north.linked(SOUTH, *SOUTH.serving(laptop, 0), *SOUTH.serving(phone, 1))
    assert reachable(north, "alice") == [laptop.id, phone.id]

    tells(south, laptop.account_record(version=2, revoked=(phone.id,)))

    assert reachable(north, "alice") == [laptop.id]


def test_an_account_record_that_drops_its_only_present_client_stops_counting(
    north: NodeUnderTest, alice: ClientKeys
) -> None:
    """docs/protocol.md, section 5.3."""
    south = north.linked(SOUTH, *SOUTH.serving(alice))

    tells(south, alice.account_record(version=2, clients=(a_client("else").id,)))

    assert reachable(north, "alice") == []
    assert north.node.snapshot().accounts == 0


def test_a_client_that_changes_its_account_is_found_under_the_new_one(
    north: NodeUnderTest, alice: ClientKeys
) -> None:
    """docs/protocol.md, section 5.3."""
    south = north.linked(SOUTH, *SOUTH.serving(alice))
    married = replace(alice, name="alicia", account=a_client("alicia").account)

    tells(south, *SOUTH.serving(married))

    assert reachable(north, "alice") == []
    assert reachable(north, "alicia") == [alice.id]


# 5.4 Parking


@pytest.mark.parametrize("turn", range(6))
def test_the_order_of_arrival_does_not_matter(
    north: NodeUnderTest, alice: ClientKeys, turn: int
) -> None:
    """docs/protocol.md, section 5.4."""
    south = north.linked(SOUTH)
    account, presence, slot = SOUTH.serving(alice)
    orders = [
        (account, presence, slot),
        (account, slot, presence),
        (presence, account, slot),
        (presence, slot, account),
        (slot, account, presence),
        (slot, presence, account),
    ]

    for record in orders[turn]:
        tells(south, record)

    assert reachable(north, "alice") == [alice.id]
    assert north.node.snapshot().parked_records == 0


def test_who_tells_of_less_than_is_parked_is_told_of_that(
    north: NodeUnderTest, alice: ClientKeys
) -> None:
    """docs/protocol.md, section 5.5: no comparison would show it, and nothing lower counts."""
    account, lower, _ = SOUTH.serving(alice)
    parked = alice.presence(SOUTH.id)
    south = north.linked(SOUTH, account, parked)

    tells(south, lower, parked, account)

    (push,) = south.hears_all(Push)
    assert push.records == (parked.signed,)


def test_who_tells_of_less_than_counts_is_told_nothing(
    north: NodeUnderTest, alice: ClientKeys
) -> None:
    """docs/protocol.md, section 5.5: that is for the roots to show."""
    lower = alice.presence(SOUTH.id)
    south = north.linked(SOUTH, *SOUTH.serving(alice))

    tells(south, lower)

    assert south.hears_all(Push) == []


def test_records_may_come_before_the_record_of_their_home(
    north: NodeUnderTest, alice: ClientKeys
) -> None:
    """docs/protocol.md, section 5.4."""
    south = north.linked(SOUTH)
    ours = (north.keys.id, WEST.id)
    tells(south, *WEST.serving(alice))
    assert north.node.snapshot().parked_records == 3

    tells(south, SOUTH.record(links=ours, neighbours=ours))
    tells(south, WEST.record(links=(SOUTH.id,), neighbours=(SOUTH.id,)))

    assert reachable(north, "alice") == [alice.id]


# 5.6 Alive, reachable


def names_alive(north: NodeUnderTest) -> set[str | None]:
    return {member.name for member in north.node.snapshot().members if member.is_alive}


def linking(who: NodeKeys, *others: NodeId) -> Verified[NodeRecord]:
    """A record that vouches for everybody, and links to these."""
    everybody = (a_node_called("north").id, SOUTH.id, WEST.id, EAST.id)
    return who.record(links=others, neighbours=everybody)


def test_a_node_is_alive_while_it_and_an_alive_node_name_each_other(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 5.6."""
    south = north.linked(SOUTH)
    tells(south, linking(SOUTH, north.keys.id, WEST.id), linking(WEST, SOUTH.id), linking(EAST))
    assert names_alive(north) == {"north", "south", "west"}

    tells(south, linking(WEST))
    assert names_alive(north) == {"north", "south"}
    tells(south, linking(WEST, SOUTH.id))
    tells(south, linking(SOUTH, north.keys.id))

    assert names_alive(north) == {"north", "south"}


def test_who_names_more_links_than_are_named_back_is_not_alive(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 5.6: a liar keeps nobody alive."""
    strangers = tuple(a_node_called(f"stranger-{number}").id for number in range(2))
    south = north.linked(SOUTH)
    tells(south, linking(SOUTH, north.keys.id, WEST.id))

    tells(south, linking(WEST, SOUTH.id, strangers[0]))
    assert "west" in names_alive(north)
    tells(south, linking(WEST, SOUTH.id, *strangers))

    assert "west" not in names_alive(north)


def test_the_clients_of_a_dead_node_are_unreachable_and_back_with_it(
    north: NodeUnderTest, alice: ClientKeys
) -> None:
    """docs/protocol.md, section 5.6."""
    south = north.linked(SOUTH)
    tells(south, linking(SOUTH, north.keys.id, WEST.id), linking(WEST, SOUTH.id))
    tells(south, *WEST.serving(alice))
    assert reachable(north, "alice") == [alice.id]

    north.passes(limits.REACHABILITY_MS)
    tells(south, linking(SOUTH, north.keys.id))
    assert reachable(north, "alice") == []
    north.passes(limits.REACHABILITY_MS)
    tells(south, linking(SOUTH, north.keys.id, WEST.id))

    assert reachable(north, "alice") == [alice.id]
    north.passes(limits.REACHABILITY_MS)
    lives = [fact.is_alive for fact in north.facts_of(NodeAlive) if fact.node == WEST.id]
    assert lives == [True, False, True]
