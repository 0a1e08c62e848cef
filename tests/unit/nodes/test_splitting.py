"""Which node of a local overlay is lost, and who stands where."""

from pathlib import Path

import pytest

from overlay.messages.ids import Address, NodeId
from overlay.nodes.directory import NodeDirectory
from overlay.nodes.local import LocalNode
from overlay.nodes.shapes import SHAPES, shape
from overlay.nodes.splitting import Split, worst_split


def nodes_of(shape_name: str, count: int) -> list[LocalNode]:
    """Nodes n1, n2 … in a shape; none of them exists."""
    nodes = [
        LocalNode(
            f"n{number}", NodeDirectory(Path("nowhere")), NodeId(""), Address(f"ws://{number}")
        )
        for number in range(1, count + 1)
    ]
    for first, second in shape(shape_name, count):
        nodes[first].neighbours.append(nodes[second].name)
        nodes[second].neighbours.append(nodes[first].name)
    return nodes


def names(split: Split) -> tuple[str, str, str, str, int]:
    places = (split.lost, split.near, split.beside, split.far)
    lost, near, beside, far = (node.name for node in places)
    return lost, near, beside, far, split.cut_off


def test_in_a_line_it_is_the_middle() -> None:
    assert names(worst_split(nodes_of("line", 5))) == ("n3", "n1", "n2", "n4", 2)


def test_in_a_star_it_is_the_hub_and_whoever_is_near_is_alone() -> None:
    assert names(worst_split(nodes_of("star", 5))) == ("n1", "n2", "n2", "n3", 3)


def test_in_a_ring_it_is_any_and_the_others_are_far_apart() -> None:
    assert names(worst_split(nodes_of("ring", 5))) == ("n3", "n2", "n1", "n4", 0)


@pytest.mark.parametrize("shape_name", sorted(SHAPES))
@pytest.mark.parametrize("count", [3, 4, 5, 7, 12])
def test_nobody_stands_on_what_is_lost(shape_name: str, count: int) -> None:
    split = worst_split(nodes_of(shape_name, count))

    assert split.lost not in (split.near, split.beside, split.far)
    assert split.near is not split.far
