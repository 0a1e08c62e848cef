"""Chapter 5, its end: who is caught with two texts for one order counts no longer."""

import pytest

from overlay import limits
from overlay.core.facts import EquivocationProved, IncarnationRaised
from overlay.messages.gossip import Announce, Equivocation, Prune, Push, Request
from overlay.messages.records import AccountRecord, NodeRecord, Presence, Slot
from overlay.peering.equivocation import proof_of
from overlay.peering.statements import Verified
from tests.protocol.harness import NodeUnderTest, Peer, a_node
from tests.support.people import a_client, a_node_called, with_fields

ALICE = a_client("alice")
NORTH, SOUTH, WEST, EAST = (a_node_called(name) for name in ("north", "south", "west", "east"))
OURS = (NORTH.id,)

RecordOfOne = (
    Verified[NodeRecord]
    | Verified[Presence]
    | Verified[Slot]
    | Verified[AccountRecord]
    | Verified[Presence | Slot | AccountRecord]
)


@pytest.fixture
def north() -> NodeUnderTest:
    return a_node(neighbours=[SOUTH, WEST])


def tells(peer: Peer, *records: RecordOfOne) -> None:
    peer.says(Push(tuple(record.signed for record in records)))


def two_records(incarnation: int = 1) -> tuple[Verified[NodeRecord], Verified[NodeRecord]]:
    """Two things that south says under one version: that it lives, and that it is alone."""
    one, other = (
        SOUTH.record(links=links, neighbours=OURS, incarnation=incarnation, version=9_000)
        for links in (OURS, ())
    )
    return one, other


def alive(north: NodeUnderTest) -> list[str | None]:
    return [member.name for member in north.node.snapshot().members if member.is_alive]


def test_a_node_with_two_records_of_one_order_is_not_alive(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 5.8: nor is anybody reachable there; it stays a member."""
    south, west = north.linked(SOUTH, *SOUTH.serving(ALICE)), north.linked(WEST)
    assert alive(north) == ["north", "south", "west"]
    west.hears()

    tells(south, *two_records())

    assert alive(north) == ["north", "west"]
    status = north.node.snapshot()
    assert (len(status.members), status.clients_reachable) == (3, 0)
    (proof,) = west.hears_all(Equivocation)
    assert {proof.first, proof.second} == {record.signed for record in two_records()}
    (fact,) = north.facts_of(EquivocationProved)
    assert (fact.signer, fact.incarnation) == (SOUTH.id, 1)


@pytest.mark.parametrize("first", [0, 1])
def test_the_other_text_proves_it_also_when_it_is_not_the_one_to_keep(
    north: NodeUnderTest, first: int
) -> None:
    """docs/protocol.md, section 5.8: it comes by itself, after the one that is held."""
    south, west = north.linked(SOUTH), north.linked(WEST)
    texts = two_records()
    tells(south, texts[first])
    south.hears()

    tells(west, texts[1 - first])

    assert alive(north) == ["north", "west"]
    assert len(south.hears_all(Equivocation)) == 1


@pytest.mark.parametrize("is_pruned", [False, True])
def test_who_told_of_one_of_two_texts_is_told_what_both_prove(
    north: NodeUnderTest, *, is_pruned: bool
) -> None:
    """docs/protocol.md, sections 5.5 and 5.8: pushed, or announced beside the tree."""
    south, west = north.linked(SOUTH), north.linked(WEST)
    one, other = two_records()
    tells(south, one)
    if is_pruned:
        west.says(Prune())
    west.hears()

    tells(west, other)
    north.passes(2 * limits.ANNOUNCE_MS)

    heard = west.hears()
    assert any(isinstance(each, Equivocation) for each in heard) is not is_pruned
    assert any(isinstance(each, Announce) for each in heard) is is_pruned


def test_a_higher_incarnation_heals(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 5.8: and the proof spreads no longer."""
    south, west = north.linked(SOUTH), north.linked(WEST)
    tells(south, *two_records())

    tells(south, SOUTH.record(links=OURS, neighbours=OURS, incarnation=2))

    assert alive(north) == ["north", "south", "west"]
    west.hears()
    tells(south, *SOUTH.serving(ALICE))
    (proof,) = [proof_of(*two_records())]
    west.says(Request((proof.leaf,), grafts=True))
    assert west.hears_all(Equivocation) == []


def test_a_proof_convinces_whoever_saw_neither_text(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 5.8: and is passed on once."""
    south, west = north.linked(SOUTH, *SOUTH.serving(ALICE)), north.linked(WEST)
    proof = proof_of(*two_records()).proof
    tells(south, SOUTH.record(links=OURS, neighbours=OURS, version=9_001))
    south.hears(), west.hears()

    west.says(proof)
    west.says(proof)

    assert alive(north) == ["north", "west"]
    assert south.hears_all(Equivocation) == [proof]
    assert len(north.facts_of(EquivocationProved)) == 1


def test_a_client_with_two_presences_of_one_order_is_not_reachable(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 5.8: until its home empties the slot, or it begins anew."""
    south, west = north.linked(SOUTH, *SOUTH.serving(ALICE)), north.linked(WEST)
    west.hears()
    one, other = (ALICE.presence(home.id, counter=70) for home in (SOUTH, WEST))

    tells(south, one, SOUTH.slot(0, one, version=80))
    assert north.node.snapshot().clients_reachable == 1
    tells(south, other)

    assert north.node.snapshot().clients_reachable == 0
    assert len(west.hears_all(Equivocation)) == 1
    tells(south, SOUTH.slot(0, None, version=81))
    anew = ALICE.presence(SOUTH.id, incarnation=2)
    tells(south, anew, SOUTH.slot(0, anew, version=82))
    assert north.node.snapshot().clients_reachable == 1


def test_a_client_of_ours_that_is_caught_has_to_begin_anew(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 5.8: its link closes with `old_incarnation`."""
    south = north.linked(SOUTH)
    alice = north.attached(ALICE)
    one, other = (ALICE.presence(SOUTH.id, counter=70 + offset) for offset in (0, 1))
    other = ALICE.presence(WEST.id, counter=70)

    south.says(proof_of(one, other).proof)

    assert alice.close_code == "old_incarnation"


def test_a_client_that_was_caught_is_not_served_in_that_incarnation_again(
    north: NodeUnderTest,
) -> None:
    """docs/protocol.md, sections 5.8 and 8.1: it is told so, and goes above."""
    south = north.linked(SOUTH)
    alice = north.attached(ALICE)
    one, other = ALICE.presence(SOUTH.id, counter=70), ALICE.presence(WEST.id, counter=70)
    south.says(proof_of(one, other).proof)
    assert not alice.is_open

    again = north.client(ALICE)
    again.says(ALICE.attach_at(north.keys.id, north.incarnation))

    assert again.is_refused() == "old_incarnation"


def test_a_node_that_is_caught_itself_begins_anew(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 5.8: another copy of its disk has spoken in its name."""
    south = north.linked(SOUTH)
    before = north.incarnation
    one, other = (
        NORTH.record(links=links, incarnation=before, version=7_000) for links in ((SOUTH.id,), ())
    )

    south.says(proof_of(one, other).proof)

    assert north.incarnation == before + 1
    assert south.close_code == "old_incarnation"
    assert north.facts_of(IncarnationRaised) != []
    assert alive(a_node(neighbours=[SOUTH])) == ["north"]


def test_two_account_records_of_one_version_are_no_offence(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 5.8: ties go by hash."""
    account, presence, slot = SOUTH.serving(ALICE)
    south = north.linked(SOUTH, account, presence, slot)

    south.says(Push((with_fields(ALICE.account_record(), ALICE.account, colour="red"),)))

    assert north.facts_of(EquivocationProved) == []
    assert north.node.snapshot().clients_reachable == 1


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (SOUTH.record(version=3), SOUTH.record(version=4)),
        (SOUTH.record(version=3), WEST.record(version=3)),
        (ALICE.account_record(version=3), ALICE.account_record(version=3, name="other")),
    ],
    ids=["orders", "signers", "accounts"],
)
def test_what_proves_nothing_is_refused(
    north: NodeUnderTest, first: RecordOfOne, second: RecordOfOne
) -> None:
    """docs/protocol.md, section 5.8."""
    south = north.linked(SOUTH)

    south.says(Equivocation(first.signed, second.signed))

    assert south.is_refused() == "mismatch"
    assert south.is_open


def test_one_text_twice_proves_nothing(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 5.8."""
    south = north.linked(SOUTH)
    record = SOUTH.record(version=3).signed

    south.says(Equivocation(record, record))

    assert south.is_refused() == "mismatch"


def test_a_proof_about_strangers_disables_nobody(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 5.8: nor is it passed on."""
    south, west = north.linked(SOUTH), north.linked(WEST)
    west.hears()
    one, other = (EAST.record(links=links, version=3) for links in (OURS, ()))

    south.says(proof_of(one, other).proof)

    assert west.hears_all(Equivocation) == []
    assert north.facts_of(EquivocationProved) == []
