"""What a node knows, and telling it on."""

import pytest

from overlay import limits
from overlay.core.assembly import Assembly
from overlay.core.effects import Report
from overlay.core.facts import RecordApplied, RecordDropped, RecordParked
from overlay.core.state.directory import Directory
from overlay.messages.gossip import Delta, Push
from overlay.messages.ids import Order
from overlay.messages.records import Presence
from overlay.peering.effects import Forget, Persist
from overlay.peering.records import Subject
from tests.support.people import ClientKeys, a_client, with_fields
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


@pytest.fixture
def parts() -> Assembly:
    parts = assembled(SOUTH, WEST)
    vouch_for_all(parts, (NORTH, SOUTH), (NORTH, WEST))
    return parts


def held(directory: Directory, *subjects: Subject) -> list[bool]:
    return [directory.get(subject) is not None for subject in subjects]


def test_the_oldest_of_too_many_records_that_do_not_count_are_dropped(parts: Assembly) -> None:
    """docs/protocol.md, section 4.3: whatever they are about."""
    knows(
        parts, ALICE.presence(SOUTH.id), ALICE.account_record(), SOUTH.slot(0, None, incarnation=9)
    )
    everything = (
        Subject("presence", ALICE.id),
        Subject("account", ALICE.account_id),
        Subject("slot", SOUTH.id, 0),
    )
    assert held(parts.directory, *everything) == [True] * 3

    for number in range(limits.PARKED_MAX):
        knows(parts, a_client(f"{number}").presence(SOUTH.id))

    assert held(parts.directory, *everything) == [False] * 3
    assert len(parts.parking) == limits.PARKED_MAX


def test_what_is_parked_and_what_is_dropped_is_reported(parts: Assembly) -> None:
    """docs/protocol.md, section 5.4: nothing that was held is dropped in silence."""
    account, presence, slot = SOUTH.serving(ALICE)
    order = presence.value.order

    parked = parts.gossip.apply([account, presence], None).facts
    released = parts.gossip.apply([slot], None).facts
    surplus = [a_client(f"{n}").presence(SOUTH.id) for n in range(limits.PARKED_MAX + 1)]
    dropped = parts.gossip.apply(surplus, None).facts

    assert parked == [
        Report(RecordParked(kind="account", signer=ALICE.account_id, slot=-1, order=Order(0, 1))),
        Report(RecordParked(kind="presence", signer=ALICE.id, slot=-1, order=order)),
    ]
    assert [type(effect.fact) for effect in released if isinstance(effect, Report)] == [
        RecordApplied
    ] * 3
    first = surplus[0].value.signer
    assert dropped[-1] == Report(RecordDropped(kind="presence", signer=first, slot=-1))


def test_what_changes_tells_whom_it_concerns(parts: Assembly) -> None:
    """docs/protocol.md, section 5.3."""
    account, presence, slot = SOUTH.serving(ALICE)
    assert list(parts.gossip.apply([account], None).records) == []
    assert list(parts.gossip.apply([presence], None).records) == []

    changes = parts.gossip.apply([slot], None)

    assert [subject.kind for subject in changes.records] == ["slot", "presence", "account"]
    assert list(changes.accounts) == [ALICE.account_id]
    assert list(changes.presences) == [ALICE.id]
    assert not changes.is_topology_changed
    assert len(changes.facts) == 3


def test_a_node_that_leaves_in_the_batch_in_which_it_spoke_is_not_passed_on(
    parts: Assembly,
) -> None:
    """docs/protocol.md, section 5.5: what does not count is not passed on."""
    everybody = (NORTH.id, SOUTH.id, WEST.id, EAST.id)
    west = a_link(parts, WEST, 1)
    news = EAST.record(neighbours=everybody)
    farewell = [
        node.record(neighbours=(NORTH.id, SOUTH.id, WEST.id)) for node in (SOUTH, WEST, NORTH)
    ]

    changes = parts.gossip.apply([news, *farewell], None)

    assert changes.left == [EAST.id]
    (push,) = said(west)
    assert isinstance(push, Push)
    assert news.signed not in push.records


def test_records_go_only_over_links_whose_exchange_has_begun(parts: Assembly) -> None:
    """docs/protocol.md, section 5.5."""
    begun = a_link(parts, SOUTH, 1)
    fresh = a_link(parts, WEST, 2, is_exchanged=False)

    knows(parts, EAST.record(neighbours=(NORTH.id, SOUTH.id)))

    assert [type(message) for message in said(begun)] == [Push]
    assert said(fresh) == []
    parts.gossip.begin_exchange(fresh)
    (delta,) = said(fresh)
    assert isinstance(delta, Delta)
    assert delta.is_last
    assert fresh.has_sent_all


def test_an_exchange_of_a_node_that_knows_nothing_is_empty() -> None:
    """docs/protocol.md, section 5.5."""
    parts = assembled(SOUTH)
    south = a_link(parts, SOUTH, 1, is_exchanged=False)

    parts.gossip.begin_exchange(south)

    assert said(south) == [Delta((), is_last=True)]


def crowd(parts: Assembly, count: int) -> list[ClientKeys]:
    """People at south with the longest statements."""
    people = [a_client(f"person-{number}") for number in range(count)]
    for number, person in enumerate(people):
        presence = with_fields(person.presence(SOUTH.id), person.key, more="x" * 15_000)
        read = parts.verification.reader.read_as(Presence, presence)
        records = [person.account_record().signed, presence, SOUTH.slot(number, read).signed]
        parts.gossip.apply([parts.verification.read_record(each) for each in records], None)
    return people


def test_a_long_exchange_goes_on_as_it_is_read(parts: Assembly) -> None:
    """docs/protocol.md, section 5.5: no outbox has to hold all of it."""
    crowd(parts, 160)
    west = a_link(parts, WEST, 1, is_exchanged=False)
    told: list[Delta] = []

    parts.gossip.begin_exchange(west)
    while not west.has_sent_all:
        assert west.waiting_bytes <= 1_048_576 + 262_144
        told += [message for message in said(west) if isinstance(message, Delta)]
        parts.gossip.go_on(west)
    told += [message for message in said(west) if isinstance(message, Delta)]

    assert [delta.is_last for delta in told] == [False] * (len(told) - 1) + [True]
    records = [record for delta in told for record in delta.records]
    assert len(records) == len(set(records)) == 4 + 3 * 160
    parts.gossip.go_on(west)
    assert said(west) == []


def test_what_changes_during_an_exchange_is_told_as_it_is_then(parts: Assembly) -> None:
    """docs/protocol.md, section 5.5: nothing is missed, and nothing said that has ended."""
    people = crowd(parts, 160)
    west = a_link(parts, WEST, 1, is_exchanged=False)
    parts.gossip.begin_exchange(west)
    begun = said(west)

    knows(parts, SOUTH.slot(159, None), *SOUTH.serving(ALICE, 200))
    pushed = [record for push in said(west) if isinstance(push, Push) for record in push.records]
    pauses = 0
    while not west.has_sent_all:
        pauses += 1
        parts.gossip.go_on(west)
        begun += said(west)
    assert pauses > 1
    told = [record for delta in begun if isinstance(delta, Delta) for record in delta.records]

    assert [record.kind for record in pushed] == ["slot", "slot", "presence", "account"]
    signers = {record.signer for record in told}
    assert people[158].id in signers
    assert people[159].id not in signers
    assert ALICE.id not in signers


def test_what_has_changed_is_saved_once(parts: Assembly) -> None:
    """docs/protocol.md, section 5.4."""
    assert parts.gossip.has_unsaved
    (persist,) = parts.gossip.save()
    assert isinstance(persist, Persist)
    assert len(persist.rows) == 4
    assert parts.gossip.save() == []

    knows(parts, *SOUTH.serving(ALICE))
    parts.gossip.save()
    knows(parts, SOUTH.slot(0, None))
    persist, forget = parts.gossip.save()

    assert isinstance(persist, Persist)
    assert isinstance(forget, Forget)
    assert (len(persist.rows), len(forget.keys)) == (1, 2)
