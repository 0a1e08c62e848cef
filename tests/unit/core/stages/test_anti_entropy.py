"""Comparing what two ends of a link hold, and taking over what is missing here."""

import pytest

from overlay import limits
from overlay.core.assembly import Assembly
from overlay.core.state.links import Link
from overlay.errors import Busy, Unexpected
from overlay.messages.gossip import (
    Delta,
    Digest,
    DigestPart,
    DigestWanted,
    Equivocation,
    EverythingWanted,
    Request,
    Synced,
)
from overlay.messages.ids import LeafHash
from overlay.messages.records import Presence
from overlay.messages.union import Message
from tests.support.people import ClientKeys, a_client, hash_of, with_fields
from tests.unit.core.stages.parts import (
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
NOTHING = Digest((DigestPart(prefix="", count=0),))


@pytest.fixture
def parts() -> Assembly:
    parts = assembled(SOUTH, WEST)
    vouch_for_all(parts, (NORTH, SOUTH), (NORTH, WEST))
    return parts


@pytest.fixture
def west(parts: Assembly) -> Link:
    """A link that has just opened."""
    link = a_link(parts, WEST, 1, is_exchanged=False)
    parts.anti_entropy.begin(link, 0)
    return link


def crowd(parts: Assembly, count: int, *, filling: int = 15_000) -> list[ClientKeys]:
    """People at south with long statements."""
    people = [a_client(f"person-{number}") for number in range(count)]
    for number, person in enumerate(people):
        presence = with_fields(person.presence(SOUTH.id), person.key, more="x" * filling)
        read = parts.verification.reader.read_as(Presence, presence)
        records = [person.account_record().signed, presence, SOUTH.slot(number, read).signed]
        parts.gossip.apply([parts.verification.read_record(each) for each in records])
    return people


def shows(*leaves: str) -> Digest:
    """Another node's summary, which lists all that it holds."""
    part = DigestPart(prefix="", count=len(leaves), leaves=tuple(map(LeafHash, leaves)))
    return Digest((part,))


def only(link: Link, kind: type) -> list[Message]:
    return [message for message in said(link) if isinstance(message, kind)]


def exchanged(parts: Assembly, west: Link) -> None:
    """The first exchange is over, and nothing is left to say."""
    parts.anti_entropy.on_digest(west, NOTHING, 0)
    west.exchange.has_all_ours = True
    said(west)


def test_each_end_shows_all_that_it_holds_when_a_link_opens(parts: Assembly, west: Link) -> None:
    """docs/protocol.md, section 5.7."""
    (digest,) = said(west)

    assert isinstance(digest, Digest)
    (part,) = digest.parts
    assert (part.prefix, part.count, len(part.leaves)) == ("", 4, 4)


def test_what_is_shown_and_lacking_is_asked_for_until_nothing_is(
    parts: Assembly, west: Link
) -> None:
    """docs/protocol.md, section 5.7: then the other end is told."""
    said(west)
    lacking = [hash_of(f"{number}") for number in range(limits.DELTA_RECORDS_MAX - 10)]

    parts.anti_entropy.on_digest(west, shows(*lacking), 0)

    assert said(west) == [Request(tuple(map(LeafHash, lacking)))]
    parts.anti_entropy.on_taken(west, has_news=True, is_last=False, now_ms=0)
    assert said(west) == []
    parts.anti_entropy.on_taken(west, has_news=True, is_last=True, now_ms=0)
    assert said(west) == [Synced()]
    assert west.exchange.has_all_theirs


def test_parts_that_differ_are_looked_into(parts: Assembly, west: Link) -> None:
    """docs/protocol.md, section 5.7: and nothing but parts of the part that was summed up."""
    said(west)
    known = next(leaf for leaf in parts.holdings.part("").leaves)
    other, same = hash_of("another"), known[:1]
    trie = {
        same: parts.holdings._trie.fingerprint(same),
        "A" if same != "A" else "B": other,
        "zz": other,
    }

    parts.anti_entropy.on_digest(west, Digest((DigestPart(prefix="", count=9, parts=trie),)), 0)

    assert said(west) == [DigestWanted(("A" if same != "A" else "B",))]
    inner = DigestPart(prefix="A", count=1, parts={"": other, "A": other, "AA": other})
    parts.anti_entropy.on_digest(west, Digest((inner,)), 0)
    assert said(west) == [DigestWanted(("AA",))]


def test_a_beginner_asks_for_everything(parts: Assembly, west: Link) -> None:
    """docs/protocol.md, section 5.7: in an order in which it counts."""
    said(west)
    much = DigestPart(prefix="", count=5 + limits.EVERYTHING_ABOVE, parts={"A": hash_of("x")})

    parts.anti_entropy.on_digest(west, Digest((much,)), 0)

    assert said(west) == [EverythingWanted()]


@pytest.mark.parametrize("is_over", [False, True])
def test_a_digest_that_was_not_asked_for_is_refused(
    parts: Assembly, west: Link, is_over: bool
) -> None:
    """docs/protocol.md, section 5.7."""
    if is_over:
        exchanged(parts, west)
    two = Digest((*NOTHING.parts, *NOTHING.parts))

    with pytest.raises(Unexpected):
        parts.anti_entropy.on_digest(west, two, 0)


def test_a_delta_that_was_not_asked_for_is_refused(parts: Assembly, west: Link) -> None:
    """docs/protocol.md, section 5.7."""
    with pytest.raises(Unexpected):
        parts.anti_entropy.on_taken(west, has_news=True, is_last=True, now_ms=0)


def ticks(parts: Assembly, west: Link, count: int) -> list[Message]:
    """Heartbeats are due; what is said at them."""
    for second in range(count):
        parts.anti_entropy.on_tick(west, second * 1_000)
    return said(west)


def test_roots_that_stand_and_differ_are_looked_into(parts: Assembly, west: Link) -> None:
    """docs/protocol.md, section 5.7."""
    exchanged(parts, west)
    west.exchange.their_root = hash_of("other")

    assert ticks(parts, west, limits.ROOTS_STANDING - 1) == []

    assert ticks(parts, west, 1) == [DigestWanted(("",))]


def test_roots_that_change_are_given_time(parts: Assembly, west: Link) -> None:
    """docs/protocol.md, section 5.7: news is on its way nearly always, but not for ever."""
    exchanged(parts, west)
    for second in range(limits.ROOTS_DIFFERING_MAX):
        assert said(west) == []
        west.exchange.their_root = hash_of(f"{second}")
        parts.anti_entropy.on_tick(west, second * 1_000)

    assert said(west) == [DigestWanted(("",))]


def test_roots_that_agree_now_and_then_are_not_looked_into(parts: Assembly, west: Link) -> None:
    """docs/protocol.md, section 5.7."""
    exchanged(parts, west)
    for second in range(20):
        west.exchange.their_root = hash_of("other") if second % 3 else parts.holdings.root
        parts.anti_entropy.on_tick(west, second * 1_000)

    assert said(west) == []


def test_a_comparison_that_brought_nothing_is_not_repeated(parts: Assembly, west: Link) -> None:
    """docs/protocol.md, section 5.7: until one of the roots changes."""
    exchanged(parts, west)
    west.exchange.their_root = hash_of("other")
    ticks(parts, west, limits.ROOTS_STANDING)
    parts.anti_entropy.on_digest(west, NOTHING, 2_000)
    said(west)

    assert ticks(parts, west, 9) == []
    knows(parts, *SOUTH.serving(ALICE))

    assert ticks(parts, west, limits.ROOTS_STANDING) == [DigestWanted(("",))]


def test_a_comparison_that_nobody_answers_begins_anew(parts: Assembly, west: Link) -> None:
    """docs/protocol.md, section 5.7."""
    said(west)
    parts.anti_entropy.on_tick(west, limits.EXCHANGE_STALL_MS - 1)
    assert said(west) == []

    parts.anti_entropy.on_tick(west, limits.EXCHANGE_STALL_MS)

    assert said(west) == [DigestWanted(("",))]


def test_what_a_comparison_had_asked_for_that_began_anew_is_passed_over_when_it_comes(
    parts: Assembly, west: Link
) -> None:
    """Seed 6387 of swarm: a queue of 20 s, at whose end nodes closed each other's links."""
    anti_entropy, late_ms = parts.anti_entropy, limits.EXCHANGE_STALL_MS
    anti_entropy.on_digest(west, shows("A" * 43), now_ms=0)
    anti_entropy.on_tick(west, late_ms)
    assert said(west)[-2:] == [Request((LeafHash("A" * 43),)), DigestWanted(("",))]

    for is_last in (False, True):
        anti_entropy.on_taken(west, has_news=True, is_last=is_last, now_ms=late_ms)
    with pytest.raises(Unexpected, match="a delta that was not asked for"):
        anti_entropy.on_taken(west, has_news=True, is_last=True, now_ms=late_ms)

    anti_entropy.on_tick(west, 2 * late_ms)
    for _ in range(2):
        anti_entropy.on_digest(west, NOTHING, now_ms=2 * late_ms)
    with pytest.raises(Unexpected, match="a digest that was not asked for"):
        anti_entropy.on_digest(west, NOTHING, now_ms=2 * late_ms)


def test_what_is_asked_for_is_given_and_what_is_gone_is_not(parts: Assembly, west: Link) -> None:
    """docs/protocol.md, section 5.7."""
    said(west)
    known = parts.holdings.part("").leaves[0]

    parts.anti_entropy.on_request(west, Request((known, LeafHash(hash_of("gone")))))

    (delta,) = said(west)
    assert delta == Delta((parts.holdings.item(known),), is_last=True)  # type: ignore[arg-type]


def test_proofs_are_given_too(parts: Assembly, west: Link) -> None:
    """docs/protocol.md, section 5.8."""
    said(west)
    for links in ((NORTH.id,), ()):
        knows(parts, SOUTH.record(links=links, neighbours=(NORTH.id,), version=9_000))
    (proved,) = parts.frozen.all()

    parts.anti_entropy.on_request(west, Request((proved.leaf,)))

    assert [type(message) for message in said(west)] == [Equivocation, Delta]


def test_a_summary_is_by_parts_where_there_is_much(parts: Assembly, west: Link) -> None:
    """docs/protocol.md, section 5.7."""
    crowd(parts, 40, filling=1)
    said(west)

    parts.anti_entropy.on_digest_wanted(west, DigestWanted(("", "A")))

    (digest,) = said(west)
    assert isinstance(digest, Digest)
    whole, part = digest.parts
    assert (whole.count, whole.leaves) == (4 + 3 * 40, ())
    assert len(whole.parts) > 10
    assert part.count == len(part.leaves)


def test_who_does_not_read_is_not_answered(parts: Assembly, west: Link) -> None:
    """docs/protocol.md, section 5.7."""
    west.queued_bytes = limits.EXCHANGE_BYTES_MAX + 1

    with pytest.raises(Busy):
        parts.anti_entropy.on_digest_wanted(west, DigestWanted(("",)))
    with pytest.raises(Busy):
        parts.anti_entropy.on_request(west, Request((LeafHash(hash_of("x")),)))


def test_everything_of_a_node_that_knows_nothing_is_empty() -> None:
    """docs/protocol.md, section 5.7."""
    parts = assembled(SOUTH)
    south = a_link(parts, SOUTH, 1, is_exchanged=False)

    parts.anti_entropy.on_everything_wanted(south)

    assert said(south) == [Delta((), is_last=True)]


def test_everything_goes_on_as_it_is_read(parts: Assembly, west: Link) -> None:
    """docs/protocol.md, section 5.7: no outbox has to hold all of it."""
    crowd(parts, 160)
    said(west)
    told: list[Message] = []

    parts.anti_entropy.on_everything_wanted(west)
    # Who asks again meanwhile has not had its end in time.
    parts.anti_entropy.on_everything_wanted(west)
    while west.exchange.everything is not None:
        assert west.waiting_bytes <= 1_048_576 + 262_144
        told += said(west)
        parts.anti_entropy.go_on(west)
    told += said(west)

    deltas = [message for message in told if isinstance(message, Delta)]
    assert [delta.is_last for delta in deltas] == [False] * (len(deltas) - 1) + [True]
    records = [record for delta in deltas for record in delta.records]
    assert len(records) == len(set(records)) == 4 + 3 * 160
    parts.anti_entropy.go_on(west)
    assert said(west) == []


def test_what_changes_meanwhile_is_told_as_it_is_then(parts: Assembly, west: Link) -> None:
    """docs/protocol.md, section 5.7: nothing is said that has ended."""
    people = crowd(parts, 160)
    said(west)
    parts.anti_entropy.on_everything_wanted(west)
    told = said(west)

    knows(parts, SOUTH.slot(159, None), *SOUTH.serving(ALICE, 200))
    while west.exchange.everything is not None:
        parts.anti_entropy.go_on(west)
        told += said(west)

    signers = {r.signer for delta in told if isinstance(delta, Delta) for r in delta.records}
    assert people[158].id in signers
    assert people[159].id not in signers
    assert ALICE.id not in signers
