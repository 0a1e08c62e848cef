"""A table over another one that is shared with many."""

from collections.abc import MutableMapping

import pytest
from hypothesis import given
from hypothesis import strategies as some

from overlay.structures.layered import Layered

BASE = {"north": 1, "south": 2, "west": 3}
STEPS = some.lists(some.tuples(some.sampled_from("abcdef"), some.none() | some.integers()))


def test_it_reads_like_what_it_stands_on() -> None:
    table = Layered(BASE)

    assert dict(table) == BASE
    assert (table["north"], table.get("east"), len(table)) == (1, None, 3)
    assert "south" in table
    assert "east" not in table
    with pytest.raises(KeyError):
        table["east"]


def test_what_is_changed_in_it_is_changed_nowhere_else() -> None:
    base = dict(BASE)
    table, other = Layered(base), Layered(base)

    table["north"] = 10
    table["east"] = 4
    del table["south"]

    assert dict(table) == {"north": 10, "west": 3, "east": 4}
    assert dict(other) == base == BASE


def test_nothing_can_be_deleted_that_is_not_there() -> None:
    table = Layered(BASE)
    del table["north"]

    with pytest.raises(KeyError):
        del table["north"]
    with pytest.raises(KeyError):
        del table["east"]
    with pytest.raises(KeyError):
        table["north"]
    assert table.get("north", 5) == 5


def test_a_cleared_table_holds_nothing_and_can_be_filled_again() -> None:
    table = Layered(BASE)
    table["east"] = 4

    table.clear()
    assert (len(table), list(table)) == (0, [])

    table["north"] = 7
    assert dict(table) == {"north": 7}


def test_none_is_a_value_like_any_other() -> None:
    table: Layered[str, None] = Layered({"north": None})
    table["south"] = None

    assert "north" in table
    assert table["south"] is None
    assert table.pop("north") is None
    assert list(table) == ["south"]


@given(some.dictionaries(some.sampled_from("abcdef"), some.integers()), STEPS)
def test_whatever_is_done_to_it_it_holds_what_a_copy_would_hold(
    base: dict[str, int], steps: list[tuple[str, int | None]]
) -> None:
    before, copy = dict(base), dict(base)
    table: MutableMapping[str, int] = Layered(Layered(base))

    for key, value in steps:
        if value is None:
            assert table.pop(key, None) == copy.pop(key, None)
        else:
            table[key] = copy[key] = value

    assert (dict(table), len(table)) == (copy, len(copy))
    assert [key in table for key in "abcdef"] == [key in copy for key in "abcdef"]
    assert base == before
