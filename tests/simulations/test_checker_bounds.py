"""How long things may take, by the size and shape of an overlay."""

from random import Random

import pytest

from simulations.checkers.liveness.bounds import (
    agreement_ms,
    death_ms,
    diameter,
    healing_ms,
    islands,
)
from simulations.shapes import Shape, edges


def graph(shape: Shape, nodes: int) -> dict[str, list[str]]:
    links: dict[str, list[str]] = {str(node): [] for node in range(nodes)}
    for one, other in edges(shape, nodes, Random(1)):
        links[str(one)].append(str(other))
        links[str(other)].append(str(one))
    return links


def test_a_line_has_its_length_and_a_star_two_hops() -> None:
    assert diameter(graph("line", 50)) == 49
    assert diameter(graph("star", 50)) == 2
    assert diameter({}) == 0


def test_what_is_not_connected_falls_into_islands() -> None:
    assert islands({"north": ["south"], "south": ["north"], "east": []}) == [
        ["north", "south"],
        ["east"],
    ]


def test_agreement_takes_as_much_longer_as_an_overlay_is_across() -> None:
    assert agreement_ms(graph("line", 50)) == 56_000
    assert agreement_ms(graph("random", 50)) <= 14_000
    assert agreement_ms(graph("star", 50)) == 9_000


def test_a_death_is_known_within_the_bound_of_its_kind() -> None:
    assert death_ms(graph("random", 50), is_silent=False) == 1_000
    assert death_ms(graph("random", 50), is_silent=True) == 6_000
    assert death_ms(graph("line", 13), is_silent=True) == 6_500


@pytest.mark.parametrize(
    ("thought_dead", "alive_of_them", "bound_ms"),
    [(0, 0, 10_000), (10, 10, 10_000), (10, 5, 10_000), (10, 1, 50_000), (40, 10, 20_000)],
)
def test_healing_takes_longer_where_most_of_the_dead_are_dead(
    thought_dead: int, alive_of_them: int, bound_ms: int
) -> None:
    assert healing_ms(thought_dead, alive_of_them) == bound_ms
