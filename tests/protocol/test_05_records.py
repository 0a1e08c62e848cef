"""Chapter 5: which record of a subject is kept, which of them count, and who is alive."""

import pytest

from overlay.core.facts import RecordApplied
from overlay.messages.clients import People, Watch
from overlay.messages.gossip import Push
from overlay.messages.records import AccountRecord, NodeRecord, Presence
from overlay.messages.signed import Signed
from overlay.peering.statements import Reader, Verified
from overlay.wire.signed import Signable
from tests.protocol.harness import NodeUnderTest, Peer, a_node
from tests.support.farend import FarEnd, exchange
from tests.support.people import (
    NETWORK,
    ClientKeys,
    a_client,
    a_node_called,
    with_fields,
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


def applied(north: NodeUnderTest, kind: str) -> list[tuple[int, int]]:
    """The orders of the records of a kind that came to count, in turn."""
    return [fact.order for fact in north.facts_of(RecordApplied) if fact.kind == kind]


def in_short(fields: dict[str, object]) -> str:
    """The name of one case."""
    return str(fields)[:40]


# 5.1 Order


def test_a_lower_record_of_a_subject_is_ignored(north: NodeUnderTest, alice: ClientKeys) -> None:
    """docs/protocol.md, section 5.1."""
    south = north.linked(SOUTH)
    presence = alice.presence(SOUTH.id, counter=5)
    tells(south, alice.account_record(version=3), presence, SOUTH.slot(0, presence))

    tells(south, alice.account_record(version=2, name="malice"))
    tells(south, alice.presence(SOUTH.id, counter=4))

    assert applied(north, "account") == [(0, 3)]
    assert applied(north, "presence") == [(1, 5)]
    assert reachable(north, "alice") == [alice.id]


def test_the_incarnation_goes_before_the_number(north: NodeUnderTest, alice: ClientKeys) -> None:
    """docs/protocol.md, section 5.1."""
    south = north.linked(SOUTH)
    old = alice.presence(SOUTH.id, counter=900, incarnation=1)
    new = alice.presence(SOUTH.id, counter=1, incarnation=2)
    tells(south, alice.account_record(), old, SOUTH.slot(0, old))

    tells(south, new, SOUTH.slot(0, new))

    assert applied(north, "presence") == [(1, 900), (2, 1)]


@pytest.mark.parametrize("greater_comes_first", [True, False])
def test_of_two_texts_of_one_order_the_greater_leaf_is_kept(
    north: NodeUnderTest, alice: ClientKeys, greater_comes_first: bool
) -> None:
    """docs/protocol.md, section 5.1: whatever came first."""
    south = north.linked(SOUTH)
    tells(south, *SOUTH.serving(alice))
    two = [alice.account_record(version=2, name="alice"), alice.account_record(version=2, name="b")]
    lesser, greater = sorted(two, key=lambda record: record.leaf)

    tells(south, *((greater, lesser) if greater_comes_first else (lesser, greater)))

    kept = north.node.snapshot()
    assert kept.accounts == 1
    assert reachable(north, greater.value.name) == [alice.id]


# 5.2 Texts


@pytest.mark.parametrize(
    "fields",
    [
        {"clients": []},
        {"clients": [a_client("alice").id] * 33},
        {"clients": [a_client("alice").id] * 2_000},
        {"revoked": [a_client("alice").id] * 33},
        {"version": -1},
        {"version": 2**53},
        {"name": ""},
        {"name": "x" * 65},
        {"name": "bell\x07"},
        {"name": "two\nlines"},
        {"previous": "short"},
        {"unknown": "x" * 17_000},
    ],
    ids=in_short,
)
def test_an_account_record_out_of_its_bounds_is_refused(
    north: NodeUnderTest, alice: ClientKeys, fields: dict[str, object]
) -> None:
    """docs/protocol.md, section 5.2."""
    south = north.linked(SOUTH)
    south.hears()

    tells(south, with_fields(alice.account_record(), alice.account, **fields))

    assert south.is_open
    assert south.is_refused() in ("malformed", "too_large")
    assert north.node.snapshot().accounts == 0


@pytest.mark.parametrize(
    "fields",
    [
        {"slot": 10_000},
        {"slot": -1},
        {"client": "nobody"},
        {"presence": [1]},
        {"presence": [1, 2, 3]},
        {"presence": [1, 2**53]},
        {"incarnation": None},
    ],
    ids=in_short,
)
def test_a_slot_out_of_its_bounds_is_refused(
    north: NodeUnderTest, alice: ClientKeys, fields: dict[str, object]
) -> None:
    """docs/protocol.md, section 5.2."""
    south = north.linked(SOUTH)
    south.hears()

    tells(south, with_fields(SOUTH.slot(0, alice.presence(SOUTH.id)), SOUTH.key, **fields))

    assert south.is_refused() == "malformed"


@pytest.mark.parametrize(
    "fields",
    [
        {"links": [SOUTH.id] * 193},
        {"neighbours": [SOUTH.id] * 65},
        {"addresses": ["ws://a/overlay"] * 5},
        {"addresses": ["http://a/overlay"]},
        {"features": ["Upper"]},
    ],
    ids=in_short,
)
def test_a_node_record_out_of_its_bounds_is_refused(
    north: NodeUnderTest, fields: dict[str, object]
) -> None:
    """docs/protocol.md, section 5.2."""
    south = north.linked(SOUTH)
    south.hears()

    tells(south, with_fields(SOUTH.record(), SOUTH.key, **fields))

    assert south.is_refused() == "malformed"


def test_a_node_says_of_itself_what_is_the_case(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 5.2."""
    south = north.accepts(FarEnd(SOUTH, dials=True))
    south.hears()
    ours = SOUTH.record(links=(north.keys.id,), neighbours=(north.keys.id,))

    south.says(*exchange(ours.signed))

    said = [record for push in south.hears_all(Push) for record in push.records]
    own = Reader(NETWORK).read_as(NodeRecord, said[-1]).value
    assert (own.signer, own.name, own.addresses) == (north.keys.id, "north", (north.keys.address,))
    assert (own.links, own.neighbours) == ((SOUTH.id,), (SOUTH.id,))


def test_records_of_other_kinds_are_read_as_they_were_written(alice: ClientKeys) -> None:
    """docs/protocol.md, section 5.2."""
    reader = Reader(NETWORK)

    assert reader.read_as(AccountRecord, alice.account_record().signed).value.clients == (alice.id,)
    presence = alice.presence(SOUTH.id)
    assert reader.read_as(Presence, presence.signed).value == presence.value
