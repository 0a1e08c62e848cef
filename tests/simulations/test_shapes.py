"""Shapes of overlays: connected, without doubles, and as they are called."""

from collections import Counter
from random import Random

import pytest

from simulations.shapes import EVEN_DEGREE, RANDOM_DEGREE, SHAPES, Edge, Shape, edges


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("nodes", [1, 2, 3, 5, 12])
def test_every_shape_connects_all_its_nodes_and_names_no_pair_twice(
    shape: Shape, nodes: int
) -> None:
    found = edges(shape, nodes, Random(1))

    assert reached(found) == list(range(nodes))
    assert len({frozenset(edge) for edge in found}) == len(found)
    assert all(one != other for one, other in found)


def test_the_shapes_are_what_they_are_called() -> None:
    random = Random(1)

    assert edges("line", 4, random) == [(0, 1), (1, 2), (2, 3)]
    assert edges("ring", 4, random) == [(0, 1), (1, 2), (2, 3), (0, 3)]
    assert edges("star", 4, random) == [(0, 1), (0, 2), (0, 3)]
    assert edges("tree", 5, random) == [(0, 1), (0, 2), (1, 3), (1, 4)]


def test_a_random_overlay_has_the_degree_it_should() -> None:
    degrees = Counter(node for edge in edges("random", 50, Random(1)) for node in edge)

    assert sum(degrees.values()) == 50 * RANDOM_DEGREE


def reached(found: list[Edge]) -> list[int]:
    nodes = {0: None}
    for _ in found:
        nodes |= {b: None for a, b in found if a in nodes} | {
            a: None for a, b in found if b in nodes
        }
    return sorted(nodes)


def test_spokes_link_all_with_one_and_every_two_others_with_each_other() -> None:
    assert edges("spokes", 5, Random(1)) == [(0, 1), (0, 2), (0, 3), (0, 4), (1, 2), (3, 4)]
    assert len(edges("spokes", 25, Random(1))) == 36


def test_a_grid_links_each_place_with_those_beside_above_and_below() -> None:
    assert sorted(edges("grid", 5, Random(1))) == [(0, 1), (0, 3), (1, 2), (1, 4), (3, 4)]
    assert len(edges("grid", 25, Random(1))) == 40


def test_in_an_even_overlay_all_have_five_neighbours() -> None:
    degrees = Counter(node for edge in edges("even", 200, Random(1)) for node in edge)

    assert set(degrees.values()) == {EVEN_DEGREE}
    assert len(edges("even", 4, Random(1))) == 6
