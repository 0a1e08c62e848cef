"""Chapter 6, its end: a message whose recipients have many homes."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from overlay import limits
from overlay.core.facts import UnitDropped
from overlay.messages.clients import Deliver, Submit
from overlay.messages.gossip import Announce, Prune, Push, Request
from overlay.messages.ids import Incarnation
from overlay.messages.links import Ack
from overlay.messages.records import NodeRecord
from overlay.messages.routing import Relay, Returned, Spread
from overlay.messages.signed import Signed
from overlay.peering.statements import Verified
from tests.protocol.harness import Peer, a_node
from tests.protocol.square import ALICE, BOB, CAROL, EAST, NORTH, SOUTH, WEST, Square
from tests.support.farend import FarEnd, exchange
from tests.support.people import ClientKeys, NodeKeys, a_client, a_node_called

MANY = limits.COPIED_HOMES_MAX + 1


def names(count: int, prefix: str) -> list[str]:
    return [f"{prefix}-{number}" for number in range(count)]


class Crowd:
    """North is linked with south and west; behind south are many homes with somebody at each."""

    def __init__(self, homes: int = MANY, further: int = 0) -> None:
        self.people = [a_client(name) for name in names(homes, "friend")]
        self.homes = [a_node_called(name) for name in names(homes, "home")]
        behind = [*self.homes, *(a_node_called(name) for name in names(further, "node"))]
        self.north = a_node(neighbours=[SOUTH, WEST])
        self.south = self.north.accepts(FarEnd(SOUTH, dials=True))
        self.west = self.north.accepts(FarEnd(WEST, dials=True))
        self.west.says(*exchange(WEST.record(links=(NORTH,), neighbours=(NORTH,)).signed))
        self.south.says(*exchange())
        records = [record.signed for record in _in_rows_behind_south(behind)]
        for home, person in zip(self.homes, self.people, strict=True):
            records += [record.signed for record in home.serving(person)]
        for start in range(0, len(records), 64):
            self.south.says(Push(tuple(records[start : start + 64])))
        self.north.passes(limits.REACHABILITY_MS)
        self.alice = self.north.attached(ALICE)
        self.hushes()

    def hushes(self) -> None:
        """What was said so far is heard."""
        for peer in (self.south, self.west, self.alice):
            peer.hears()

    def hears_from(self, origin: ClientKeys, number: int = 1) -> Signed:
        """Alice writes to all of them."""
        message = origin.message_to(*self.people).signed
        self.alice.says(Submit(number=number, envelope=message))
        return message

    def passes(self, for_ms: int) -> list[Relay]:
        """Time passes, and neighbours ack what they get; the copies that they got."""
        copies: list[Relay] = []
        for _ in range(for_ms // 100):
            self.north.passes(100)
            for peer in (self.south, self.west):
                for copy in peer.hears_all(Relay):
                    copies.append(copy)
                    peer.says(Ack(copy.number))
        return copies


def _in_rows_behind_south(nodes: list[NodeKeys]) -> Iterator[Verified[NodeRecord]]:
    """Fifty of them are linked with south, and at most two with each of those."""
    first = nodes[:50]
    behind = {node.id: [other.id for other in nodes[50:][at::50]] for at, node in enumerate(first)}
    ends = (NORTH, *behind)
    yield SOUTH.record(links=ends, neighbours=ends)
    for node in first:
        ends = (SOUTH.id, *behind[node.id])
        yield node.record(links=ends, neighbours=ends)
    for at, node in enumerate(nodes[50:]):
        ends = (first[at % 50].id,)
        yield node.record(links=ends, neighbours=ends)


def receipts(peer: Peer, keys: ClientKeys, home: NodeKeys) -> None:
    """Somebody far away says that it has arrived."""
    copy = Relay(
        number=peer.next_number(),
        envelope=keys.receipt_for(ALICE, (1, 1)).signed,
        keeper=home.id,
        home=NORTH,
        attempt=1,
        budget=9,
    )
    peer.says(copy)


@pytest.fixture
def square() -> Square:
    return Square()


def spread(peer: Peer, envelope: Signed, keeper: NodeKeys = EAST) -> None:
    peer.says(Spread(number=peer.next_number(), envelope=envelope, keeper=keeper.id))


# As the keeper


def test_a_message_for_many_homes_goes_once_along_each_link_of_the_tree() -> None:
    """docs/protocol.md, section 6.6."""
    crowd = Crowd()

    message = crowd.hears_from(ALICE)

    for peer in (crowd.south, crowd.west):
        assert peer.hears() == [Spread(number=1, envelope=message, keeper=NORTH)]
    assert crowd.north.node.snapshot().mailbox_envelopes == 1


def test_a_message_for_few_homes_goes_as_a_copy_for_each() -> None:
    """docs/protocol.md, section 6.6."""
    crowd = Crowd(homes=limits.COPIED_HOMES_MAX)

    crowd.hears_from(ALICE)

    assert {copy.home for copy in crowd.south.hears_all(Relay)} == {home.id for home in crowd.homes}
    assert crowd.west.hears() == []


def test_where_few_of_the_nodes_are_concerned_copies_go_all_the_same() -> None:
    """docs/protocol.md, section 6.6: the tree would visit all the others."""
    # North, south and west are among them.
    most = limits.SPREAD_NODES_PER_HOME * MANY - MANY - 3
    within, beyond = Crowd(further=most), Crowd(further=most + 1)

    for crowd in (within, beyond):
        crowd.hears_from(ALICE)

    assert (len(within.south.hears_all(Spread)), len(beyond.south.hears_all(Relay))) == (1, MANY)


def test_whoever_has_not_receipted_in_time_is_sent_a_copy() -> None:
    """docs/protocol.md, section 6.6."""
    crowd = Crowd()
    crowd.hears_from(ALICE)
    crowd.south.says(Ack(1))
    crowd.west.says(Ack(1))
    for person, home in zip(crowd.people[2:], crowd.homes[2:], strict=True):
        receipts(crowd.south, person, home)

    copies = crowd.passes(limits.ATTEMPT_FIRST_MS)

    assert [copy.home for copy in copies] == [home.id for home in crowd.homes[:2]]
    assert {copy.attempt % 1_024 for copy in copies} == {2}


def test_who_is_at_the_keeper_is_handed_a_message_for_many_homes_as_any_other() -> None:
    """docs/protocol.md, section 6.6."""
    crowd = Crowd()
    here = crowd.north.attached(BOB)
    crowd.hushes()

    message = ALICE.message_to(BOB, *crowd.people).signed
    crowd.alice.says(Submit(number=1, envelope=message))

    assert [deliver.envelope for deliver in here.hears_all(Deliver)] == [message]
    assert len(crowd.west.hears_all(Spread)) == 1


def test_what_has_gone_along_the_tree_goes_as_copies_from_the_origins_next_home() -> None:
    """docs/protocol.md, section 6.6: every node takes a text of the tree once."""
    crowd = Crowd()
    message = ALICE.message_to(*crowd.people).signed
    spread(crowd.south, message)
    crowd.hushes()

    crowd.alice.says(Submit(number=1, envelope=message))

    assert len(crowd.south.hears_all(Relay)) == MANY
    assert crowd.west.hears_all(Spread) == []


# As any node


def test_a_spread_message_is_handed_out_and_goes_on_with_its_keeper(square: Square) -> None:
    """docs/protocol.md, section 6.6."""
    message = BOB.message_to(ALICE).signed

    spread(square.south, message)
    spread(square.west, message)

    assert square.west.hears_all(Spread) == [Spread(number=1, envelope=message, keeper=EAST.id)]
    assert square.south.hears_all(Spread) == []
    (deliver,) = square.alice.hears_all(Deliver)
    assert (deliver.envelope, deliver.keeper) == (message, EAST.id)


def test_a_spread_message_for_nobody_here_goes_on_and_is_not_returned(square: Square) -> None:
    """docs/protocol.md, section 6.6."""
    spread(square.south, BOB.message_to(CAROL).signed)

    assert len(square.west.hears_all(Spread)) == 1
    assert square.south.hears_all(Returned) == []
    assert square.alice.hears() == []


def test_a_spread_message_is_given_with_its_keeper_to_who_asks(square: Square) -> None:
    """docs/protocol.md, sections 5.5 and 6.6: where a link is not of the tree."""
    message = BOB.message_to(CAROL).signed
    square.west.says(Prune())

    spread(square.south, message)
    square.north.passes(2 * limits.ANNOUNCE_MS)
    square.west.says(Request(square.west.hears_one(Announce).leaves, grafts=True))

    assert square.west.hears_all(Spread) == [Spread(number=1, envelope=message, keeper=EAST.id)]


def test_a_client_without_credit_gets_a_spread_message_with_the_next_attempt(
    square: Square,
) -> None:
    """docs/protocol.md, section 6.6."""
    for index in range(1, limits.CLIENT_CREDIT_ENVELOPES + 2):
        spread(square.south, BOB.message_to(ALICE, index=index).signed)

    assert len(square.alice.hears_all(Deliver)) == limits.CLIENT_CREDIT_ENVELOPES
    assert [fact.reason for fact in square.north.facts_of(UnitDropped)] == ["busy"]


@pytest.mark.parametrize(
    ("envelope", "code"),
    [
        (CAROL.message_to(ALICE).signed, "old_incarnation"),
        (replace(BOB, incarnation=Incarnation(7)).message_to(ALICE).signed, "old_incarnation"),
        (BOB.says_on("garden", "hello").signed, "mismatch"),
        (BOB.chain_start_for(ALICE).signed, "mismatch"),
        (replace(BOB.message_to(ALICE).signed, signature="A" * 86), "bad_signature"),
    ],
    ids=["nobody present", "another incarnation", "a channel's", "a chain start", "forged"],
)
def test_what_no_home_would_spread_is_refused(square: Square, envelope: Signed, code: str) -> None:
    """docs/protocol.md, section 6.6."""
    spread(square.south, envelope)

    assert square.south.is_refused() == code
    assert square.west.hears_all(Spread) == []
    assert square.alice.hears() == []
