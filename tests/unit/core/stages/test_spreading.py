"""Telling news on: pushed along a tree of links, announced on all others."""

import pytest

from overlay import limits
from overlay.core.assembly import Assembly
from overlay.core.effects import Report
from overlay.core.facts import Grafted
from overlay.core.state.deadlines import AnnounceDue, MissingDue
from overlay.core.state.links import Link
from overlay.messages.gossip import Announce, Prune, Push, Request
from overlay.messages.ids import LeafHash
from overlay.peering.statements import Verified
from overlay.wire.signed import Signable
from tests.support.people import a_client, hash_of
from tests.unit.core.stages.parts import (
    EAST,
    NORTH,
    SOUTH,
    WEST,
    a_link,
    knows,
    said,
)

ALICE = a_client("alice")
LEAF = LeafHash(hash_of("a leaf"))


def hears(parts: Assembly, came_from: Link | None, *records: Verified[Signable]) -> None:
    """Records that are new, at time 0."""
    read = [parts.verification.read_record(record.signed) for record in records]
    parts.spreading.spread(parts.gossip.apply(read).items, came_from, 0)


def test_news_is_pushed_on_every_other_link_of_the_tree(
    parts: Assembly, south: Link, west: Link
) -> None:
    """docs/protocol.md, section 5.5: never back where it came from."""
    hears(parts, south, *SOUTH.serving(ALICE))

    (push,) = said(west)
    assert isinstance(push, Push)
    assert [record.kind for record in push.records] == ["slot", "presence", "account"]
    assert said(south) == []
    hears(parts, south, *SOUTH.serving(ALICE)[:1])
    assert said(west) == []


def test_news_is_announced_on_a_pruned_link(parts: Assembly, south: Link, west: Link) -> None:
    """docs/protocol.md, section 5.5: what has gathered, in one message."""
    parts.spreading.on_prune(west)

    hears(parts, south, *SOUTH.serving(ALICE))
    hears(parts, south, EAST.record(neighbours=(NORTH.id, SOUTH.id), version=9_000))
    assert said(west) == []
    assert AnnounceDue() in parts.timers
    parts.spreading.on_announce_due(2 * limits.ANNOUNCE_MS)

    (announce,) = said(west)
    assert isinstance(announce, Announce)
    assert len(announce.leaves) == 4
    parts.spreading.on_announce_due(2 * limits.ANNOUNCE_MS)
    assert said(west) == []


def test_the_end_with_the_greater_id_leaves_announcing_to_the_other(
    parts: Assembly, south: Link, west: Link
) -> None:
    """docs/protocol.md, section 5.5."""
    assert NORTH.id > WEST.id
    parts.spreading.on_prune(west)
    slot = SOUTH.slot(3, None)
    hears(parts, south, slot)

    parts.spreading.on_announce_due(limits.ANNOUNCE_MS)
    assert said(west) == []
    parts.spreading.on_announce(west, Announce((slot.leaf,)), limits.ANNOUNCE_MS)
    parts.spreading.on_announce_due(2 * limits.ANNOUNCE_MS)

    assert said(west) == []


def test_what_was_replaced_meanwhile_is_not_announced(
    parts: Assembly, south: Link, west: Link
) -> None:
    """docs/protocol.md, section 5.5."""
    parts.spreading.on_prune(west)
    old, new = (SOUTH.slot(3, None, version=version) for version in (9_000, 9_001))
    hears(parts, south, old)
    hears(parts, south, new)

    parts.spreading.on_announce_due(2 * limits.ANNOUNCE_MS)

    assert said(west) == [Announce((new.leaf,))]


KNOWN = ALICE.says_on("garden", "hello")


def leads(parts: Assembly, came_from: Link | None, now_ms: int = 0) -> None:
    """Alice says something that comes first on this link, and shapes the tree."""
    parts.spreading.spread_envelope(KNOWN.signed, KNOWN.leaf, came_from, now_ms)


def pushes_in_vain(parts: Assembly, link: Link, times: int = 2, now_ms: int = 0) -> None:
    for _ in range(times):
        parts.spreading.on_pushed(link, (KNOWN.signed,), now_ms, has_news=False)


def pruned(link: Link) -> bool:
    return Prune() in said(link)


def test_a_link_over_which_only_known_things_come_is_pruned(
    parts: Assembly, south: Link, west: Link
) -> None:
    """docs/protocol.md, section 5.5: but never the last one of the tree."""
    leads(parts, None)
    pushes_in_vain(parts, south)
    assert pruned(south)
    assert not south.exchange.is_eager

    pushes_in_vain(parts, west)

    assert not pruned(west)
    assert west.exchange.is_eager


def test_who_is_still_pushed_in_vain_after_a_prune_says_it_again(
    parts: Assembly, south: Link, west: Link
) -> None:
    """docs/protocol.md, section 5.5: what was under way meanwhile is no reason."""
    leads(parts, west)
    pushes_in_vain(parts, south)
    assert pruned(south)

    pushes_in_vain(parts, south, now_ms=limits.GRAFT_MIN_MS - 1)
    assert said(south) == []
    pushes_in_vain(parts, south, now_ms=limits.GRAFT_MIN_MS)

    assert said(south) == [Prune()]


def test_a_link_over_which_news_comes_now_and_then_is_kept(
    parts: Assembly, south: Link, west: Link
) -> None:
    """docs/protocol.md, section 5.5: only vain pushes in a row count."""
    leads(parts, west)
    for number in range(100):
        parts.spreading.on_pushed(south, (KNOWN.signed,), 0, has_news=number % 2 == 0)

    assert not pruned(south)


def test_one_vain_push_is_enough_once_the_lead_was_heard_twice(
    parts: Assembly, south: Link, west: Link
) -> None:
    """docs/protocol.md, section 5.5."""
    leads(parts, west)
    pushes_in_vain(parts, south, 1)
    assert not pruned(south)

    leads(parts, west, 1)
    pushes_in_vain(parts, south, 1)

    assert pruned(south)


def test_who_does_not_lead_prunes_nothing_until_the_lead_is_silent(
    parts: Assembly, south: Link, west: Link
) -> None:
    """docs/protocol.md, section 5.5: or speakers would cut one cycle in several places."""
    first, second = sorted(
        (a_client(name).says_on("garden", "hello") for name in ("alice", "bob")),
        key=lambda each: each.signed.signer,
    )
    for envelope in (first, second):
        parts.spreading.spread_envelope(envelope.signed, envelope.leaf, west, 0)
    for _ in range(5):
        parts.spreading.on_pushed(south, (second.signed,), 0, has_news=False)
    assert not pruned(south)

    parts.spreading.spread_envelope(second.signed, second.leaf, west, limits.LEAD_MS)
    for _ in range(2):
        parts.spreading.on_pushed(south, (second.signed,), limits.LEAD_MS, has_news=False)

    assert pruned(south)


def test_a_link_stays_while_news_comes_on_one_that_is_none_of_the_tree(
    parts: Assembly, south: Link, west: Link
) -> None:
    """docs/protocol.md, section 5.5: what was under way on it shows no other way."""
    parts.spreading.on_prune(west)
    leads(parts, west)

    pushes_in_vain(parts, south)

    assert not pruned(south)


def test_a_graft_is_taken_back_when_the_copy_comes_along_the_tree(
    parts: Assembly, south: Link, west: Link
) -> None:
    """docs/protocol.md, section 5.5: and such copies are waited for longer from then on."""
    parts.spreading.on_prune(south)
    parts.spreading.on_announce(south, Announce((LEAF,)), 0)
    parts.spreading.on_missing_due(limits.GRAFT_MIN_MS)
    assert south.exchange.is_eager

    parts.spreading.on_arrived(west, LEAF, 300)

    assert said(south) == [Request((LEAF,), grafts=True), Prune()]
    parts.spreading.on_announce(south, Announce((LeafHash(hash_of("another")),)), 1_000)
    assert parts.timers.next_ms() == 1_000 + 300 * limits.LAG_PATIENCE


def test_of_two_that_have_grafted_the_smaller_takes_it_back(
    parts: Assembly, south: Link, west: Link
) -> None:
    """docs/protocol.md, section 5.5: when the copy comes after the answer."""
    parts.spreading.on_prune(south)
    parts.spreading.on_announce(south, Announce((LEAF,)), 0)
    parts.spreading.on_missing_due(limits.GRAFT_MIN_MS)
    parts.spreading.on_arrived(south, LEAF, 150)

    parts.spreading.on_arrived(south, LEAF, 160)
    parts.spreading.on_arrived(west, LEAF, 200)

    assert pruned(south) == (NORTH.id < WEST.id)


def test_a_link_is_not_pruned_before_its_first_exchange_is_over(parts: Assembly) -> None:
    """docs/protocol.md, section 5.5: what both ends knew before says nothing about the tree."""
    fresh = a_link(parts, SOUTH, 1, is_exchanged=False)
    a_link(parts, WEST, 2)

    pushes_in_vain(parts, fresh)

    assert said(fresh) == []
    assert fresh.exchange.is_eager


def test_who_announced_is_asked_for_what_comes_no_other_way(
    parts: Assembly, south: Link, west: Link
) -> None:
    """docs/protocol.md, section 5.5: and is of the tree from then on; then the next one."""
    for link in (south, west):
        parts.spreading.on_prune(link)
        parts.spreading.on_announce(link, Announce((LEAF,)), 0)
    assert parts.timers.next_ms() == limits.GRAFT_MIN_MS
    assert parts.spreading.on_missing_due(limits.GRAFT_MIN_MS - 1) == []

    (fact,) = parts.spreading.on_missing_due(limits.GRAFT_MIN_MS)
    assert fact == Report(Grafted(node=SOUTH.id, missing=1))
    assert said(south) == [Request((LEAF,), grafts=True)]
    assert (south.exchange.is_eager, west.exchange.is_eager) == (True, False)
    parts.spreading.on_missing_due(2 * limits.GRAFT_MIN_MS)

    assert said(west) == [Request((LEAF,), grafts=True)]
    assert parts.spreading.on_missing_due(3 * limits.GRAFT_MIN_MS) == []
    assert MissingDue() not in parts.timers


@pytest.mark.parametrize(("hello_ms", "wait_ms"), [(10, 100), (50, 200), (9_000, 600)])
def test_far_away_nodes_are_waited_for_longer(
    parts: Assembly, south: Link, hello_ms: int, wait_ms: int
) -> None:
    """docs/protocol.md, section 5.5: four round trips, within bounds."""
    south.unanswered.round_trip.suppose(hello_ms)

    parts.spreading.on_announce(south, Announce((LEAF,)), 0)

    assert parts.timers.next_ms() == wait_ms


def test_who_is_gone_is_not_asked(parts: Assembly, south: Link) -> None:
    """docs/protocol.md, section 5.5: the comparison of roots finds what is missing."""
    parts.spreading.on_announce(south, Announce((LEAF,)), 0)
    parts.links.remove(south)

    assert parts.spreading.on_missing_due(limits.GRAFT_MIN_MS) == []
    assert MissingDue() not in parts.timers


def test_what_has_arrived_is_not_asked_for(parts: Assembly, south: Link, west: Link) -> None:
    """docs/protocol.md, section 5.5: nor announced to whom it came from."""
    parts.spreading.on_prune(west)
    news = SOUTH.slot(3, None, version=9_000)
    parts.spreading.on_announce(south, Announce((news.leaf,)), 0)
    hears(parts, south, news)

    parts.spreading.on_arrived(west, news.leaf, 0)

    assert parts.spreading.on_missing_due(limits.GRAFT_MIN_MS) == []
    parts.spreading.on_announce_due(2 * limits.ANNOUNCE_MS)
    assert said(west) == []


def test_what_is_known_is_not_waited_for(parts: Assembly, south: Link, west: Link) -> None:
    """docs/protocol.md, section 5.5: and need not be announced back."""
    parts.spreading.on_prune(west)
    news = SOUTH.slot(3, None, version=9_000)
    hears(parts, south, news)

    parts.spreading.on_announce(west, Announce((news.leaf,)), 0)

    assert MissingDue() not in parts.timers
    parts.spreading.on_announce_due(2 * limits.ANNOUNCE_MS)
    assert said(west) == []


def test_what_is_missing_is_bounded(parts: Assembly, south: Link, west: Link) -> None:
    """docs/protocol.md, section 5.5: and so are those who announced it."""
    many = [LeafHash(hash_of(f"{number}")) for number in range(limits.MISSING_MAX + 1)]
    links = [south, west, a_link(parts, EAST, 3), a_link(parts, EAST, 4), a_link(parts, EAST, 5)]
    for start in range(0, len(many), 250):
        link = links[start * len(links) // len(many)]
        parts.spreading.on_announce(link, Announce(tuple(many[start : start + 250])), 0)

    parts.spreading.on_missing_due(limits.GRAFT_MIN_MS)

    requests = [each for link in links for each in said(link) if isinstance(each, Request)]
    assert sum(len(request.leaves) for request in requests) == limits.MISSING_MAX
    assert max(len(request.leaves) for request in requests) == limits.DELTA_RECORDS_MAX


def test_whoever_announces_what_there_is_not_leaves_room_to_others(
    parts: Assembly, south: Link, west: Link
) -> None:
    """docs/protocol.md, section 5.5."""
    made_up = [LeafHash(hash_of(f"{number}")) for number in range(limits.MISSING_MAX)]
    for start in range(0, len(made_up), 256):
        parts.spreading.on_announce(south, Announce(tuple(made_up[start : start + 256])), 0)

    parts.spreading.on_announce(west, Announce((LEAF,)), 0)
    parts.spreading.on_missing_due(limits.GRAFT_MAX_MS)

    asked = [each for each in said(south) if isinstance(each, Request)]
    assert sum(len(request.leaves) for request in asked) == limits.MISSING_LINK_MAX
    assert said(west) == [Request((LEAF,), grafts=True)]


def test_whoever_announces_the_same_again_and_again_is_asked_once(
    parts: Assembly, south: Link, west: Link
) -> None:
    """docs/protocol.md, section 5.5: or nobody else would be asked."""
    for _ in range(limits.ANNOUNCERS_MAX):
        parts.spreading.on_announce(south, Announce((LEAF,)), 0)
    parts.spreading.on_announce(west, Announce((LEAF,)), 0)

    for turn in (1, 2, 3):
        parts.spreading.on_missing_due(turn * limits.GRAFT_MIN_MS)

    assert [said(south), said(west)] == [[Request((LEAF,), grafts=True)]] * 2


def test_what_gathers_to_be_announced_is_bounded(parts: Assembly, south: Link, west: Link) -> None:
    """docs/protocol.md, section 5.5."""
    parts.spreading.on_prune(west)
    west.exchange.to_announce |= {
        LeafHash(hash_of(f"{number}")): None for number in range(limits.MISSING_MAX)
    }

    hears(parts, south, SOUTH.slot(3, None, version=9_000))

    assert len(west.exchange.to_announce) == limits.MISSING_MAX


def test_who_asks_is_pushed_to_from_then_on(parts: Assembly, south: Link) -> None:
    """docs/protocol.md, section 5.5."""
    parts.spreading.on_prune(south)
    known = parts.holdings.part("").leaves[0]

    assert parts.spreading.on_request(south, Request((known, LEAF), grafts=True), 0) == []

    assert said(south) == [Push((parts.holdings.item(known),))]  # type: ignore[arg-type]
    assert south.exchange.is_eager


def test_proofs_spread_as_records_do(parts: Assembly, south: Link, west: Link) -> None:
    """docs/protocol.md, section 5.8."""
    parts.spreading.on_prune(south)
    knows(parts, WEST.slot(3, None, version=9_000))

    hears(parts, None, WEST.slot(3, ALICE.presence(WEST.id), version=9_000))
    parts.spreading.on_announce_due(2 * limits.ANNOUNCE_MS)

    (proved,) = parts.frozen.all()
    assert proved.proof in said(west)
    (announce,) = said(south)
    assert isinstance(announce, Announce)
    assert proved.leaf in announce.leaves
