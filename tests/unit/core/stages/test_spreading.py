"""Telling news on: pushed along a tree of links, announced on all others."""

import pytest

from overlay import limits
from overlay.core.assembly import Assembly
from overlay.core.effects import Report
from overlay.core.facts import Grafted, SpreadShed
from overlay.core.state.deadlines import AnnounceDue, MissingDue
from overlay.core.state.links import Link
from overlay.messages.gossip import Announce, Prune, Push, Request
from overlay.messages.ids import LeafHash
from overlay.messages.routing import Spread
from overlay.peering.statements import Verified
from overlay.wire.signed import Signable
from tests.support.people import a_client, hash_of
from tests.unit.core.stages.parts import (
    EAST,
    NORTH,
    SOUTH,
    WEST,
    a_link,
    assembled,
    knows,
    said,
    vouch_for_all,
)

ALICE = a_client("alice")
LEAF = LeafHash(hash_of("a leaf"))


@pytest.fixture
def parts() -> Assembly:
    parts = assembled(SOUTH, WEST)
    vouch_for_all(parts, (NORTH, SOUTH), (NORTH, WEST))
    return parts


@pytest.fixture
def south(parts: Assembly) -> Link:
    return a_link(parts, SOUTH, 1)


@pytest.fixture
def west(parts: Assembly) -> Link:
    return a_link(parts, WEST, 2)


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
    parts.spreading.on_announce_due()

    (announce,) = said(west)
    assert isinstance(announce, Announce)
    assert len(announce.leaves) == 4
    parts.spreading.on_announce_due()
    assert said(west) == []


def test_what_was_replaced_meanwhile_is_not_announced(
    parts: Assembly, south: Link, west: Link
) -> None:
    """docs/protocol.md, section 5.5."""
    parts.spreading.on_prune(west)
    old, new = (SOUTH.slot(3, None, version=version) for version in (9_000, 9_001))
    hears(parts, south, old)
    hears(parts, south, new)

    parts.spreading.on_announce_due()

    assert said(west) == [Announce((new.leaf,))]


def pushes_in_vain(parts: Assembly, link: Link, times: int = 50) -> None:
    for _ in range(times):
        parts.spreading.on_pushed(link, has_news=False)


def test_a_link_over_which_only_known_things_come_is_pruned(
    parts: Assembly, south: Link, west: Link
) -> None:
    """docs/protocol.md, section 5.5: but never the last one of the tree."""
    pushes_in_vain(parts, south)
    assert said(south)[0] == Prune()
    assert not south.exchange.is_eager

    pushes_in_vain(parts, west)

    assert said(west) == []
    assert west.exchange.is_eager


def test_a_link_over_which_news_comes_now_and_then_is_kept(
    parts: Assembly, south: Link, west: Link
) -> None:
    """docs/protocol.md, section 5.5: only vain pushes in a row count."""
    for number in range(100):
        parts.spreading.on_pushed(south, has_news=number % 2 == 0)

    assert said(south) == []


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

    parts.spreading.on_arrived(west, news.leaf)

    assert parts.spreading.on_missing_due(limits.GRAFT_MIN_MS) == []
    parts.spreading.on_announce_due()
    assert said(west) == []


def test_what_is_known_is_not_waited_for(parts: Assembly, south: Link, west: Link) -> None:
    """docs/protocol.md, section 5.5: and need not be announced back."""
    parts.spreading.on_prune(west)
    news = SOUTH.slot(3, None, version=9_000)
    hears(parts, south, news)

    parts.spreading.on_announce(west, Announce((news.leaf,)), 0)

    assert MissingDue() not in parts.timers
    parts.spreading.on_announce_due()
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
    parts.spreading.on_announce_due()

    (proved,) = parts.frozen.all()
    assert proved.proof in said(west)
    (announce,) = said(south)
    assert isinstance(announce, Announce)
    assert proved.leaf in announce.leaves


def test_a_channel_envelope_is_sent_along_the_tree_and_announced_elsewhere(
    parts: Assembly, south: Link, west: Link
) -> None:
    """docs/protocol.md, section 6.5: and given to those who ask."""
    parts.spreading.on_prune(west)
    envelope = ALICE.says_on("garden", "hello")

    parts.spreading.spread_envelope(envelope.signed, envelope.leaf, None, 0)
    parts.spreading.spread_envelope(envelope.signed, envelope.leaf, south, 0)
    parts.spreading.on_announce_due()

    assert said(south) == [Spread(number=1, envelope=envelope.signed)]
    assert said(west) == [Announce((envelope.leaf,))]
    parts.spreading.on_request(west, Request((envelope.leaf,), grafts=True), 0)
    assert said(west) == [Spread(number=1, envelope=envelope.signed)]


def test_where_there_is_no_credit_a_channel_envelope_is_announced(
    parts: Assembly, south: Link
) -> None:
    """docs/protocol.md, section 6.5: nothing is dropped in silence."""
    south.queued_bytes = limits.OUTBOX_BYTES_MAX
    envelope = ALICE.says_on("garden", "hello")

    parts.spreading.spread_envelope(envelope.signed, envelope.leaf, None, 0)
    parts.spreading.on_announce_due()
    assert said(south) == [Announce((envelope.leaf,))]

    shed = parts.spreading.on_request(south, Request((envelope.leaf,), grafts=True), 0)
    assert shed == [Report(SpreadShed(leaf=envelope.leaf, node=SOUTH.id))]


def test_channel_envelopes_kept_are_bounded(parts: Assembly, south: Link) -> None:
    """docs/protocol.md, section 6.5: the oldest go."""
    parts.spreading.on_prune(south)
    first = ALICE.says_on("garden", "hello")
    parts.spreading.spread_envelope(first.signed, first.leaf, None, 0)
    for number in range(limits.SPREADS_KEPT_MAX):
        parts.spreading.spread_envelope(first.signed, LeafHash(f"{number}"), None, 0)

    parts.spreading.on_request(south, Request((first.leaf, LeafHash("0")), grafts=True), 0)

    assert len(said(south)) == 1


def test_channel_envelopes_kept_are_bounded_in_bytes(parts: Assembly, south: Link) -> None:
    """docs/protocol.md, section 6.5."""
    parts.spreading.on_prune(south)
    long = ALICE.says_on("garden", "x" * limits.TEXT_BYTES_MAX)
    count = limits.SPREADS_KEPT_BYTES // limits.TEXT_BYTES_MAX + 1
    leaves = [LeafHash(f"{number}") for number in range(count)]
    for leaf in leaves:
        parts.spreading.spread_envelope(long.signed, leaf, None, 0)

    parts.spreading.on_request(south, Request((leaves[0],), grafts=True), 0)
    assert said(south) == []
    parts.spreading.on_request(south, Request((leaves[-1],), grafts=True), 0)

    assert len(said(south)) == 1


def test_what_was_said_of_late_is_announced_once_on_a_link_that_is_exchanged(
    parts: Assembly,
) -> None:
    """docs/protocol.md, section 6.5."""
    leaves = [LeafHash(hash_of(f"{n}")) for n in range(limits.ANNOUNCED_LEAVES_MAX + 2)]
    for leaf in leaves:
        parts.spreading.spread_envelope(ALICE.says_on("garden", "x").signed, leaf, None, 0)
    new, silent = a_link(parts, SOUTH, 1, is_exchanged=False), a_link(parts, WEST, 2)

    parts.spreading.announce_kept(new, 0)
    assert said(new) == []
    new.exchange.has_all_ours = new.exchange.has_all_theirs = True
    parts.spreading.announce_kept(new, 1)
    parts.spreading.announce_kept(new, 2)
    parts.spreading.announce_kept(silent, limits.SPREADS_TOLD_MS + 1)

    assert said(new) == [Announce(tuple(leaves[2:]))]
    assert said(silent) == []
