"""Tables that never hold more than they were told to."""

import pytest

from overlay.structures.bounded import BoundedDict, LruCache


def test_a_full_table_gives_up_its_oldest_entry_and_says_which() -> None:
    table: BoundedDict[str, int] = BoundedDict(2)
    assert table.put("north", 1) is None
    assert table.put("south", 2) is None

    evicted = table.put("east", 3)

    assert evicted == ("north", 1)
    assert list(table.items()) == [("south", 2), ("east", 3)]


def test_replacing_a_value_keeps_its_place_and_evicts_nothing() -> None:
    table: BoundedDict[str, int] = BoundedDict(2)
    table.put("north", 1)
    table.put("south", 2)

    assert table.put("north", 10) is None
    assert table.put("east", 3) == ("north", 10)


def test_a_table_is_read_like_a_dictionary() -> None:
    table: BoundedDict[str, int] = BoundedDict(3)
    table.put("north", 1)
    table.put("south", 2)

    assert list(table) == list(table.keys()) == ["north", "south"]
    assert list(table.values()) == [1, 2]
    assert table["north"] == 1
    assert table.get("south") == 2
    assert table.get("nowhere") is None
    assert "north" in table
    assert "nowhere" not in table
    assert len(table) == 2
    with pytest.raises(KeyError):
        table["nowhere"]


def test_a_removed_entry_makes_room() -> None:
    table: BoundedDict[str, int] = BoundedDict(1)
    table.put("north", 1)

    assert table.pop("north") == 1
    assert table.pop("north") is None
    assert table.put("south", 2) is None


def test_a_full_cache_gives_up_what_was_longest_unused() -> None:
    cache: LruCache[str, int] = LruCache(2)
    cache.put("north", 1)
    cache.put("south", 2)
    cache.get("north")

    evicted = cache.put("east", 3)

    assert evicted == ("south", 2)
    assert "north" in cache


def test_putting_counts_as_use() -> None:
    cache: LruCache[str, int] = LruCache(2)
    cache.put("north", 1)
    cache.put("south", 2)

    assert cache.put("north", 10) is None
    assert cache.put("east", 3) == ("south", 2)
    assert cache.get("north") == 10


def test_asking_whether_it_is_there_is_no_use() -> None:
    cache: LruCache[str, int] = LruCache(2)
    cache.put("north", 1)
    cache.put("south", 2)

    assert "north" in cache
    assert cache.put("east", 3) == ("north", 1)


def test_a_cache_forgets_what_it_is_told_to() -> None:
    cache: LruCache[str, int] = LruCache(2)
    cache.put("north", 1)

    assert cache.pop("north") == 1
    assert cache.pop("north") is None
    assert cache.get("north") is None
    assert len(cache) == 0


@pytest.mark.parametrize("bounded", [BoundedDict, LruCache])
def test_a_table_that_could_hold_nothing_is_refused(
    bounded: type[BoundedDict[str, int]] | type[LruCache[str, int]],
) -> None:
    with pytest.raises(ValueError, match="holds nothing"):
        bounded(0)
