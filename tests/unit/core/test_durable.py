"""What of a node must survive a crash, and the rows that hold it."""

import pytest

from overlay.core.durable import (
    Durable,
    KeptBan,
    ban_key,
    ban_row,
    counter_row,
    from_rows,
    incarnation_row,
    pin_key,
    pin_row,
    record_key,
    record_row,
)
from overlay.messages.ids import Incarnation
from overlay.peering.records import Subject, subject_of
from overlay.peering.rows import Row, RowKey
from tests.support.people import a_client, a_node_called, address_of

ALICE = a_client("alice")
SOUTH = a_node_called("south")


def test_an_empty_disk_is_that_of_a_node_that_never_ran() -> None:
    """docs/protocol.md, section 2.5."""
    assert from_rows([]) == Durable()


def test_what_was_written_is_read() -> None:
    """docs/protocol.md, sections 2.5, 4.2 and 5.4."""
    record, slot = SOUTH.record(), SOUTH.slot(7, None)

    read = from_rows(
        [
            incarnation_row(Incarnation(3)),
            counter_row(2_048),
            pin_row(address_of("south"), SOUTH.id),
            record_row(subject_of(record.value), record.signed),
            record_row(subject_of(slot.value), slot.signed),
        ]
    )

    assert read == Durable(
        incarnation=3,  # type: ignore[arg-type]  # a count
        counter=2_048,  # type: ignore[arg-type]
        pins={address_of("south"): SOUTH.id},
        records=(record.signed, slot.signed),
    )


def test_the_row_of_a_record_is_named_by_what_it_is_about() -> None:
    """docs/protocol.md, section 5.1: so that a newer one takes its place."""
    first, second = SOUTH.slot(7, None), SOUTH.slot(7, None)
    subject = Subject("slot", SOUTH.id, 7)

    rows = [record_row(subject_of(slot.value), slot.signed) for slot in (first, second)]

    assert {RowKey(row.table, row.key) for row in rows} == {record_key(subject)}
    assert record_key(Subject("node", SOUTH.id)) != record_key(subject)
    assert pin_key(address_of("south")) == RowKey("pins", address_of("south"))


@pytest.mark.parametrize(
    "row",
    [
        Row(table="node", key="incarnation", value=b"many"),
        Row(table="node", key="incarnation", value=b"-1"),
        Row(table="node", key="counter", value=b"1.5"),
        Row(table="node", key="counter", value=b"\xff"),
        Row(table="pins", key=address_of("south"), value=b"\xff"),
        Row(table="records", key="node/x/-1", value=b"{}"),
    ],
)
def test_a_row_that_cannot_be_read_is_listed_and_otherwise_missing(row: Row) -> None:
    good = pin_row(address_of("west"), SOUTH.id)

    read = from_rows([row, good])

    assert read == Durable(
        pins={address_of("west"): SOUTH.id}, unreadable=(RowKey(row.table, row.key),)
    )


def test_rows_of_other_tables_are_somebody_elses() -> None:
    assert from_rows([Row(table="mail", key="x", value=b"y")]) == Durable()


def test_a_ban_is_read_with_what_is_left_of_it_by_the_operators_clock() -> None:
    """docs/protocol.md, section 2.7."""
    timed = KeptBan(who="192.0.2.0/24", reason="floods", until_at_ms=9_000)
    for_good = KeptBan(who=SOUTH.id)

    read = from_rows([ban_row(timed), ban_row(for_good)], at_ms=5_000)

    assert read.bans == (
        KeptBan(who="192.0.2.0/24", reason="floods", until_at_ms=9_000, left_ms=4_000),
        for_good,
    )
    assert ban_key(SOUTH.id) == RowKey("bans", SOUTH.id)


@pytest.mark.parametrize("value", [b"{}", b"[]", b'{"until_at_ms": "soon", "reason": ""}', b"{"])
def test_a_ban_that_cannot_be_read_is_told(value: bytes) -> None:
    read = from_rows([Row(table="bans", key=SOUTH.id, value=value)])

    assert read == Durable(unreadable=(RowKey("bans", SOUTH.id),))
