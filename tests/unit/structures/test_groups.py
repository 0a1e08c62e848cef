"""Which members belong to each key."""

from hypothesis import given
from hypothesis import strategies as some

from overlay.structures.groups import Groups

STEPS = some.lists(some.tuples(some.booleans(), some.sampled_from("ab"), some.integers(0, 3)))


def test_members_of_a_key_stand_in_the_order_in_which_they_came() -> None:
    groups: Groups[str, int] = Groups()
    for member in (3, 1, 2, 1):
        groups.add("north", member)

    assert list(groups.of("north")) == [3, 1, 2]
    assert list(groups.of("south")) == []


def test_a_member_that_is_not_there_is_discarded_without_a_word() -> None:
    groups: Groups[str, int] = Groups()
    groups.add("north", 1)

    groups.discard("north", 2)
    groups.discard("south", 1)

    assert list(groups.of("north")) == [1]


@given(STEPS, STEPS)
def test_what_is_changed_over_shared_groups_leaves_those_as_they_were(
    shared: list[tuple[bool, str, int]], own: list[tuple[bool, str, int]]
) -> None:
    below: Groups[str, int] = Groups()
    expected: dict[str, list[int]] = {"a": [], "b": []}

    def apply(groups: Groups[str, int], steps: list[tuple[bool, str, int]]) -> None:
        for is_added, key, member in steps:
            if is_added:
                groups.add(key, member)
                expected[key] += [member] if member not in expected[key] else []
            else:
                groups.discard(key, member)
                expected[key] = [other for other in expected[key] if other != member]

    apply(below, shared)
    before = {key: list(below.of(key)) for key in "ab"}
    above = Groups(below)
    apply(above, own)

    assert {key: list(above.of(key)) for key in "ab"} == expected
    assert {key: list(below.of(key)) for key in "ab"} == before
