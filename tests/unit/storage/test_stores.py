"""What every store promises, asked of each."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from overlay.peering.rows import Row, RowKey
from overlay.storage.contract import Store
from overlay.storage.memory import MemoryStore
from overlay.storage.sqlite import SqliteStore

PIN = Row(table="pins", key="north", value=b"key of north")
OTHER_PIN = Row(table="pins", key="south", value=b"key of south")
COUNTER = Row(table="counters", key="north", value=b"1024")


def memory(_: Path) -> Store:
    return MemoryStore()


def sqlite(directory: Path) -> Store:
    return SqliteStore(directory / "node.db")


@pytest.fixture(params=[memory, sqlite])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    make: Callable[[Path], Store] = request.param
    store = make(tmp_path)
    yield store
    store.close()


def test_a_new_store_is_empty(store: Store) -> None:
    assert store.read_all() == []


def test_rows_come_back_in_the_order_of_table_and_key(store: Store) -> None:
    store.apply([OTHER_PIN, PIN, COUNTER], [])

    assert store.read_all() == [COUNTER, PIN, OTHER_PIN]


def test_a_row_written_again_is_replaced(store: Store) -> None:
    store.apply([PIN], [])

    newer = Row(table="pins", key="north", value=b"")
    store.apply([newer], [])

    assert store.read_all() == [newer]


def test_rows_are_read_in_the_order_asked_for_without_missing_ones(store: Store) -> None:
    store.apply([PIN, OTHER_PIN, COUNTER], [])

    asked = [RowKey("pins", "south"), RowKey("pins", "west"), RowKey("counters", "north")]

    assert store.read(asked) == [OTHER_PIN, COUNTER]


def test_writing_and_deleting_happen_together(store: Store) -> None:
    store.apply([PIN], [])

    store.apply([COUNTER], [RowKey("pins", "north"), RowKey("pins", "never there")])

    assert store.read_all() == [COUNTER]


def test_nothing_is_damaged_in_a_sound_store(store: Store) -> None:
    store.apply([PIN], [])

    store.read_all()

    assert store.take_damaged() == []


def test_closing_twice_is_harmless(store: Store) -> None:
    store.close()

    store.close()
