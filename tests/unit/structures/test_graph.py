"""Distances in a graph that is given as a function."""

from overlay.structures.graph import cut_places, distances

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


def test_a_place_that_alone_holds_others_to_the_rest_is_found_with_how_many() -> None:
    line = {"a": ["b"], "b": ["a", "c"], "c": ["b", "d"], "d": ["c", "e"], "e": ["d"]}

    assert cut_places(line) == {"b": 1, "c": 2, "d": 1}


def test_the_largest_part_that_is_left_is_not_cut_off() -> None:
    hub = {"hub": ["a", "b", "c"], "a": ["hub"], "b": ["hub"], "c": ["hub", "d"], "d": ["c"]}

    assert cut_places(hub) == {"hub": 2, "c": 1}
    assert cut_places(dict(reversed(hub.items()))) == {"c": 1, "hub": 2}


def test_nothing_cuts_a_ring_a_pair_or_a_place_alone() -> None:
    assert cut_places({"a": ["b", "c"], "b": ["c", "a"], "c": ["a", "b"]}) == {}
    assert cut_places({"a": ["b"], "b": ["a"]}) == {}
    assert cut_places({"a": []}) == {}
    assert cut_places({}) == {}


def test_a_line_of_thousands_needs_no_stack() -> None:
    count = 5_000
    line = {
        number: [other for other in (number - 1, number + 1) if 0 <= other < count]
        for number in range(count)
    }

    cuts = cut_places(line)

    assert len(cuts) == count - 2
    assert cuts[count // 2] == count // 2 - 1
