"""Which entries of a table that many fill each of them has come across lately."""

from hypothesis import given
from hypothesis import strategies as some

from overlay.structures.bounded import BoundedDict
from overlay.structures.recalled import Entries, Recalled

MAX = 3
KEYS = some.lists(some.integers(0, 40))


@given(KEYS, KEYS)
def test_it_recalls_what_a_table_of_its_own_would_hold(before: list[int], keys: list[int]) -> None:
    common: Entries[int, str] = Entries()
    other, recalled = Recalled(common, MAX), Recalled(common, MAX)
    own: BoundedDict[int, str] = BoundedDict(MAX)
    for key in before:
        other.put(key, f"{key}")

    for key in keys:
        recalled.put(key, f"{key}")
        own.put(key, f"{key}")

    assert len(recalled) == len(own)
    assert [recalled.get(key) for key in range(41)] == [own.get(key) for key in range(41)]
    assert [key in recalled for key in range(41)] == [key in own for key in range(41)]
    assert len(other) == min(len(set(before)), MAX)
