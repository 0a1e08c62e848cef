"""Telling news on: envelopes of channels go along the same tree, and are kept."""

from overlay import limits
from overlay.core.assembly import Assembly
from overlay.core.effects import Report
from overlay.core.facts import SpreadShed
from overlay.core.state.links import Link
from overlay.messages.gossip import Announce, Request
from overlay.messages.ids import LeafHash
from overlay.messages.routing import Spread
from tests.support.people import a_client, hash_of
from tests.unit.core.stages.parts import (
    SOUTH,
    WEST,
    a_link,
    said,
)

ALICE = a_client("alice")
LEAF = LeafHash(hash_of("a leaf"))


def test_a_channel_envelope_is_sent_along_the_tree_and_announced_elsewhere(
    parts: Assembly, south: Link, west: Link
) -> None:
    """docs/protocol.md, section 6.5: and given to those who ask."""
    parts.spreading.on_prune(west)
    envelope = ALICE.says_on("garden", "hello")

    parts.spreading.spread_envelope(envelope.signed, envelope.leaf, None, 0)
    parts.spreading.spread_envelope(envelope.signed, envelope.leaf, south, 0)
    parts.spreading.on_announce_due(2 * limits.ANNOUNCE_MS)

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
    parts.spreading.on_announce_due(2 * limits.ANNOUNCE_MS)
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
