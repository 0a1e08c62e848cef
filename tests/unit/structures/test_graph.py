"""Distances in a graph that is given as a function."""

from overlay.structures.graph import distances

TOWN = {
    "north": ["east", "west"],
    "east": ["north", "south"],
    "west": ["north", "south"],
    "south": ["east", "west", "harbour"],
    "harbour": ["south"],
    "island": ["lighthouse"],
    "lighthouse": ["island"],
}


def test_every_reachable_place_has_its_shortest_distance() -> None:
    found = distances("north", TOWN.__getitem__)

    assert found == {"north": 0, "east": 1, "west": 1, "south": 2, "harbour": 3}


def test_the_order_is_that_of_the_neighbours_as_they_are_named() -> None:
    found = distances("south", TOWN.__getitem__)

    assert list(found) == ["south", "east", "west", "harbour", "north"]


def test_a_place_alone_reaches_itself() -> None:
    assert distances("north", lambda place: []) == {"north": 0}


def test_links_of_one_direction_are_followed_in_that_direction() -> None:
    one_way = {"north": ["south"], "south": []}

    assert distances("north", one_way.__getitem__) == {"north": 0, "south": 1}
    assert distances("south", one_way.__getitem__) == {"south": 0}


def test_each_place_is_asked_for_its_neighbours_once() -> None:
    asked: list[str] = []

    def neighbours(place: str) -> list[str]:
        asked.append(place)
        return TOWN[place]

    distances("north", neighbours)

    assert sorted(asked) == ["east", "harbour", "north", "south", "west"]
