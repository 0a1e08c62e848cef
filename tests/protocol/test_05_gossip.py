"""Chapter 5, its middle: the complete exchange, and passing records on."""

from random import Random

import pytest

from overlay import limits
from overlay.core.durable import from_rows
from overlay.messages.gossip import (
    Announce,
    Delta,
    Digest,
    DigestPart,
    EverythingWanted,
    Prune,
    Push,
    Request,
    Synced,
)
from overlay.messages.links import Heartbeat
from overlay.messages.records import NodeRecord
from overlay.messages.signed import Signed
from overlay.peering.statements import Reader
from tests.protocol.harness import NodeUnderTest, Peer, a_node
from tests.support.farend import FarEnd, exchange
from tests.support.people import NETWORK, a_client, a_node_called

ALICE, BOB = a_client("alice"), a_client("bob")
SOUTH, WEST, EAST = a_node_called("south"), a_node_called("west"), a_node_called("east")


@pytest.fixture
def north() -> NodeUnderTest:
    return a_node(neighbours=[SOUTH, WEST])


def pushed(peer: Peer) -> list[Signed]:
    return [record for push in peer.hears_all(Push) for record in push.records]


def our_links(north: NodeUnderTest, records: list[Signed]) -> list[tuple[str, ...]]:
    """The links in each record of the node under test, in turn."""
    reader = Reader(NETWORK)
    own = [record for record in records if record.kind == "node" and record.signer == north.id]
    return [reader.read_as(NodeRecord, record).value.links for record in own]


def test_a_new_link_starts_with_all_that_counts_nearest_first(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 5.5: each presence with its slot and account record."""
    served = [record.signed for record in SOUTH.serving(ALICE)]
    account, presence, slot = served
    south = north.linked(SOUTH)
    south.says(Push((*served,)))

    west = north.accepts(FarEnd(WEST, dials=True))

    west.says(EverythingWanted())
    deltas = west.hears_all(Delta)
    told = [record for delta in deltas for record in delta.records]
    assert [delta.is_last for delta in deltas] == [True]
    assert [record.signer for record in told[:2]] == [north.id, SOUTH.id]
    assert told[2:] == [slot, presence, account]


def test_an_account_with_two_clients_is_told_once(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 5.5."""
    laptop = a_client("alice")
    phone = a_client("alice", "phone")
    laptop.clients = phone.clients = (laptop.id, phone.id)
    north.linked(SOUTH, *SOUTH.serving(laptop, 0), *SOUTH.serving(phone, 1))

    west = north.accepts(FarEnd(WEST, dials=True))

    told = [record.kind for record in west.is_told_everything()]
    assert sorted(told) == ["account", "node", "node", "presence", "presence", "slot", "slot"]


def test_a_long_exchange_comes_in_parts(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 5.5: with `is_last` on the last."""
    people = [a_client(f"person {number}") for number in range(50)]
    south = north.linked(SOUTH)
    for number, person in enumerate(people):
        south.says(Push(tuple(record.signed for record in SOUTH.serving(person, number))))

    west = north.accepts(FarEnd(WEST, dials=True))

    west.says(EverythingWanted())
    deltas = west.hears_all(Delta)
    assert [delta.is_last for delta in deltas] == [False, False, True]
    assert max(len(delta.records) for delta in deltas) <= limits.DELTA_RECORDS_MAX
    assert sum(len(delta.records) for delta in deltas) == 2 + 3 * len(people)


def test_a_link_is_named_once_the_exchange_is_over_in_both_directions(
    north: NodeUnderTest,
) -> None:
    """docs/protocol.md, section 5.5."""
    south = north.accepts(FarEnd(SOUTH, dials=True))
    ours = (north.keys.id,)

    own = SOUTH.record(links=ours, neighbours=ours)
    shown = Digest((DigestPart(prefix="", count=1, leaves=(own.leaf,)),))
    south.says(Synced(), shown)
    assert south.hears_one(Request).leaves == (own.leaf,)
    south.says(Delta((own.signed,), is_last=False))
    assert our_links(north, pushed(south)) == []
    south.says(Delta((), is_last=True))

    assert our_links(north, pushed(south)) == [(SOUTH.id,)]


def test_a_link_that_its_other_end_hides_leaves_our_record(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 5.6: at once if it was named, and else after a while."""
    ours = (north.keys.id,)
    south, west = north.linked(SOUTH), north.linked(WEST, is_named=False)
    west.hears()

    north.passes(limits.LOSSES_GATHER_MS)
    south.says(Push((SOUTH.record(neighbours=ours).signed,)))
    assert our_links(north, pushed(west)) == [(WEST.id,)]
    for _ in range(limits.NAMED_BACK_MS // 500):
        north.passes(500)
        south.says(Heartbeat())
        west.says(Heartbeat())
    assert our_links(north, pushed(west)) == [()]
    west.says(Push((WEST.record(links=ours, neighbours=ours).signed,)))
    for _ in range(limits.NAMED_AGAIN_MS // 500):
        north.passes(500)
        south.says(Heartbeat())
        west.says(Heartbeat())

    assert our_links(north, pushed(south))[-1] == (WEST.id,)


def test_what_is_new_goes_on_to_every_other_link_once(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 5.5: never back where it came from."""
    south, west = north.linked(SOUTH), north.linked(WEST)
    south.hears(), west.hears()
    served = tuple(record.signed for record in SOUTH.serving(ALICE))

    south.says(Push(served))
    assert (pushed(south), sorted(pushed(west), key=str)) == ([], sorted(served, key=str))
    west.says(Push(served))
    south.says(Push(served))

    assert (pushed(south), pushed(west)) == ([], [])


def test_who_has_lost_the_link_that_news_came_along_asks_at_once_for_what_is_announced(
    north: NodeUnderTest,
) -> None:
    """docs/protocol.md, section 5.5: and waits for it as long as that link stands."""
    south, west = north.linked(SOUTH), north.linked(WEST)
    west.says(Prune())
    first, second = (WEST.slot(3, None, version=version) for version in (9_000, 9_001))
    west.says(Announce((first.leaf,)))
    assert west.hears_all(Request) == []

    south.ends("reset")
    assert west.hears_all(Request) == [Request((first.leaf,), grafts=True)]
    west.says(Push((first.signed,)), Announce((second.leaf,)))

    assert west.hears_all(Request) == [Request((second.leaf,), grafts=True)]


def test_what_no_longer_counts_is_not_passed_on(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 5.5."""
    south, west = north.linked(SOUTH, *SOUTH.serving(ALICE)), north.linked(WEST)
    west.hears()
    emptied, moved = SOUTH.slot(0, None), ALICE.presence(EAST.id)

    south.says(Push((emptied.signed, moved.signed)))

    assert pushed(west) == [emptied.signed]


def test_records_of_ours_of_another_incarnation_change_nothing(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 5.5: each record has one writer, and ours is here."""
    south, west = north.linked(SOUTH), north.linked(WEST)
    alice = north.attached(ALICE)
    us = a_node_called("north")
    south.hears(), west.hears()

    south.says(Push((us.record(incarnation=2**53 - 1).signed,)))

    assert (south.hears(), west.hears()) == ([], [])
    assert alice.is_open
    assert north.node.snapshot().clients_reachable == 1
    assert north.incarnation == 1


def test_what_an_earlier_run_signed_in_our_incarnation_has_us_begin_anew(
    north: NodeUnderTest,
) -> None:
    """docs/protocol.md, section 2.5: else it would count for ever."""
    south, west = north.linked(SOUTH), north.linked(WEST)
    forgotten = a_node_called("north").slot(9, None, version=9_000)

    south.says(Push((forgotten.signed,)))
    north.passes(50)

    assert north.incarnation == 2
    assert [south.close_code, west.close_code] == ["old_incarnation"] * 2


def test_a_delta_with_what_an_earlier_run_signed_has_us_begin_anew(north: NodeUnderTest) -> None:
    """docs/protocol.md, sections 2.5 and 5.7."""
    south = north.linked(SOUTH)
    forgotten = a_node_called("north").slot(9, None, version=9_000)

    south.says(Delta((forgotten.signed,), is_last=True))
    north.passes(50)

    assert north.incarnation == 2
    assert south.close_code == "old_incarnation"


def test_a_record_is_verified_before_it_is_passed_on(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 5.5."""
    south, west = north.linked(SOUTH), north.linked(WEST)
    west.hears()
    elsewhere = a_node_called("south", network="elsewhere")

    south.says(Push((elsewhere.record(neighbours=(north.keys.id,)).signed,)))

    assert pushed(west) == []


def test_a_peer_that_sends_the_highest_numbers_cannot_stop_anybody_else(
    north: NodeUnderTest,
) -> None:
    """docs/protocol.md, sections 5.1 and 5.5."""
    south, west = north.linked(SOUTH), north.linked(WEST)
    highest = 2**53 - 1
    ours = (north.keys.id,)
    presence = BOB.presence(SOUTH.id, highest, counter=highest, incarnation=highest)

    south.says(
        Push(
            (
                SOUTH.record(
                    links=ours, neighbours=ours, incarnation=highest, version=highest
                ).signed,
                BOB.account_record(version=highest).signed,
                presence.signed,
                SOUTH.slot(9_999, presence, incarnation=highest, version=highest).signed,
            )
        )
    )
    west.says(Push(tuple(record.signed for record in WEST.serving(ALICE))))

    assert north.node.snapshot().clients_reachable == 2


def test_what_is_known_survives_a_restart(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 5.4: records are verified anew."""
    north.linked(SOUTH, *SOUTH.serving(ALICE))
    north.passes(limits.RECORDS_SAVE_MS)

    again = a_node(neighbours=[SOUTH, WEST], rows=north.disk.values())

    status = again.node.snapshot()
    assert [member.name for member in status.members] == ["north", "south"]
    assert (status.accounts, status.clients_reachable) == (1, 0)
    again.accepts(FarEnd(SOUTH, dials=True)).says(*exchange())
    assert again.node.snapshot().clients_reachable == 1


def test_what_no_longer_counts_is_forgotten_on_the_disk(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 5.4."""
    south = north.linked(SOUTH, *SOUTH.serving(ALICE))
    north.passes(limits.RECORDS_SAVE_MS)
    south.says(Push((SOUTH.slot(0, None).signed,)))
    north.passes(limits.RECORDS_SAVE_MS)

    kinds = sorted(record.kind for record in from_rows(north.disk.values()).records)

    assert kinds == ["node", "node", "slot"]


def test_a_node_that_stops_writes_down_what_it_knows(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 5.4."""
    north.linked(SOUTH, *SOUTH.serving(ALICE))

    north.stops()

    kinds = sorted(record.kind for record in from_rows(north.disk.values()).records)
    assert kinds == ["account", "node", "node", "presence", "slot"]


def test_records_may_come_in_any_batches(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 5.4."""
    people = [a_client(f"person {number}") for number in range(8)]
    records = [
        record.signed
        for number, person in enumerate(people)
        for record in SOUTH.serving(person, number)
    ]
    Random(7).shuffle(records)
    south = north.linked(SOUTH)

    for first in range(0, len(records), 5):
        south.says(Push(tuple(records[first : first + 5])))

    assert north.node.snapshot().clients_reachable == 8
