"""What a node knows, and telling it on."""

import pytest

from overlay import limits
from overlay.core.assembly import Assembly
from overlay.core.effects import Report
from overlay.core.facts import RecordApplied, RecordDropped, RecordParked
from overlay.core.state.directory import Directory
from overlay.messages.ids import Order
from overlay.peering.effects import Forget, Persist
from overlay.peering.records import Subject
from tests.support.people import a_client
from tests.unit.core.stages.parts import (
    EAST,
    NORTH,
    SOUTH,
    WEST,
    assembled,
    knows,
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

    parked = parts.gossip.apply([account, presence]).facts
    released = parts.gossip.apply([slot]).facts
    surplus = [a_client(f"{n}").presence(SOUTH.id) for n in range(limits.PARKED_MAX + 1)]
    dropped = parts.gossip.apply(surplus).facts

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
    assert list(parts.gossip.apply([account]).records) == []
    assert list(parts.gossip.apply([presence]).records) == []

    changes = parts.gossip.apply([slot])

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
    news = EAST.record(neighbours=everybody)
    farewell = [
        node.record(neighbours=(NORTH.id, SOUTH.id, WEST.id)) for node in (SOUTH, WEST, NORTH)
    ]

    changes = parts.gossip.apply([news, *farewell])

    assert changes.left == [EAST.id]
    assert news.leaf not in dict(changes.items)


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


def test_members_are_searched_anew_for_a_pin_and_not_for_every_handshake(parts: Assembly) -> None:
    """docs/protocol.md, section 4.1."""
    parts.gossip.revouch()
    recounts, (_, *others) = parts.members.recounts, parts.members.all()

    assert parts.gossip.revouch().left == []
    assert parts.members.recounts == recounts

    parts.members.neighbours = ()

    assert parts.gossip.revouch().left == others
    assert parts.members.recounts == recounts + 1
