"""Clients attach and detach: their records, their slots."""

import pytest

from overlay import limits
from overlay.core.assembly import Assembly
from overlay.core.stages.attachments import AttachRecords
from overlay.errors import NoSlot
from tests.support.people import ClientKeys, a_client
from tests.unit.core.stages.parts import NORTH, SOUTH, a_link, assembled, knows

ALICE = a_client("alice")


def records_of(client: ClientKeys) -> AttachRecords:
    return AttachRecords(client.presence(NORTH.id), client.account_record(), client.bundle())


@pytest.fixture
def parts() -> Assembly:
    return assembled(SOUTH)


def test_slots_are_given_in_turn_and_used_again(parts: Assembly) -> None:
    """docs/protocol.md, section 8.1."""
    people = [a_client(name) for name in ("alice", "bob", "carol")]
    links = [a_link(parts, client, number) for number, client in enumerate(people)]

    slots = [
        parts.attachments.attach(link, records_of(client))[0]
        for link, client in zip(links, people, strict=True)
    ]
    assert [(slot.slot, slot.client) for slot in slots] == [
        (number, client.id) for number, client in enumerate(people)
    ]
    emptied = parts.attachments.detach(people[1].id, "gone")
    assert emptied is not None
    assert (emptied[0].slot, emptied[0].client, emptied[0].presence) == (1, None, None)
    slot, _ = parts.attachments.attach(links[1], records_of(people[1]))

    assert slot.slot == 1
    assert slot.version > emptied[0].version


def test_a_full_home_has_no_slot(parts: Assembly) -> None:
    """docs/protocol.md, section 8.1: 10,000 clients."""
    records = records_of(ALICE)
    for number in range(limits.SLOTS_MAX):
        link = a_link(parts, ALICE, number)
        link.peer = f"client {number}"
        parts.attachments.attach(link, records)

    last = a_link(parts, ALICE, limits.SLOTS_MAX)
    with pytest.raises(NoSlot):
        parts.attachments.attach(last, records)


def test_who_is_not_attached_cannot_be_detached(parts: Assembly) -> None:
    """docs/protocol.md, section 8.1."""
    assert parts.attachments.detach(ALICE.id, "gone") is None
    assert parts.attachments.get(ALICE.id) is None
    assert not parts.attachments.moved_away(ALICE.id)


def test_a_client_has_moved_away_when_a_higher_presence_counts_elsewhere(parts: Assembly) -> None:
    """docs/protocol.md, section 5.3."""
    link = a_link(parts, ALICE, 1)
    parts.attachments.attach(link, records_of(ALICE))
    assert not parts.attachments.moved_away(ALICE.id)

    knows(parts, SOUTH.record(neighbours=(NORTH.id,)), NORTH.record(neighbours=(SOUTH.id,)))
    knows(parts, *SOUTH.serving(ALICE))

    assert parts.attachments.moved_away(ALICE.id)
