"""Where everybody stands in a picture of an overlay: nodes by their links, people beside homes."""

import networkx

from simulations.pictures.film import Film

Place = tuple[float, float]

ITERATIONS = 400
ROOM = 2.2
"""How far from each other neighbours are kept, in parts of what an even spread would give."""
HOSTS_MAX = 500
"""From here on they stand on a circle: it would take a library more, and nobody saw anything."""
PERSON_PULL = 2.5
"""A person is held so much closer to the home than neighbours are to each other."""


def places(film: Film) -> dict[str, Place]:
    """Everybody by name, in a square from -1 to 1, y upwards. The same for the same film."""
    graph = networkx.Graph()
    graph.add_nodes_from((*film.nodes, *film.people))
    graph.add_edges_from(film.edges, weight=1.0)
    for person in film.people:
        graph.add_edge(person, film.first_homes[person], weight=PERSON_PULL)
    return _fitted(_spread(graph))


def _spread(graph: networkx.Graph) -> dict[str, Place]:
    """Few links across each other: a grid is not folded, a ring is round."""
    found = circle = networkx.circular_layout(graph)
    if 2 < len(graph) < HOSTS_MAX and networkx.is_connected(graph):
        rough = networkx.spectral_layout(graph)
        # What is alike in every way would stand in one place.
        start = {name: rough[name] + circle[name] / 10 for name in graph}
        found = networkx.spring_layout(
            graph, pos=start, seed=1, iterations=ITERATIONS, k=ROOM / len(graph) ** 0.5
        )
    return {name: (float(x), float(y)) for name, (x, y) in found.items()}


def _fitted(found: dict[str, Place]) -> dict[str, Place]:
    lows = [min(place[axis] for place in found.values()) for axis in (0, 1)]
    highs = [max(place[axis] for place in found.values()) for axis in (0, 1)]
    spans = [high - low or 1.0 for low, high in zip(lows, highs, strict=True)]

    def fit(place: Place) -> Place:
        x, y = (2 * (place[axis] - lows[axis]) / spans[axis] - 1 for axis in (0, 1))
        return round(x, 3), round(y, 3)

    return {name: fit(place) for name, place in found.items()}
