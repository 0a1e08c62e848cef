"""What the map draws of what a node says."""

import json
from dataclasses import replace

from overlay.messages.ids import NodeId
from overlay.nodes.picture import (
    NODES_MAX,
    LinkState,
    Picture,
    PicturedLink,
    Trouble,
    cut_off_by,
    ends_of,
    picture_of,
)
from tests.unit.nodes.statuses import (
    EAST,
    NORTH,
    SOUTH,
    WEST,
    a_link_to,
    a_member,
    a_neighbour,
    a_status,
)


def states(picture: Picture) -> dict[tuple[NodeId, NodeId], LinkState]:
    return {link.ends: link.state for link in picture.links}


def test_a_node_pictures_its_own_links_with_their_round_trips_and_others_as_records_name_them() -> (
    None
):
    status = a_status(
        a_member(NORTH, SOUTH),
        a_member(SOUTH, NORTH, WEST, clients=2),
        a_member(WEST, SOUTH),
        links=(a_link_to(SOUTH, 7),),
    )

    picture = picture_of(status)

    assert picture.links == (
        PicturedLink(ends=ends_of(NORTH, SOUTH), state="open", round_trip_ms=7, is_ours=True),
        PicturedLink(ends=ends_of(SOUTH, WEST), state="open"),
    )
    assert [(node.name, node.state, node.clients) for node in picture.nodes] == [
        ("north", "alive", 0),
        ("south", "alive", 2),
        ("west", "alive", 0),
    ]
    assert (picture.seen_by, picture.name, picture.left_out) == (NORTH, "north", 0)


def test_a_node_whose_loss_would_split_what_is_linked_now_says_how_many_it_would_cut_off() -> None:
    status = a_status(
        a_member(NORTH, SOUTH),
        a_member(SOUTH, NORTH, WEST, EAST),
        a_member(WEST, SOUTH),
        a_member(EAST, SOUTH),
        links=(a_link_to(SOUTH),),
    )

    assert [node.cut_off for node in picture_of(status).nodes] == [0, 2, 0, 0]


def test_a_link_that_is_suspected_or_that_one_end_alone_names_is_in_doubt() -> None:
    status = a_status(
        a_member(NORTH, SOUTH, WEST),
        a_member(SOUTH, NORTH, EAST),
        a_member(WEST, NORTH),
        a_member(EAST),
        links=(a_link_to(SOUTH, is_suspected=True), a_link_to(WEST, is_exchanged=False)),
    )

    assert set(states(picture_of(status)).values()) == {"doubtful"}


def test_what_a_dead_node_named_and_what_the_file_names_in_vain_is_not_there() -> None:
    status = a_status(
        a_member(NORTH),
        a_member(SOUTH, WEST, is_alive=False),
        a_member(WEST, SOUTH),
        neighbours=(a_neighbour(SOUTH, "unreachable", "no answer", port=7702),),
    )

    picture = picture_of(status)

    assert states(picture) == {ends_of(NORTH, SOUTH): "gone", ends_of(SOUTH, WEST): "gone"}
    assert picture.troubles == (
        Trouble(who="south at 127.0.0.1:7702", state="unreachable", detail="no answer"),
    )
    assert [node.state for node in picture.nodes] == ["alive", "dead", "alive"]


def test_a_link_whose_ends_are_kept_apart_is_cut_wherever_it_came_from() -> None:
    status = replace(
        a_status(
            a_member(NORTH, WEST),
            a_member(SOUTH),
            a_member(WEST),
            neighbours=(a_neighbour(SOUTH, "kept_apart"),),
        ),
        kept_apart=(SOUTH, EAST),
    )

    picture = picture_of(status)

    assert states(picture) == {ends_of(NORTH, SOUTH): "cut", ends_of(NORTH, WEST): "gone"}
    assert [trouble.state for trouble in picture.troubles] == ["kept_apart"]


def test_a_neighbour_of_whom_only_the_address_or_only_the_id_is_known_is_told_as_such() -> None:
    unknown = NodeId("abcdefghijklmnop")
    status = a_status(
        a_member(NORTH),
        a_member(SOUTH, is_named=False),
        neighbours=(
            a_neighbour(None, "dialling", port=7703),
            a_neighbour(unknown, "awaited"),
            a_neighbour(SOUTH, "linked"),
        ),
    )

    picture = picture_of(status)

    assert [trouble.who for trouble in picture.troubles] == ["127.0.0.1:7703", "abcdefgh"]
    assert picture.nodes[1].name == "id of so"


def test_of_more_nodes_than_anybody_tells_apart_the_rest_is_counted() -> None:
    others = [NodeId(f"{number:05}") for number in range(NODES_MAX + 9)]

    picture = picture_of(a_status(a_member(NORTH), *map(a_member, others)))

    assert (len(picture.nodes), picture.left_out) == (NODES_MAX, 10)


def test_each_part_of_what_is_split_already_has_its_own_bridges() -> None:
    nodes = [NodeId(name) for name in "abcdefg"]
    a, b, c, d, e, f, alone = nodes

    cut_off = cut_off_by(nodes, [(a, b), (b, c), (d, e), (e, f), (a, NodeId("dead"))])

    assert cut_off == {b: 1, e: 1}
    assert alone not in cut_off


def test_a_picture_can_be_sent() -> None:
    sent = json.loads(json.dumps(picture_of(a_status(a_member(NORTH))).fields()))

    assert sent["nodes"] == [
        {
            "id": NORTH,
            "name": "north",
            "state": "alive",
            "clients": 0,
            "cut_off": 0,
            "seen_by": None,
        }
    ]
