"""Tables of many holders over the same keys."""

from array import array
from collections.abc import MutableMapping

import pytest
from hypothesis import given
from hypothesis import strategies as some

from overlay.structures.columns import Column, Keys, Marked, Numbered, without

BASE = {"north": 1, "south": 2, "west": 3}
STEPS = some.lists(some.tuples(some.sampled_from("abcdef"), some.none() | some.integers()))


def keys_of(names: str) -> Keys[str]:
    keys: Keys[str] = Keys()
    for name in names:
        keys.place_of(name)
    return keys


def test_it_reads_like_what_it_was_made_of() -> None:
    table = Column.of(BASE)

    assert dict(table) == BASE
    assert (table["north"], table.get("east"), table.get("east", 5), len(table)) == (1, None, 5, 3)
    assert "south" in table
    assert "east" not in table
    with pytest.raises(KeyError):
        table["east"]


def test_what_is_changed_in_one_is_changed_in_no_other() -> None:
    base = Column.of(BASE)
    table, other = Column.of(base), Column.of(base)

    table["north"] = 10
    table["east"] = 4
    del table["south"]

    assert dict(table) == {"north": 10, "west": 3, "east": 4}
    assert dict(other) == dict(base) == BASE
    assert ("east" in other, other.get("east")) == (False, None)
    with pytest.raises(KeyError):
        other["east"]


def test_the_one_that_others_were_made_of_may_change_too() -> None:
    base = Column.of(BASE)
    other = Column.of(base)

    base["north"] = 10
    another = Column.of(base)
    base["north"] = 11

    assert [table["north"] for table in (base, other, another)] == [11, 1, 10]


def test_equal_keys_of_all_tables_are_one() -> None:
    table = Column.of({("north", 1): "N"})

    other = Column.of(table)
    other["south", 2] = "S"

    assert table.named(("south", 2)) is next(key for key in other if key[1] == 2)


def test_nothing_can_be_deleted_that_is_not_there() -> None:
    table = Column.of(BASE)
    del table["north"]

    for key in ("north", "east"):
        with pytest.raises(KeyError):
            del table[key]
        assert table.pop(key, None) is None
    with pytest.raises(KeyError):
        table["north"]
    assert table.get("north", 5) == 5


def test_a_cleared_table_holds_nothing_and_can_be_filled_again() -> None:
    table = Column.of(BASE)

    table.clear()
    assert (len(table), list(table)) == (0, [])

    table["north"] = 7
    assert dict(table) == {"north": 7}


def test_none_is_a_value_like_any_other() -> None:
    table: Column[str, None] = Column.of({"north": None})
    table["south"] = None

    assert "north" in table
    assert table["south"] is None
    assert table.pop("north") is None
    assert list(table) == ["south"]


def test_a_key_may_have_any_number_of_values_in_its_time() -> None:
    table = Column.of(BASE)

    for number in range(600):
        table["north"] = number
    other = Column.of(table)
    other["south"] = 600

    assert (table["north"], other["north"], table["south"]) == (599, 599, 2)


@given(some.dictionaries(some.sampled_from("abcdef"), some.integers()), STEPS)
def test_whatever_is_done_to_it_it_holds_what_a_copy_would_hold(
    base: dict[str, int], steps: list[tuple[str, int | None]]
) -> None:
    before, copy = Column.of(base), dict(base)
    table: MutableMapping[str, int] = Column.of(before)

    for key, value in steps:
        if value is None:
            assert table.pop(key, None) == copy.pop(key, None)
        else:
            table[key] = copy[key] = value

    assert (dict(table), len(table)) == (copy, len(copy))
    assert [key in table for key in "abcdef"] == [key in copy for key in "abcdef"]
    assert dict(before) == base


def test_marked_keys_read_like_a_dict_without_values() -> None:
    keys = keys_of("abc")
    marked = Marked(keys, bytes([1, 0, 1]))
    keys.place_of("d")

    assert (list(marked), len(marked), dict(marked)) == (["a", "c"], 2, {"a": None, "c": None})
    assert ["a" in marked, "b" in marked, "d" in marked, "e" in marked] == [True] + [False] * 3
    assert marked == {"c": None, "a": None}
    with pytest.raises(KeyError):
        marked["b"]


def test_what_others_lack_is_found_whatever_holds_it() -> None:
    keys = keys_of("abcd")
    ours, theirs = Marked(keys, bytes([1, 0, 1])), Marked(keys, bytes([0, 1, 1, 1]))

    assert (without(ours, theirs), without(theirs, ours)) == (["a"], ["b", "d"])
    assert without("dcbae", ours) == ["d", "b", "e"]
    assert without(ours, {"a": None}) == ["c"]
    assert without(ours, Marked(keys_of("ca"), bytes([1, 0]))) == ["a"]


def test_numbered_keys_read_like_a_dict_of_numbers() -> None:
    keys = keys_of("abcd")
    numbered = Numbered(keys, array("I", [1, 0, 8]))

    assert (dict(numbered), len(numbered)) == ({"a": 0, "c": 7}, 2)
    assert [numbered.get(key) for key in "abcde"] == [0, None, 7, None, None]
