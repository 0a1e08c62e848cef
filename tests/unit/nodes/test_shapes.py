"""The shapes of overlays made for trying things out."""

import pytest

from overlay.errors import UsageError
from overlay.nodes.shapes import NODES_MAX, SHAPES, shape


def reached(pairs: list[tuple[int, int]], count: int) -> set[int]:
    found = {0}
    for _ in range(count):
        found |= {b for a, b in pairs if a in found} | {a for a, b in pairs if b in found}
    return found


@pytest.mark.parametrize("name", sorted(SHAPES))
@pytest.mark.parametrize("count", [1, 2, 3, 5, 12])
def test_every_shape_is_connected_and_names_each_pair_once(name: str, count: int) -> None:
    pairs = shape(name, count)

    assert reached(pairs, count) == set(range(count))
    assert len(set(pairs)) == len(pairs)
    assert all(0 <= first < second < count for first, second in pairs)


def test_the_random_shape_is_the_same_every_time() -> None:
    assert shape("random", 12) == shape("random", 12)


def test_the_demo_is_a_ring_with_one_chord() -> None:
    assert shape("demo", 5) == [(0, 1), (0, 2), (0, 4), (1, 2), (2, 3), (3, 4)]


@pytest.mark.parametrize(("name", "count"), [("cube", 5), ("ring", 0), ("ring", NODES_MAX + 1)])
def test_what_cannot_be_is_refused(name: str, count: int) -> None:
    with pytest.raises(UsageError):
        shape(name, count)
