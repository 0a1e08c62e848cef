"""Chapter 2.7: whom an operator wants nothing to do with."""

import pytest

from overlay import limits
from overlay.core.durable import KeptBan, ban_row
from overlay.core.facts import ClientAttached, PeerBanned, PeerRefused
from overlay.core.requests import (
    BanPeer,
    BanStatus,
    Carried,
    Declined,
    LimitsStatus,
    LimitsWanted,
    UnbanPeer,
)
from overlay.core.settings import Neighbour
from overlay.messages.ids import NodeId
from overlay.messages.links import Refusal
from overlay.peering.rows import RowKey
from tests.protocol.harness import NodeUnderTest, Peer, a_node
from tests.support.farend import FarEnd
from tests.support.people import ClientKeys, a_client, a_node_called

SOUTH, WEST = a_node_called("south"), a_node_called("west")
HOUR_MS = 3_600_000
ELSEWHERE = "192.0.2.7"


@pytest.fixture
def alice() -> ClientKeys:
    return a_client("alice")


@pytest.fixture
def north() -> NodeUnderTest:
    return a_node(neighbours=[Neighbour(address=SOUTH.address, id=SOUTH.id), WEST])


def ban(north: NodeUnderTest, who: str, for_ms: int | None = None, reason: str = "spam") -> str:
    """What the operator is told."""
    until_at_ms = None if for_ms is None else north.wall_ms + for_ms
    asked = BanPeer(who=who, for_ms=for_ms, until_at_ms=until_at_ms, reason=reason)
    reply = north.commands(asked)
    assert isinstance(reply, Carried)
    return reply.detail


def bans(north: NodeUnderTest) -> tuple[BanStatus, ...]:
    told = north.commands(LimitsWanted())
    assert isinstance(told, LimitsStatus)
    return told.bans


def begun_anew(north: NodeUnderTest, later_ms: int) -> NodeUnderTest:
    """The same node, started again so much later by its operator's clock."""
    again = NodeUnderTest(neighbours=north.settings.neighbours, rows=north.disk.values())
    again.wall_ms = north.wall_ms + later_ms
    again.node = again._made()
    again.settles()
    return again


def told(peer: Peer) -> tuple[str, str, int | None]:
    refusal = peer.hears_one(Refusal)
    return refusal.code, refusal.detail, refusal.retry_after_ms


def attach(north: NodeUnderTest, peer: Peer, who: ClientKeys) -> None:
    peer.says(who.attach_at(NodeId(north.id), north.incarnation))


def test_a_banned_account_is_told_why_and_until_when_and_its_links_end(
    north: NodeUnderTest, alice: ClientKeys
) -> None:
    """docs/protocol.md, section 2.7."""
    hers, his = north.attached(alice), north.attached(a_client("bob"))

    words = ban(north, alice.account_id, HOUR_MS)

    assert told(hers) == ("banned", "spam", HOUR_MS)
    assert hers.close_code == "banned"
    assert his.is_open
    assert "the account of alice" in words
    assert "1 link closed" in words
    assert [fact.code for fact in north.facts_of(PeerRefused)] == ["banned"]
    assert [fact.is_banned for fact in north.facts_of(PeerBanned)] == [True]


def test_a_client_of_a_banned_account_is_not_attached(
    north: NodeUnderTest, alice: ClientKeys
) -> None:
    """docs/protocol.md, section 2.7."""
    ban(north, alice.account_id, reason="")

    hers = north.client(alice)
    hers.hears()
    attach(north, hers, alice)

    assert told(hers) == ("banned", "banned here", None)
    assert hers.close_code == "banned"
    assert north.facts_of(ClientAttached) == []


def test_a_banned_client_is_refused_once_it_has_proved_its_key(
    north: NodeUnderTest, alice: ClientKeys
) -> None:
    """docs/protocol.md, section 2.7."""
    hers = north.attached(alice)
    words = ban(north, alice.id)

    again = north.client(alice)

    assert (hers.close_code, again.close_code) == ("banned", "banned")
    assert "a client" in words


def test_a_ban_ends_by_itself(north: NodeUnderTest, alice: ClientKeys) -> None:
    """docs/protocol.md, section 2.7."""
    ban(north, alice.account_id, HOUR_MS)
    north.passes(HOUR_MS - 1)
    assert bans(north) == (BanStatus(who=alice.account_id, reason="spam", left_ms=1),)

    north.passes(1)

    assert bans(north) == ()
    attach(north, north.client(alice), alice)
    assert len(north.facts_of(ClientAttached)) == 1
    assert RowKey("bans", alice.account_id) not in north.disk


def test_an_operator_ends_a_ban(north: NodeUnderTest, alice: ClientKeys) -> None:
    """docs/protocol.md, section 2.7."""
    ban(north, alice.account_id, HOUR_MS)

    reply = north.commands(UnbanPeer(alice.account_id))
    again = north.commands(UnbanPeer(alice.account_id))

    assert isinstance(reply, Carried)
    assert isinstance(again, Declined)
    attach(north, north.client(alice), alice)
    assert len(north.facts_of(ClientAttached)) == 1
    assert [fact.is_banned for fact in north.facts_of(PeerBanned)] == [True, False]


def test_a_later_ban_of_the_same_holds_in_place_of_the_earlier(
    north: NodeUnderTest, alice: ClientKeys
) -> None:
    """docs/protocol.md, section 2.7."""
    ban(north, alice.account_id, 1_000)
    ban(north, alice.account_id, reason="for good")

    north.passes(2_000)

    assert bans(north) == (BanStatus(who=alice.account_id, reason="for good", left_ms=None),)


def test_a_ban_outlives_a_restart_and_ends_by_the_clock_meanwhile(
    north: NodeUnderTest, alice: ClientKeys
) -> None:
    """docs/protocol.md, section 2.7."""
    ban(north, alice.account_id, HOUR_MS)
    ban(north, ELSEWHERE)

    soon, late = begun_anew(north, HOUR_MS // 2), begun_anew(north, HOUR_MS)

    assert [(each.who, each.left_ms) for each in bans(soon)] == [
        (alice.account_id, HOUR_MS // 2),
        (ELSEWHERE, None),
    ]
    assert soon.node.refuses(ELSEWHERE)
    assert [each.who for each in bans(late)] == [ELSEWHERE]
    assert RowKey("bans", alice.account_id) not in late.disk
    soon.passes(HOUR_MS // 2)
    assert [each.who for each in bans(soon)] == [ELSEWHERE]


def test_who_comes_from_a_banned_network_is_refused_and_its_links_end(
    north: NodeUnderTest, alice: ClientKeys
) -> None:
    """docs/protocol.md, section 2.7."""
    hers, his = north.attached(alice, ELSEWHERE), north.attached(a_client("bob"), "192.0.3.1")

    words = ban(north, "192.0.2.9/24")
    again = north.client(alice, "192.0.2.200")

    assert (hers.close_code, again.close_code) == ("banned", "banned")
    assert his.is_open
    assert words == "192.0.2.0/24: banned, 1 link closed"
    assert (north.node.refuses("192.0.2.1"), north.node.refuses("192.0.3.1")) == (True, False)


def test_a_banned_node_has_no_link_and_is_not_dialled_and_stays_a_member(
    north: NodeUnderTest,
) -> None:
    """docs/protocol.md, section 2.7: others decide for themselves."""
    north.misses(SOUTH.address)
    south, west = north.linked(SOUTH), north.linked(WEST)
    members = [member.id for member in north.node.snapshot().members]

    words = ban(north, SOUTH.id, HOUR_MS)
    again = north.accepts(FarEnd(SOUTH, dials=True))
    north.passes(4 * limits.REDIAL_FIRST_MS)

    assert (south.close_code, again.close_code) == ("banned", "banned")
    assert west.is_open
    assert north.dialled == []
    status = north.node.snapshot()
    assert [entry.state for entry in status.neighbours] == ["banned", "linked"]
    assert [member.id for member in status.members] == members
    assert "the node south" in words


def test_a_node_that_may_come_again_is_dialled(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 2.7."""
    north.misses(SOUTH.address)
    ban(north, SOUTH.id, HOUR_MS)
    north.passes(HOUR_MS - 1)
    assert north.dialled == []

    north.passes(1)

    assert north.dialled == [SOUTH.address]


def test_nobody_known_may_be_banned_before_they_come(
    north: NodeUnderTest, alice: ClientKeys
) -> None:
    """docs/protocol.md, section 2.7."""
    words = ban(north, alice.id)

    assert "nobody whom this node knows now" in words
    assert "0 links closed" in words
    assert north.client(alice).close_code == "banned"


def test_nonsense_is_declined(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 2.7."""
    for who, words in (
        ("alice", "no id of 43 characters"),
        ("127.0.0.0/8", "holds loopback"),
        ("0.0.0.0/0", "holds loopback"),
        (north.id, "this node itself"),
    ):
        reply = north.commands(BanPeer(who=who))
        assert isinstance(reply, Declined)
        assert words in reply.detail
    assert bans(north) == ()


def test_with_too_many_bans_there_is_no_further_one(
    north: NodeUnderTest, alice: ClientKeys
) -> None:
    """docs/protocol.md, section 12."""
    hers = north.attached(alice)
    for number in range(limits.BANS_MAX):
        ban(north, a_client(f"client {number}").id)

    reply = north.commands(BanPeer(who=alice.id))

    assert isinstance(reply, Declined)
    assert hers.is_open
    one_more = ban_row(KeptBan(who=alice.id))
    north.disk[RowKey(one_more.table, one_more.key)] = one_more
    full = begun_anew(north, 0)
    assert len(bans(full)) == limits.BANS_MAX


def test_a_ban_has_its_longest_and_its_reason_too(north: NodeUnderTest, alice: ClientKeys) -> None:
    """docs/protocol.md, section 2.7."""
    ban(north, alice.id, for_ms=2**60, reason="why " * 1_000)

    (only,) = bans(north)
    assert only.left_ms == limits.BAN_MS_MAX
    assert len(only.reason) == limits.BAN_REASON_CHARACTERS_MAX


def test_a_link_that_has_not_proved_itself_is_nobodys(north: NodeUnderTest) -> None:
    """docs/protocol.md, section 2.7."""
    mute = north.accepts(FarEnd(a_client("bob"), dials=True, is_mute=True))

    ban(north, a_client("bob").id)

    assert mute.is_open


def test_a_reason_that_no_frame_could_hold_is_made_one(
    north: NodeUnderTest, alice: ClientKeys
) -> None:
    """docs/protocol.md, section 2.7: whatever an operator's terminal gives."""
    hers = north.attached(alice)

    ban(north, alice.id, reason="caf\udce9")

    assert told(hers) == ("banned", "caf?", None)
