"""Chapter 8, the node's side: attaching, and going."""

from dataclasses import replace

import pytest

from overlay import limits
from overlay.core.facts import ClientAttached, ClientDetached
from overlay.messages.clients import (
    Attach,
    Detach,
    Done,
)
from overlay.messages.gossip import Push
from overlay.messages.links import Refusal
from overlay.messages.records import Slot
from overlay.messages.signed import Signed
from overlay.peering.statements import Reader
from tests.protocol.harness import NodeUnderTest, Peer, a_node
from tests.support.people import (
    NETWORK,
    ClientKeys,
    a_client,
    a_node_called,
    two_devices,
    with_fields,
)

SOUTH, WEST = a_node_called("south"), a_node_called("west")


@pytest.fixture
def alice() -> ClientKeys:
    return a_client("alice")


@pytest.fixture
def bob() -> ClientKeys:
    return a_client("bob")


@pytest.fixture
def north() -> NodeUnderTest:
    return a_node(neighbours=[SOUTH])


def attach(north: NodeUnderTest, client: ClientKeys, **parts: Signed) -> Attach:
    """What a client brings along, with parts of it changed."""
    return replace(client.attach_at(north.keys.id, north.incarnation), **parts)  # type: ignore[arg-type]


def refuses(north: NodeUnderTest, client: ClientKeys, **parts: Signed) -> str:
    """The code with which an attach is refused; the request is named, and the link goes on."""
    link = north.client(client)
    link.hears()
    link.says(replace(attach(north, client, **parts), request=77))
    refusal = link.hears_one(Refusal)
    assert refusal.request == 77
    assert link.is_open
    return refusal.code


def slots(peer: Peer) -> list[tuple[int, str | None]]:
    """Slot numbers with their clients, as a neighbour hears of them."""
    reader = Reader(NETWORK)
    records = [record for push in peer.hears_all(Push) for record in push.records]
    read = [reader.read_as(Slot, record).value for record in records if record.kind == "slot"]
    return [(slot.slot, slot.client) for slot in read]


# 8.1 Attach


def test_an_attached_client_has_a_slot_that_is_gossiped(
    north: NodeUnderTest, alice: ClientKeys, bob: ClientKeys
) -> None:
    """docs/protocol.md, section 8.1."""
    south, home = north.linked(SOUTH), north.client(alice)
    south.hears()

    home.says(replace(attach(north, alice), request=5))

    assert home.hears_one(Done) == Done(5)
    pushed = [record for push in south.hears_all(Push) for record in push.records]
    assert sorted(record.kind for record in pushed) == ["account", "presence", "slot"]
    north.attached(bob)
    assert slots(south) == [(1, bob.id)]


def test_a_presence_of_another_client_is_refused(
    north: NodeUnderTest, alice: ClientKeys, bob: ClientKeys
) -> None:
    """docs/protocol.md, section 8.1."""
    presence = bob.presence(north.keys.id).signed

    assert refuses(north, alice, presence=presence) == "not_yours"


def test_a_presence_for_another_home_is_refused(north: NodeUnderTest, alice: ClientKeys) -> None:
    """docs/protocol.md, section 8.1: or another incarnation of this one."""
    elsewhere, later = alice.presence(SOUTH.id), alice.presence(north.keys.id, 2)

    assert refuses(north, alice, presence=elsewhere.signed) == "mismatch"
    assert refuses(north, alice, presence=later.signed) == "mismatch"


def test_a_presence_below_what_is_held_is_refused(north: NodeUnderTest, alice: ClientKeys) -> None:
    """docs/protocol.md, section 8.1."""
    home = north.attached(alice)

    home.says(attach(north, alice, presence=alice.presence(north.keys.id, counter=0 + 1).signed))

    assert home.is_refused() == "old_incarnation"
    assert home.is_open


def test_a_presence_below_one_that_does_not_count_is_refused(
    north: NodeUnderTest, alice: ClientKeys
) -> None:
    """docs/protocol.md, section 8.1: nobody would believe it."""
    newer = alice.presence(SOUTH.id, counter=50)
    north.linked(SOUTH, alice.account_record(), newer)

    assert refuses(north, alice) == "old_incarnation"


def test_a_second_attach_of_one_round_has_to_be_above_the_first(
    north: NodeUnderTest, alice: ClientKeys
) -> None:
    """docs/protocol.md, section 8.1."""
    home = north.client(alice)
    first, second = attach(north, alice), attach(north, alice)
    home.hears()

    home.says(second, replace(first, request=2))

    assert [type(message) for message in home.hears()] == [Done, Refusal]


def test_a_home_lets_a_client_go_that_has_said_something_higher_which_does_not_count(
    north: NodeUnderTest, alice: ClientKeys
) -> None:
    """docs/protocol.md, section 8.3: another run of it has used this incarnation."""
    home = north.attached(alice)
    south = north.linked(SOUTH)

    south.says(Push((alice.presence(SOUTH.id, counter=700).signed,)))

    assert home.close_code == "duplicate_link"


def test_a_presence_of_an_incarnation_that_is_proved_to_be_used_twice_is_refused(
    north: NodeUnderTest, alice: ClientKeys
) -> None:
    """docs/protocol.md, section 8.1: whoever is caught takes an incarnation above."""
    one, other = (alice.presence(home.id, counter=70) for home in (SOUTH, WEST))
    south = north.linked(SOUTH, alice.account_record())
    south.says(Push((one.signed, other.signed)))

    presence = alice.presence(north.keys.id, counter=71)

    assert refuses(north, alice, presence=presence.signed) == "old_incarnation"


def test_a_presence_of_another_incarnation_than_the_links_is_refused(
    north: NodeUnderTest, alice: ClientKeys
) -> None:
    """docs/protocol.md, section 8.1."""
    presence = alice.presence(north.keys.id, incarnation=2)

    assert refuses(north, alice, presence=presence.signed) == "old_incarnation"


def test_a_client_that_its_account_does_not_list_is_refused(
    north: NodeUnderTest, alice: ClientKeys, bob: ClientKeys
) -> None:
    """docs/protocol.md, section 8.1: or lists as revoked."""
    mallory = replace(bob, account=alice.account)
    revoked = alice.account_record(revoked=(alice.id,))

    assert refuses(north, mallory, account=alice.account_record().signed) == "not_certified"
    assert refuses(north, alice, account=revoked.signed) == "not_certified"


def test_an_old_account_record_does_not_bring_a_revoked_client_back(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 8.1: also where nobody of the account is present."""
    laptop, phone = two_devices("alice")
    newer = laptop.account_record(version=2, clients=(laptop.id,))
    north.linked(SOUTH, newer)

    assert refuses(north, phone) == "not_certified"
    north.client(laptop).says(attach(north, laptop))
    assert [fact.client for fact in north.facts_of(ClientAttached)] == [laptop.id]


def test_an_account_record_of_another_account_is_refused(
    north: NodeUnderTest, alice: ClientKeys, bob: ClientKeys
) -> None:
    """docs/protocol.md, section 8.1."""
    assert refuses(north, alice, account=bob.account_record().signed) == "mismatch"


def test_another_bundle_than_the_presence_names_is_refused(
    north: NodeUnderTest, alice: ClientKeys, bob: ClientKeys
) -> None:
    """docs/protocol.md, section 8.1."""
    assert refuses(north, alice, bundle=alice.bundle(key="AAAA").signed) == "mismatch"
    assert refuses(north, alice, bundle=bob.bundle().signed) == "mismatch"
    assert refuses(north, alice, bundle=alice.account_record().signed) == "mismatch"


def test_a_bundle_that_no_answer_could_hold_is_refused(
    north: NodeUnderTest, alice: ClientKeys
) -> None:
    """docs/protocol.md, section 8.1."""
    home = north.client(alice)
    long = with_fields(alice.bundle(), alice.key, more='"' * 20_000)

    home.says(attach(north, alice, bundle=long))

    assert home.is_refused() == home.close_code == "too_large"


def test_a_later_attach_on_the_same_link_renews(north: NodeUnderTest, alice: ClientKeys) -> None:
    """docs/protocol.md, section 8.1: in the same slot."""
    south, home = north.linked(SOUTH), north.attached(alice)
    assert slots(south) == [(0, alice.id)]

    home.says(replace(attach(north, alice), request=2))

    assert home.hears_one(Done) == Done(2)
    assert slots(south) == [(0, alice.id)]
    assert north.node.snapshot().clients_reachable == 1


def test_a_client_on_a_second_link_replaces_its_first(
    north: NodeUnderTest, alice: ClientKeys
) -> None:
    """docs/protocol.md, section 8.1."""
    first = north.attached(alice)

    second = north.attached(alice)

    assert (first.close_code, second.close_code) == ("duplicate_link", None)
    assert north.node.snapshot().clients_here == 1
    assert north.node.snapshot().clients_reachable == 1


@pytest.mark.parametrize("ending", ["gone", "detach"])
def test_when_a_client_goes_its_slot_is_emptied_and_used_again(
    north: NodeUnderTest, alice: ClientKeys, bob: ClientKeys, ending: str
) -> None:
    """docs/protocol.md, section 8.1."""
    south, home = north.linked(SOUTH), north.attached(alice)
    south.hears()

    if ending == "gone":
        home.ends()
    else:
        home.says(Detach())

    assert slots(south) == [(0, None)]
    assert len(north.facts_of(ClientDetached)) == 1
    north.attached(bob)
    assert slots(south) == [(0, bob.id)]


def test_a_client_that_has_attached_elsewhere_is_let_go(
    north: NodeUnderTest, alice: ClientKeys
) -> None:
    """docs/protocol.md, sections 5.3 and 8.1."""
    south, home = north.linked(SOUTH), north.attached(alice)
    south.hears()

    south.says(Push(tuple(record.signed for record in SOUTH.serving(alice))))

    assert home.close_code == "duplicate_link"
    assert slots(south) == [(0, None)]


# How often, and how soon


def test_a_client_that_does_not_attach_in_its_time_is_let_go(
    north: NodeUnderTest, alice: ClientKeys, bob: ClientKeys
) -> None:
    """docs/protocol.md, section 8.1."""
    served, idle = north.attached(alice), north.client(bob)

    north.passes(limits.ATTACH_MS - 1)
    assert idle.is_open
    north.passes(1)

    assert idle.is_refused() == idle.close_code == "not_attached"
    assert served.is_open


def test_an_attach_may_take_longer_by_what_its_home_missed_of_it(
    north: NodeUnderTest, alice: ClientKeys
) -> None:
    """docs/protocol.md, sections 8.1 and 10.4."""
    home = north.client(alice)

    north.now_ms += 2 * limits.ATTACH_MS
    north.settles()
    home.says(alice.attach_at(north.keys.id, north.incarnation))

    assert home.hears_one(Done) == Done(1)


def test_of_too_many_that_do_not_attach_the_oldest_gives_way(
    north: NodeUnderTest, alice: ClientKeys
) -> None:
    """docs/protocol.md, section 8.1."""
    served = north.attached(alice)

    idle = [north.client(a_client(f"idle {number}")) for number in range(limits.UNATTACHED_MAX + 1)]

    assert [peer.close_code for peer in idle[:2]] == ["too_many_links", None]
    assert all(peer.is_open for peer in idle[1:])
    assert served.is_open


def test_a_client_attaches_so_often_in_a_row_and_then_now_and_then(
    north: NodeUnderTest, alice: ClientKeys
) -> None:
    """docs/protocol.md, section 8.1: each one costs every node three records."""
    home = north.attached(alice)
    for number in range(2, limits.ATTACHES_AT_ONCE + 1):
        home.says(replace(attach(north, alice), request=number))
    assert len(home.hears_all(Done)) == limits.ATTACHES_AT_ONCE - 1

    home.says(replace(attach(north, alice), request=99))
    refusal = home.hears_one(Refusal)
    assert (refusal.code, refusal.request) == ("busy", 99)
    assert home.is_open
    assert refusal.retry_after_ms is not None
    north.passes(refusal.retry_after_ms)
    home.says(replace(attach(north, alice), request=100))

    assert home.hears_one(Done) == Done(100)


def test_another_link_is_no_way_around_that(north: NodeUnderTest, alice: ClientKeys) -> None:
    """docs/protocol.md, section 8.1."""
    for _ in range(limits.ATTACHES_AT_ONCE):
        north.attached(alice).ends()

    home = north.client(alice)
    home.says(alice.attach_at(north.keys.id, north.incarnation))

    assert home.is_refused() == "busy"
    assert north.node.snapshot().clients_reachable == 0
