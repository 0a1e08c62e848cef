"""Chapter 1.6: what one peer brings and asks must not be at the cost of others."""

from collections.abc import Mapping

import pytest

from overlay import limits
from overlay.core.events import NeighboursChanged
from overlay.core.facts import EnvelopeAccepted, LimitReached
from overlay.core.requests import LimitsStatus, LimitsWanted
from overlay.core.settings import Share
from overlay.messages.clients import Detach, Done, Find, Found, Join, Leave, Submit, Watch
from overlay.messages.gossip import EverythingWanted, Push
from overlay.messages.ids import NodeId
from overlay.messages.links import Ack, Heartbeat, Refusal
from overlay.structures.rates import Rate
from tests.protocol.harness import NodeUnderTest, Peer, a_node
from tests.support.people import ClientKeys, a_client, a_node_called, two_devices

SOUTH, WEST = a_node_called("south"), a_node_called("west")
ELSEWHERE = "192.0.2.1"
SOON = Rate(1, 1_000, 4)


@pytest.fixture
def alice() -> ClientKeys:
    return a_client("alice")


@pytest.fixture
def bob() -> ClientKeys:
    return a_client("bob")


def a_sharing_node(shares: Mapping[Share, Rate], *, counts_addresses: bool = True) -> NodeUnderTest:
    return a_node(neighbours=[SOUTH, WEST], shares=shares, counts_addresses=counts_addresses)


def submit(peer: Peer, origin: ClientKeys, to: ClientKeys) -> Submit:
    number = peer.next_number()
    return Submit(number=number, envelope=origin.message_to(to, index=number).signed)


def says(peer: Peer, origin: ClientKeys, to: ClientKeys, count: int) -> list[Refusal]:
    """So many messages in frames of their own; what of them is refused."""
    for _ in range(count):
        peer.says(submit(peer, origin, to))
    return peer.hears_all(Refusal)


def test_messages_beyond_a_clients_share_are_refused_by_number_until_there_is_room(
    alice: ClientKeys, bob: ClientKeys
) -> None:
    """docs/protocol.md, section 1.6."""
    north = a_sharing_node({Share.MESSAGES: Rate(2, 1_000, 6)})
    hers, _ = north.attached(alice), north.attached(bob)

    refused = says(hers, alice, bob, 7)

    assert [refusal.number for refusal in refused] == [6, 7]
    assert {refusal.code for refusal in refused} == {"busy"}
    assert {refusal.retry_after_ms for refusal in refused} == {limits.SHARE_RETRY_MS}
    north.passes(limits.SHARE_RETRY_MS)
    assert says(hers, alice, bob, 2) == []


def test_what_was_refused_may_be_submitted_again_as_it_was(
    alice: ClientKeys, bob: ClientKeys
) -> None:
    """docs/protocol.md, section 1.6."""
    north = a_sharing_node({Share.MESSAGES: Rate(2, 1_000, 2)})
    hers, _ = north.attached(alice), north.attached(bob)
    hers.says(submit(hers, alice, bob))
    text = alice.message_to(bob, index=2).signed
    hers.says(Submit(number=hers.next_number(), envelope=text))
    assert hers.is_refused() == "busy"

    north.passes(limits.SHARE_RETRY_MS)
    hers.says(Submit(number=hers.next_number(), envelope=text))
    north.passes(limits.ACK_DELAY_MS)

    assert Ack(3) in hers.hears()
    assert len(north.facts_of(EnvelopeAccepted)) == 2


def test_every_request_beyond_it_is_refused_and_what_keeps_a_link_is_taken(
    alice: ClientKeys,
) -> None:
    """docs/protocol.md, section 1.6."""
    north = a_sharing_node({Share.MESSAGES: Rate(1, 1_000, 1)})
    hers = north.attached(alice)
    hers.says(Heartbeat(wants_echo=True))
    hers.hears()

    hers.says(
        Find(request=5, name="bob"),
        Watch(request=6, accounts=()),
        Join(request=7, channel="news"),
        Leave(request=8, channel="news"),
        alice.attach_at(NodeId(north.id), north.incarnation, request=9),
        Heartbeat(wants_echo=True),
    )

    heard = hers.hears()
    refused = [each for each in heard if isinstance(each, Refusal)]
    assert [(each.code, each.request) for each in refused] == [("busy", at) for at in range(5, 10)]
    assert Heartbeat() in heard
    hers.says(Detach())
    assert hers.close_code == "stopping"


def test_a_frame_of_many_is_counted_as_many(alice: ClientKeys, bob: ClientKeys) -> None:
    """docs/protocol.md, section 1.6."""
    north = a_sharing_node({Share.MESSAGES: Rate(1, 1_000, 10)})
    hers, _ = north.attached(alice), north.attached(bob)

    hers.says(*(submit(hers, alice, bob) for _ in range(64)))
    assert hers.hears_all(Refusal) == []

    assert len(says(hers, alice, bob, 1)) == 1


def test_others_are_served_as_ever_while_one_is_refused(alice: ClientKeys, bob: ClientKeys) -> None:
    """docs/protocol.md, section 1.6."""
    north = a_sharing_node({Share.MESSAGES: SOON})
    hers, his = north.attached(alice), north.attached(bob)

    assert says(hers, alice, bob, 9) != []

    assert says(his, bob, alice, 2) == []


@pytest.mark.parametrize("share", [Share.ATTACHES, Share.MESSAGES])
def test_all_clients_of_an_account_pay_from_what_it_has(share: Share, bob: ClientKeys) -> None:
    """docs/protocol.md, section 1.6."""
    phone, desk = two_devices("alice")
    north = a_sharing_node({share: Rate(1, 60_000, 8)})
    hers, _ = north.attached(phone), north.attached(bob)
    shares = north.node._parts.shares
    shares.spend((shares.of_account(phone.account_id),), share, 100, north.now_ms)

    says(hers, phone, bob, 1)
    hers.says(phone.attach_at(NodeId(north.id), north.incarnation, request=3))
    north.attached(desk)

    facts = [(fact.limit, fact.whose, fact.who) for fact in north.facts_of(LimitReached)]
    assert facts == [(share.written, "account", phone.account_id)] * 2


def test_who_comes_from_one_address_shares_what_it_has(alice: ClientKeys) -> None:
    """docs/protocol.md, section 1.6."""
    north = a_sharing_node({Share.LOOKUPS: Rate(1, 60_000, 1)})
    refused = 0
    for number in range(limits.SHARES_OF_ADDRESS + 2):
        peer = north.attached(a_client(f"client {number}"), ELSEWHERE)
        peer.says(Find(request=5, name="bob"))
        refused += len(peer.hears_all(Refusal))

    assert refused == 2
    assert north.facts_of(LimitReached)[-1].whose == "address"
    assert north.facts_of(LimitReached)[-1].who == ELSEWHERE


@pytest.mark.parametrize(("counts", "address"), [(True, "127.0.0.1"), (False, ELSEWHERE)])
def test_where_an_address_stands_for_many_nobody_pays_for_it(counts: bool, address: str) -> None:
    """docs/protocol.md, section 1.6: loopback, and behind a proxy every address."""
    north = a_sharing_node({Share.LOOKUPS: Rate(1, 60_000, 1)}, counts_addresses=counts)

    for number in range(limits.SHARES_OF_ADDRESS + 2):
        peer = north.attached(a_client(f"client {number}"), address)
        peer.says(Find(request=5, name="bob"))

        assert peer.hears_all(Refusal) == []


def test_look_ups_beyond_a_share_are_refused_and_answered_later(alice: ClientKeys) -> None:
    """docs/protocol.md, section 1.6."""
    north = a_sharing_node({Share.LOOKUPS: Rate(1, 2_000, 1)})
    hers = north.attached(alice)
    hers.says(Find(request=5, id=alice.account_id))
    hers.hears()

    hers.says(Watch(request=6, accounts=()))
    refusal = hers.hears_one(Refusal)

    assert (refusal.code, refusal.request) == ("busy", 6)
    assert refusal.retry_after_ms is not None
    north.passes(refusal.retry_after_ms)
    hers.says(Find(request=7, id=alice.account_id))
    assert hers.hears_one(Found).request == 7


def test_attaches_of_another_account_on_a_link_are_paid_for_by_that(alice: ClientKeys) -> None:
    """docs/protocol.md, section 1.6: a link has one account at a time that pays."""
    north = a_sharing_node({})
    hers = north.attached(alice)
    (link,) = north.node._parts.links.clients()
    before = link.meters

    hers.says(alice.attach_at(NodeId(north.id), north.incarnation, request=3))

    assert hers.hears_one(Done).request == 3
    assert link.meters == before
    assert [meter.name for meter in before] == [alice.id, alice.account_id]


def test_bytes_beyond_a_share_are_read_when_there_is_room_and_not_refused(
    alice: ClientKeys, bob: ClientKeys
) -> None:
    """docs/protocol.md, section 1.6."""
    north = a_sharing_node({Share.BYTES: Rate(1_000, 1_000, 2_000)})
    hers, _ = north.attached(alice), north.attached(bob)

    for _ in range(4):
        hers.says(submit(hers, alice, bob))

    assert hers.hears_all(Refusal) == []
    assert hers.held_ms != []
    assert all(0 < for_ms <= limits.SHARE_HOLD_MS for for_ms in hers.held_ms)
    assert {fact.limit for fact in north.facts_of(LimitReached)} == {"bytes"}


def test_who_goes_on_while_it_is_told_to_wait_is_not_read(
    alice: ClientKeys, bob: ClientKeys
) -> None:
    """docs/protocol.md, section 1.6."""
    north = a_sharing_node({Share.MESSAGES: Rate(1, 60_000, 2)})
    hers, _ = north.attached(alice), north.attached(bob)

    says(hers, alice, bob, 2)
    assert hers.held_ms == []

    says(hers, alice, bob, 1)
    assert hers.held_ms == [limits.SHARE_HOLD_MS]


def test_who_has_little_left_is_read_at_an_even_pace_and_not_refused(alice: ClientKeys) -> None:
    """docs/protocol.md, section 1.6."""
    north = a_sharing_node({Share.MESSAGES: Rate(500, 1_000, 1_000)})
    hers = north.attached(alice)
    begin_ms, frames = north.now_ms, 100

    for _ in range(frames):
        held = len(hers.held_ms)
        hers.says(*[Heartbeat()] * 64)
        north.passes(sum(hers.held_ms[held:]))

    assert hers.hears_all(Refusal) == []
    assert max(hers.held_ms) <= 64 * 2
    evenly_ms = frames * 64 * 2
    assert evenly_ms - 1_000 <= north.now_ms - begin_ms <= evenly_ms
    facts = {(fact.limit, fact.whose) for fact in north.facts_of(LimitReached)}
    assert facts == {("messages", "client")}


def test_who_has_plenty_left_is_read_in_any_rhythm(alice: ClientKeys) -> None:
    """docs/protocol.md, section 1.6."""
    north = a_sharing_node({Share.MESSAGES: Rate(500, 1_000, 1_000)})
    hers = north.attached(alice)

    for _ in range(7):
        hers.says(*[Heartbeat()] * 64)

    assert hers.held_ms == []


def test_two_links_that_spend_one_share_are_refused_what_they_have_not(bob: ClientKeys) -> None:
    """docs/protocol.md, section 1.6: each of them is held for what both have spent."""
    phone, desk = two_devices("alice")
    north = a_sharing_node({Share.MESSAGES: Rate(500, 1_000, 1_000)})
    links = [north.attached(phone), north.attached(desk)]

    for _ in range(30):
        for link in links:
            link.says(Find(request=7, name="bob"), *[Heartbeat()] * 63)

    refused = [each for link in links for each in link.hears_all(Refusal)]
    assert {each.code for each in refused} == {"busy"}


def test_records_beyond_a_neighbours_share_are_left_out_and_told_once() -> None:
    """docs/protocol.md, section 1.6."""
    north = a_sharing_node({Share.RECORDS: Rate(1, 60_000, 2)})
    south = north.linked(SOUTH)
    clients = [a_client(f"client {number}") for number in range(4)]
    records = [client.account_record().signed for client in clients]

    for record in records:
        south.says(Push((record,)))

    refusals = south.hears_all(Refusal)
    assert [(each.code, each.number) for each in refusals] == [("busy", None)]
    assert (refusals[0].retry_after_ms or 0) >= limits.SHARE_RETRY_MS
    facts = north.facts_of(LimitReached)
    assert [(fact.limit, fact.whose, fact.who) for fact in facts] == [
        ("records", "node", SOUTH.id)
    ] * len(facts)
    assert len(facts) > 1
    assert south.held_ms == [limits.SHARE_HOLD_NODE_MS] * (len(facts) - 1)
    assert south.is_open


def test_what_a_neighbour_was_asked_for_is_no_push() -> None:
    """docs/protocol.md, section 1.6: it answers as much as it is asked."""
    north = a_sharing_node({Share.RECORDS: Rate(1, 60_000, 1)})

    south = north.linked(SOUTH)
    for _ in range(3):
        south.says(EverythingWanted())

    assert north.facts_of(LimitReached) == []


def test_another_file_has_other_limits_at_once(alice: ClientKeys, bob: ClientKeys) -> None:
    """docs/protocol.md, section 1.6: operators may set other numbers."""
    north = a_sharing_node({})
    hers, _ = north.attached(alice), north.attached(bob)
    assert says(hers, alice, bob, 20) == []

    north.happens(
        NeighboursChanged(north.settings.neighbours, {Share.MESSAGES: Rate(1, 60_000, 1)})
    )

    assert says(hers, alice, bob, 2) != []
    north.happens(NeighboursChanged(north.settings.neighbours))
    assert says(hers, alice, bob, 20) == []


def test_an_operator_sees_the_limits_and_who_uses_most_of_what_they_bound(
    alice: ClientKeys, bob: ClientKeys
) -> None:
    """docs/protocol.md, section 1.6."""
    north = a_sharing_node({Share.MESSAGES: Rate(12, 60_000, 6)})
    hers, _ = north.attached(alice, ELSEWHERE), north.attached(bob)
    north.client(a_client("nobody")).says(Heartbeat(wants_echo=True))
    south = north.linked(SOUTH)
    says(hers, alice, bob, 7)
    south.says(Push((bob.account_record().signed,)))

    told = north.commands(LimitsWanted())

    assert isinstance(told, LimitsStatus)
    by_name = {share.limit: share for share in told.shares}
    assert list(by_name) == ["messages", "bytes", "attaches", "lookups", "records"]
    assert (by_name["messages"].rate, by_name["messages"].is_usual) == ("12/m:6", False)
    assert (by_name["attaches"].rate, by_name["attaches"].is_usual) == ("12/m:8", True)
    top = {(use.whose, use.who, use.name) for use in by_name["messages"].top}
    assert {
        ("client", alice.id, "alice"),
        ("account", alice.account_id, "alice"),
        ("address", ELSEWHERE, ""),
        ("client", a_client("nobody").id, ""),
    } <= top
    assert [use.refused for use in by_name["messages"].top if use.who == alice.id] == [2]
    assert [use.whose for use in by_name["records"].top] == ["node"]
    assert told.bans == ()
