"""One picture out of what all nodes of a local overlay see."""

from overlay.messages.ids import NodeId
from overlay.nodes.merging import Told, merged
from overlay.nodes.picture import (
    LinkState,
    NodeState,
    Picture,
    PicturedLink,
    PicturedNode,
    ends_of,
)
from tests.unit.nodes.statuses import NORTH, SOUTH, WEST


def a_link(
    one: NodeId, other: NodeId, state: LinkState, round_trip_ms: int | None = None
) -> PicturedLink:
    return PicturedLink(
        ends=ends_of(one, other), state=state, round_trip_ms=round_trip_ms, is_ours=True
    )


def told(
    node: NodeId,
    *links: PicturedLink,
    state: NodeState = "alive",
    sees: tuple[NodeId, ...] = (NORTH, SOUTH, WEST),
    neighbours: tuple[NodeId, ...] = (),
    clients: int = 0,
) -> Told:
    """What a node says, which sees some others alive."""
    nodes = [
        PicturedNode(
            id=each,
            name=each,
            state="alive" if each in sees else "dead",
            clients=clients if each == node else 7,
        )
        for each in (NORTH, SOUTH, WEST)
    ]
    picture = Picture(seen_by=node, name=node, network="overlay", nodes=tuple(nodes), links=links)
    return Told(id=node, name=node, state=state, picture=picture, neighbours=neighbours)


def states(picture: Picture) -> list[LinkState]:
    return [link.state for link in picture.links]


def test_a_link_stands_where_both_ends_say_so_and_takes_as_long_as_the_slower_says() -> None:
    picture = merged(
        [
            told(NORTH, a_link(NORTH, SOUTH, "open", 3), clients=1),
            told(SOUTH, a_link(NORTH, SOUTH, "open", 5), a_link(SOUTH, WEST, "open"), clients=2),
            told(WEST),
        ],
        "the demo",
    )

    assert picture.links == (
        PicturedLink(ends=ends_of(NORTH, SOUTH), state="open", round_trip_ms=5),
        PicturedLink(ends=ends_of(SOUTH, WEST), state="doubtful"),
    )
    assert [node.clients for node in picture.nodes] == [1, 2, 0]
    assert (picture.seen_by, picture.name, picture.network) == (None, "the demo", "overlay")


def test_only_links_that_stand_hold_the_overlay_together() -> None:
    both = [a_link(NORTH, SOUTH, "open"), a_link(SOUTH, WEST, "open")]

    picture = merged([told(NORTH, both[0]), told(SOUTH, *both), told(WEST, both[1])], "")

    assert [node.cut_off for node in picture.nodes] == [0, 1, 0]


def test_how_many_of_the_others_see_a_node_alive_is_counted_while_it_stands_still() -> None:
    link = a_link(NORTH, SOUTH, "open")

    picture = merged(
        [
            told(NORTH, link, sees=(NORTH, WEST)),
            told(SOUTH, link, state="paused", clients=2),
            told(WEST),
        ],
        "",
    )

    assert states(picture) == ["doubtful"]
    assert [(node.state, node.clients, node.seen_by) for node in picture.nodes] == [
        ("alive", 0, 1),
        ("paused", 2, 1),
        ("alive", 0, 1),
    ]


def test_a_link_to_the_dead_is_gone_whatever_its_other_end_still_says() -> None:
    link = a_link(NORTH, SOUTH, "open")
    dead = Told(id=SOUTH, name="south", state="dead", picture=None, neighbours=(NORTH,))

    picture = merged([told(NORTH, link), dead], "")

    assert states(picture) == ["gone"]
    assert (picture.nodes[1].clients, picture.nodes[1].seen_by) == (0, 1)


def test_a_link_is_cut_as_soon_as_one_of_its_ends_keeps_apart() -> None:
    cut, lost = a_link(NORTH, SOUTH, "cut"), a_link(NORTH, SOUTH, "gone")

    assert states(merged([told(NORTH, cut), told(SOUTH, lost)], "")) == ["cut"]


def test_what_the_files_name_is_shown_though_it_is_not_there_and_strangers_are_not() -> None:
    stranger = NodeId("id of a stranger")

    picture = merged(
        [
            told(NORTH, a_link(NORTH, stranger, "open"), neighbours=(SOUTH,)),
            told(SOUTH, neighbours=(NORTH,)),
        ],
        "",
    )

    assert [(link.ends, link.state) for link in picture.links] == [(ends_of(NORTH, SOUTH), "gone")]


def test_where_nobody_runs_there_is_still_a_picture() -> None:
    picture = merged([Told(id=NORTH, name="north", state="dead", picture=None)], "the demo")

    assert (picture.network, len(picture.nodes), picture.links) == ("", 1, ())
