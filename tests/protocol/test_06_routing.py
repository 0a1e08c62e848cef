"""Chapter 6: units from hop to hop, what comes back, attempts, and channels."""

from dataclasses import replace

import pytest

from overlay import limits
from overlay.core.facts import SpreadShed, UnitDropped
from overlay.messages.clients import Deliver, Join, Stalled, Submit
from overlay.messages.gossip import Delta, Push
from overlay.messages.ids import NodeId
from overlay.messages.links import Ack, Refusal, Welcome
from overlay.messages.records import NodeRecord
from overlay.messages.routing import Relay, Returned, ReturnReason, Spread
from overlay.peering.statements import Verified
from tests.protocol.harness import NodeUnderTest, Peer, a_node
from tests.support.farend import LIMITS, WELCOME, FarEnd
from tests.support.people import NodeKeys, a_client, a_node_called

ALICE, BOB, CAROL = a_client("alice"), a_client("bob"), a_client("carol")
SOUTH, WEST, EAST = a_node_called("south"), a_node_called("west"), a_node_called("east")
NORTH = a_node_called("north").id


def vouching(who: NodeKeys, *links: NodeId) -> Verified[NodeRecord]:
    """A record with these links, that vouches for everybody."""
    return who.record(links=links, neighbours=(NORTH, SOUTH.id, WEST.id, EAST.id))


class Square:
    """North is linked with south and west; both are linked with east, where bob is."""

    def __init__(self) -> None:
        self.north = a_node(neighbours=[SOUTH, WEST])
        self.south = self.north.accepts(FarEnd(SOUTH, dials=True))
        self.west = self.north.accepts(FarEnd(WEST, dials=True))
        records = [
            vouching(SOUTH, NORTH, EAST.id),
            vouching(WEST, NORTH, EAST.id),
            vouching(EAST, SOUTH.id, WEST.id),
            *EAST.serving(BOB),
        ]
        for peer in (self.south, self.west):
            peer.says(Delta(tuple(record.signed for record in records), is_last=True))
        self.alice = self.north.attached(ALICE)
        self.forgets()

    def forgets(self) -> None:
        """All that was said so far."""
        for peer in (self.south, self.west, self.alice):
            peer.hears()

    def submits(self, number: int = 1) -> None:
        """Alice sends something to bob."""
        message = ALICE.message_to(BOB, index=number).signed
        self.alice.says(Submit(number=number, envelope=message))

    def hops(self) -> tuple[Peer, Relay, Peer]:
        """The neighbour that the copy was sent to, the copy, and the other neighbour."""
        for first, second in ((self.south, self.west), (self.west, self.south)):
            relays = first.hears_all(Relay)
            if relays:
                return first, relays[-1], second
        raise AssertionError("no copy was sent")


@pytest.fixture
def square() -> Square:
    return Square()


def returned(relay: Relay, reason: ReturnReason) -> Returned:
    return Returned(
        number=relay.number,
        reason=reason,
        envelope=relay.envelope,
        keeper=relay.keeper,
        home=relay.home,
        attempt=relay.attempt,
    )


def a_relay(peer: Peer, home: NodeId, attempt: int = 1, **changes: object) -> Relay:
    """A copy of what carol wrote to bob, on its way to a home."""
    relay = Relay(
        number=peer.next_number(),
        envelope=CAROL.message_to(BOB, counter=1).signed,
        keeper=SOUTH.id,
        home=home,
        attempt=attempt,
        budget=9,
    )
    return replace(relay, **changes)  # type: ignore[arg-type]  # its fields


# 6.1 Relay


def test_a_copy_names_keeper_home_attempt_and_budget(square: Square) -> None:
    """docs/protocol.md, sections 6.1 and 6.2: 4 for each of two hops, and 16, less one."""
    square.submits()

    _, relay, other = square.hops()

    assert (relay.keeper, relay.home, relay.attempt) == (NORTH, EAST.id, 1)
    assert relay.budget == 4 * 2 + 16 - 1
    assert other.hears_all(Relay) == []


def test_a_unit_is_sent_once_over_the_same_link(square: Square) -> None:
    """docs/protocol.md, section 6.1: whichever way it comes again."""
    copy = a_relay(square.south, EAST.id)
    square.south.says(copy)
    assert len(square.west.hears_all(Relay)) == 1

    square.south.says(replace(copy, number=square.south.next_number()))
    square.west.says(replace(copy, number=square.west.next_number()))

    assert square.south.hears_one(Returned).reason == "no_way"
    assert square.west.hears_one(Returned).reason == "no_way"


def test_another_attempt_is_another_unit(square: Square) -> None:
    """docs/protocol.md, section 6.1."""
    square.south.says(a_relay(square.south, EAST.id, attempt=1))
    square.south.says(a_relay(square.south, EAST.id, attempt=2**53 - 1))

    assert [relay.attempt for relay in square.west.hears_all(Relay)] == [1, 2**53 - 1]


# 6.2 Next hop


def test_a_copy_goes_to_the_link_nearest_to_its_home(square: Square) -> None:
    """docs/protocol.md, section 6.2."""
    square.west.says(Push((vouching(WEST, NORTH).signed, vouching(EAST, SOUTH.id).signed)))

    for number in range(1, 6):
        square.submits(number)

    assert len(square.south.hears_all(Relay)) == 5
    assert square.west.hears_all(Relay) == []


def test_equally_near_links_share_the_work(square: Square) -> None:
    """docs/protocol.md, section 6.2: ties by the hash."""
    for number in range(1, 41):
        square.submits(number)

    south, west = len(square.south.hears_all(Relay)), len(square.west.hears_all(Relay))
    assert south + west == 40
    assert min(south, west) > 8


def test_a_suspected_link_is_the_last_that_is_tried(square: Square) -> None:
    """docs/protocol.md, sections 6.2 and 10.1."""
    for _ in range(4):
        square.north.passes(900)
        square.west.says(*[Ack(1)])
    square.forgets()

    for number in range(1, 6):
        square.submits(number)

    assert square.south.hears_all(Relay) == []
    assert len(square.west.hears_all(Relay)) == 5


def test_a_copy_never_goes_back_where_it_came_from(square: Square) -> None:
    """docs/protocol.md, section 6.2."""
    square.south.says(a_relay(square.south, SOUTH.id))

    relay = square.west.hears_one(Relay)
    square.west.says(returned(relay, "no_way"))

    back = square.south.hears_one(Returned)
    assert (back.number, back.reason) == (1, "no_way")


@pytest.mark.parametrize(("budget", "passed"), [(9, 8), (1, 0), (2**53 - 1, 63)])
def test_the_budget_falls_with_each_hop_and_is_clamped(
    square: Square, budget: int, passed: int
) -> None:
    """docs/protocol.md, section 6.2."""
    square.south.says(a_relay(square.south, EAST.id, budget=budget))

    assert square.west.hears_one(Relay).budget == passed


def test_a_spent_copy_goes_back(square: Square) -> None:
    """docs/protocol.md, section 6.2."""
    square.south.says(a_relay(square.south, EAST.id, budget=0))

    assert square.west.hears_all(Relay) == []
    assert square.south.hears_one(Returned).reason == "no_way"


def test_a_hop_does_not_check_the_signature(square: Square) -> None:
    """docs/protocol.md, section 6.2."""
    forged = replace(CAROL.message_to(BOB).signed, signature="A" * 86, signed="any text")

    square.south.says(a_relay(square.south, EAST.id, envelope=forged))

    assert square.west.hears_one(Relay).envelope == forged


def test_when_a_link_closes_what_was_not_acked_goes_another_way(square: Square) -> None:
    """docs/protocol.md, section 6.2."""
    square.submits(1)
    first, relay, second = square.hops()

    first.ends("reset")

    again = second.hears_one(Relay)
    assert (again.envelope, again.attempt) == (relay.envelope, relay.attempt)
    assert again.budget == relay.budget - 1


def test_when_a_link_closes_what_was_acked_stays_with_the_next_hop(square: Square) -> None:
    """docs/protocol.md, section 6.2."""
    square.submits(1)
    first, relay, second = square.hops()
    first.says(Ack(relay.number))

    first.ends("reset")

    assert second.hears_all(Relay) == []


def test_what_comes_back_on_a_link_that_has_closed_waits_for_the_keeper(square: Square) -> None:
    """docs/protocol.md, section 6.3."""
    square.south.says(a_relay(square.south, EAST.id))
    relay = square.west.hears_one(Relay)
    square.south.ends()

    square.west.says(returned(relay, "not_here"))

    assert [fact.reason for fact in square.north.facts_of(UnitDropped)] == ["not_here"]


# 6.3 Returned


def test_no_way_makes_the_next_link_be_tried_and_then_the_keeper_be_told(square: Square) -> None:
    """docs/protocol.md, section 6.3."""
    square.submits()
    first, relay, second = square.hops()

    first.says(returned(relay, "no_way"))
    again = second.hears_one(Relay)
    assert square.alice.hears_all(Stalled) == []
    second.says(returned(again, "no_way"))

    assert square.alice.hears_one(Stalled).reason == "no_way"


@pytest.mark.parametrize(
    ("reason", "told"), [("busy", "busy"), ("not_here", "away"), ("no_way", "no_way")]
)
def test_the_origin_hears_why_an_envelope_waits(
    square: Square, reason: ReturnReason, told: str
) -> None:
    """docs/protocol.md, sections 6.3 and 7.3."""
    square.submits()
    first, relay, second = square.hops()
    first.says(returned(relay, reason))
    for again in second.hears_all(Relay):
        second.says(returned(again, reason))

    assert square.alice.hears_one(Stalled).reason == told


@pytest.mark.parametrize("reason", ["busy", "not_here"])
def test_busy_and_not_here_pass_straight_back(square: Square, reason: ReturnReason) -> None:
    """docs/protocol.md, section 6.3."""
    copy = a_relay(square.south, EAST.id)
    square.south.says(copy)
    relay = square.west.hears_one(Relay)

    square.west.says(returned(relay, reason))

    back = square.south.hears_one(Returned)
    assert (back.number, back.reason, back.envelope) == (1, reason, copy.envelope)
    assert (back.keeper, back.home, back.attempt) == (SOUTH.id, EAST.id, 1)


def test_what_was_never_sent_cannot_be_returned(square: Square) -> None:
    """docs/protocol.md, section 6.3."""
    never = a_relay(square.south, EAST.id)

    square.south.says(returned(never, "busy"))
    square.south.says(returned(replace(never, number=2**53 - 1), "no_way"))

    assert square.west.hears_all(Relay) == []
    assert [fact.reason for fact in square.north.facts_of(UnitDropped)] == ["returned too late"] * 2


def test_only_the_link_that_has_a_unit_can_return_it(square: Square) -> None:
    """docs/protocol.md, section 6.3."""
    square.submits()
    _, relay, other = square.hops()

    other.says(returned(relay, "busy"))

    assert square.alice.hears_all(Stalled) == []


def test_a_text_that_is_returned_changed_is_passed_on_as_it_was(square: Square) -> None:
    """docs/protocol.md, section 6.3: whoever has not acked yet, we hold the text ourselves."""
    square.submits()
    first, relay, second = square.hops()
    forged = replace(relay.envelope, signature="A" * 86)

    first.says(returned(replace(relay, envelope=forged), "no_way"))

    assert second.hears_one(Relay).envelope == relay.envelope


def test_a_unit_is_remembered_for_ten_seconds(square: Square) -> None:
    """docs/protocol.md, section 6.3."""
    copy = a_relay(square.south, EAST.id)
    square.south.says(copy)
    passes(square, 9_900)
    square.south.says(replace(copy, number=square.south.next_number()))
    assert square.south.hears_one(Returned).reason == "no_way"
    square.forgets()

    passes(square, 200)
    square.south.says(replace(copy, number=square.south.next_number()))

    assert len(square.west.hears_all(Relay)) == 1


def passes(square: Square, for_ms: int) -> None:
    """Time passes, and all peers stay alive."""
    for _ in range(for_ms // 100):
        square.north.passes(100)
        for peer in (square.south, square.west, square.alice):
            if peer.is_open:
                peer.says(Ack(1))


def test_a_home_of_which_nobody_knows_costs_no_memory(square: Square) -> None:
    """docs/protocol.md, section 6.3: and the unit comes back."""
    for number in range(20):
        square.south.says(a_relay(square.south, a_node_called(f"nowhere {number}").id))

    assert {back.reason for back in square.south.hears_all(Returned)} == {"no_way"}


# 6.4 Attempts


def test_without_a_receipt_attempts_follow_each_after_twice_the_time(square: Square) -> None:
    """docs/protocol.md, section 6.4: at most twelve, then the text rests."""
    began_ms = square.north.now_ms
    square.submits()
    made = []
    for _ in range(1_200):
        for peer in (square.south, square.west):
            for relay in peer.hears_all(Relay):
                made.append((square.north.now_ms - began_ms, relay.attempt))
                peer.says(Ack(relay.number))
        passes(square, 100)

    assert [attempt for _, attempt in made] == list(range(1, 13))
    waits = [second[0] - first[0] for first, second in zip(made, made[1:], strict=False)]
    assert waits == [1_000, 2_000, 4_000, 8_000, *[10_000] * 7]
    assert [told.reason for told in square.alice.hears_all(Stalled)] == ["resting"]


def test_a_newer_presence_wakes_a_text_that_rests(square: Square) -> None:
    """docs/protocol.md, section 6.4."""
    square.submits()
    passes(square, 120_000)
    square.forgets()
    north = square.north
    assert north.node.snapshot().mailbox_envelopes == 1

    presence = BOB.presence(EAST.id)
    square.south.says(Push((presence.signed, EAST.slot(0, presence).signed)))

    _, relay, _ = square.hops()
    assert relay.attempt == 13


def test_attempts_that_found_no_credit_do_not_count(square: Square) -> None:
    """docs/protocol.md, section 6.4: `busy` is tried again, soon and however often."""
    square.submits()
    for _ in range(30):
        first, relay, _ = square.hops()
        first.says(returned(relay, "busy"))
        square.north.passes(limits.BUSY_RETRY_MS)
        for peer in (square.south, square.west):
            peer.says(Ack(1))

    assert [told.reason for told in square.alice.hears_all(Stalled)] == ["busy"]
    assert square.hops()[1].attempt == 31


def test_many_busy_answers_after_a_newer_presence_do_no_harm(square: Square) -> None:
    """docs/protocol.md, section 6.4."""
    square.submits()
    first, old, _ = square.hops()
    presence = BOB.presence(EAST.id)
    square.south.says(Push((presence.signed, EAST.slot(0, presence).signed)))
    second, new, _ = square.hops()

    first.says(returned(old, "busy"))
    second.says(returned(new, "busy"))
    square.north.passes(limits.BUSY_RETRY_MS)

    assert square.hops()[1].attempt == 3


def test_a_late_answer_about_a_text_that_was_kept_anew_does_no_harm(square: Square) -> None:
    """docs/protocol.md, section 6.4."""
    message = ALICE.message_to(BOB).signed
    square.alice.says(Submit(number=1, envelope=message))
    first, relay, _ = square.hops()
    first.says(Ack(relay.number))
    receipt = BOB.receipt_for(ALICE, (1, 1)).signed
    copy = a_relay(square.south, NORTH, envelope=receipt)
    square.south.says(copy, Push((EAST.slot(0, None).signed,)))
    square.alice.says(Submit(number=2, envelope=message))

    first.says(returned(relay, "busy"))

    assert square.alice.hears_all(Stalled)[-1].reason == "busy"


def test_a_refused_number_is_as_good_as_busy(square: Square) -> None:
    """docs/protocol.md, sections 1.4 and 6.3."""
    square.submits()
    first, relay, _ = square.hops()

    first.says(Refusal(code="busy", number=relay.number, retry_after_ms=250))
    first.says(Refusal(code="busy", number=relay.number))

    assert square.alice.hears_one(Stalled).reason == "busy"


def test_a_refusal_after_the_ack_comes_too_late(square: Square) -> None:
    """docs/protocol.md, section 1.4."""
    square.submits()
    first, relay, _ = square.hops()

    first.says(Ack(relay.number), Refusal(code="busy", number=relay.number))

    assert square.alice.hears_all(Stalled) == []


def test_a_link_without_credit_makes_a_copy_go_back(square: Square) -> None:
    """docs/protocol.md, sections 1.4 and 6.3."""
    square.west.ends("orderly")
    welcome = replace(WELCOME, limits=replace(LIMITS, credit_bytes=1))
    west = square.north.accepts(FarEnd(WEST, dials=True, welcome=welcome))
    assert west.hears_all(Welcome) != []

    square.south.says(a_relay(square.south, EAST.id, attempt=1))
    square.south.says(a_relay(square.south, EAST.id, attempt=2))

    assert [back.reason for back in square.south.hears_all(Returned)] == ["busy"]
    assert len(west.hears_all(Relay)) == 1


# 6.5 Channels


def test_a_channel_envelope_goes_to_every_other_link_once(square: Square) -> None:
    """docs/protocol.md, section 6.5."""
    said = BOB.says_on("garden", "hello").signed

    square.south.says(Spread(square.south.next_number(), said))
    square.west.says(Spread(square.west.next_number(), said))

    assert [spread.envelope for spread in square.west.hears_all(Spread)] == [said]
    assert square.south.hears_all(Spread) == []


def test_a_channel_envelope_is_verified_by_each_node(square: Square) -> None:
    """docs/protocol.md, section 6.5."""
    forged = replace(BOB.says_on("garden", "hello").signed, signature="A" * 86)

    square.south.says(Spread(square.south.next_number(), forged))

    assert square.south.is_refused() == "bad_signature"
    assert square.west.hears_all(Spread) == []


def test_one_counter_on_a_channel_is_taken_once(square: Square) -> None:
    """docs/protocol.md, section 6.5."""
    first, second = BOB.says_on("garden", "a", counter=50), BOB.says_on("garden", "b", counter=50)

    square.south.says(Spread(square.south.next_number(), first.signed))
    square.south.says(Spread(square.south.next_number(), second.signed))

    assert square.south.is_refused() == "replayed"
    assert len(square.west.hears_all(Spread)) == 1


@pytest.mark.parametrize("counter", [1, 2**53 - 1])
def test_a_channel_envelope_of_nobody_present_is_refused(square: Square, counter: int) -> None:
    """docs/protocol.md, section 6.5: or of another incarnation, or for another account."""
    absent = CAROL.says_on("garden", "hello", counter=counter)
    before = replace(BOB, incarnation=7).says_on("garden", "hello", counter=counter)
    false = replace(BOB, account=ALICE.account).says_on("garden", "hello", counter=counter)

    for said, code in [
        (absent, "old_incarnation"),
        (before, "old_incarnation"),
        (false, "not_yours"),
        (ALICE.message_to(BOB), "mismatch"),
    ]:
        square.south.says(Spread(square.south.next_number(), said.signed))
        assert square.south.is_refused() == code
    assert square.west.hears_all(Spread) == []


def test_a_link_without_credit_does_not_hold_a_channel_up(square: Square) -> None:
    """docs/protocol.md, section 6.5: that it was left out is reported."""
    square.west.ends("orderly")
    welcome = replace(WELCOME, limits=replace(LIMITS, credit_envelopes=1))
    west = square.north.accepts(FarEnd(WEST, dials=True, welcome=welcome))
    square.alice.says(Join(request=2, channel="garden"))

    for text in ("one", "two"):
        said = BOB.says_on("garden", text).signed
        square.south.says(Spread(square.south.next_number(), said))

    assert len(west.hears_all(Spread)) == 1
    assert [fact.node for fact in square.north.facts_of(SpreadShed)] == [WEST.id]
    assert len(square.alice.hears_all(Deliver)) == 2


def test_a_node_alone_keeps_what_it_was_given() -> None:
    """docs/protocol.md, section 6.4: until its recipient is somewhere."""
    north: NodeUnderTest = a_node(neighbours=[SOUTH])
    alice = north.attached(ALICE)
    north.attached(BOB).ends()

    alice.says(Submit(number=1, envelope=ALICE.message_to(BOB).signed))

    assert alice.hears_one(Stalled).reason == "away"
    assert north.node.snapshot().mailbox_envelopes == 1
