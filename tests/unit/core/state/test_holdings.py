"""All records that count, as they travel, with a digest of them."""

from overlay import limits
from overlay.core.state.holdings import Holdings
from overlay.messages.gossip import DigestPart
from overlay.messages.ids import LeafHash
from overlay.peering.records import Subject
from tests.support.people import a_node_called, hash_of

SOUTH = a_node_called("south")
ITEM = SOUTH.record().signed


def leaf(number: int) -> LeafHash:
    return LeafHash(hash_of(f"{number}"))


def a_lot(count: int) -> Holdings:
    holdings = Holdings()
    for number in range(count):
        holdings.put(Subject("slot", SOUTH.id, number), leaf(number), ITEM)
    return holdings


def test_of_one_subject_one_record_is_held() -> None:
    holdings = Holdings()
    subject = Subject("node", SOUTH.id)
    old, new = SOUTH.record(), SOUTH.record()

    holdings.put(subject, old.leaf, old.signed)
    holdings.put(subject, new.leaf, new.signed)

    assert holdings.of(subject) == new.signed
    assert (holdings.item(old.leaf), holdings.item(new.leaf)) == (None, new.signed)
    assert (old.leaf in holdings, new.leaf in holdings, len(holdings)) == (False, True, 1)


def test_what_is_removed_leaves_no_trace_in_the_root() -> None:
    """docs/protocol.md, section 5.7."""
    holdings = a_lot(3)
    before = holdings.root
    holdings.put(Subject("slot", SOUTH.id, 3), leaf(3), ITEM)
    assert holdings.root != before

    holdings.remove(Subject("slot", SOUTH.id, 3))
    holdings.remove(Subject("slot", SOUTH.id, 4))

    assert holdings.root == before
    assert holdings.of(Subject("slot", SOUTH.id, 3)) is None


def test_what_is_held_of_another_is_counted_in_bytes_too() -> None:
    common, holdings = a_lot(3), Holdings()
    common.share()

    holdings.adopt(common)
    holdings.remove(Subject("slot", SOUTH.id, 0))

    assert (holdings.size_bytes, common.size_bytes) == (2 * ITEM.size_bytes, 3 * ITEM.size_bytes)
    assert (len(holdings), len(common)) == (2, 3)


def test_what_one_holder_of_a_shared_table_takes_in_the_others_do_not_hold() -> None:
    common, north, south = a_lot(3), Holdings(), Holdings()
    common.share()
    for holdings in (north, south):
        holdings.adopt(common)

    north.put(Subject("slot", SOUTH.id, 0), leaf(9), ITEM)

    assert (leaf(9) in north, leaf(9) in south, leaf(0) in north) == (True, False, False)
    assert (south.item(leaf(9)), north.item(leaf(9))) == (None, ITEM)
    assert south.root == common.root != north.root

    south.put(Subject("slot", SOUTH.id, 0), leaf(9), ITEM)

    assert south.root == north.root
    assert south.all() == north.all()


def test_a_summary_shows_what_the_other_end_lacks() -> None:
    """docs/protocol.md, section 5.7: leaves where there are few."""
    ours, theirs = a_lot(10), a_lot(12)

    leaves, prefixes = ours.lacks(theirs.part(""))

    assert (sorted(leaves), prefixes) == (sorted([leaf(10), leaf(11)]), [])
    assert theirs.lacks(ours.part("")) == ([], [])


def test_a_summary_of_much_leads_down_to_what_differs() -> None:
    """docs/protocol.md, section 5.7."""
    ours, theirs = a_lot(500), a_lot(501)

    leaves, prefixes = ours.lacks(theirs.part(""))
    assert (leaves, prefixes) == ([], [leaf(500)[:1]])

    assert ours.lacks(theirs.part(prefixes[0]))[0] == [leaf(500)]


def test_a_summary_is_bounded_however_alike_the_hashes_are() -> None:
    """docs/protocol.md, section 5.7: somebody may have searched for such."""
    holdings = Holdings()
    for number in range(limits.DIGEST_LEAVES_MAX + 9):
        alike = LeafHash("AB" + leaf(number)[2:])
        holdings.put(Subject("slot", SOUTH.id, number), alike, ITEM)

    part = holdings.part("AB")

    assert (part.count, len(part.leaves)) == (
        limits.DIGEST_LEAVES_MAX + 9,
        limits.DIGEST_LEAVES_MAX,
    )


def test_a_summary_that_leads_in_circles_is_not_followed() -> None:
    """docs/protocol.md, section 5.7: from a part to its own parts, and nowhere else."""
    false = DigestPart(
        prefix="A", count=9, parts=dict.fromkeys(("", "A", "B", "AA", "BA"), hash_of("x"))
    )

    assert a_lot(3).lacks(false) == ([], ["AA"])
