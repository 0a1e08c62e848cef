"""What has to become so in the calm, and within what time: L1, L7, L8."""

from typing import ClassVar, Protocol

from overlay.core.requests import NodeCensus
from overlay.messages.ids import NodeId
from simulations.checkers.liveness.bounds import Graph, agreement_ms, healing_ms, islands
from simulations.checkers.sight import ASKED_MAX, Sight


class Condition(Protocol):
    """Something that is waited for."""

    id: ClassVar[str]
    what: ClassVar[str]

    def bound_ms(self, sight: Sight) -> int:
        """How long it may take from the moment of `sight`."""

    def missing(self, sight: Sight) -> list[str]:
        """What keeps it from being so; nothing when it is."""


def graph_of(sight: Sight) -> Graph:
    """The links over which both ends have told each other everything."""
    glances = sight.glances
    names = {glance.id: name for name, glance in glances.items()}
    return {
        name: [
            other
            for node in glance.links
            if (other := names.get(node)) is not None and glance.id in glances[other].links
        ]
        for name, glance in glances.items()
    }


def counts_of(census: NodeCensus) -> tuple[object, ...]:
    """How many a node's directory counts: equal for equal ones, and cheap to ask."""
    return census.clients, census.accounts, census.clients_reachable


def _know_the_same(sight: Sight, one: str, other: str) -> bool:
    """Whether two nodes that count the same members tell of the same people at the same places."""
    if one == other:
        return True
    if counts_of(sight.census(one)) != counts_of(sight.census(other)):
        return False
    here, there = sight.directory(one), sight.directory(other)
    return here is None or there is None or here == there


class Agreement:
    """L1: all live nodes of a component that count the same members agree on the directory."""

    id: ClassVar[str] = "L1"
    what: ClassVar[str] = "nodes of a component agree on the directory"

    def bound_ms(self, sight: Sight) -> int:
        return agreement_ms(graph_of(sight))

    def missing(self, sight: Sight) -> list[str]:
        return [
            each for island in islands(graph_of(sight)) for each in self._missing(sight, island)
        ]

    def _missing(self, sight: Sight, island: list[str]) -> list[str]:
        asked = _unlike(sight, island)
        if len(asked) > ASKED_MAX:
            return [f"{len(island)} nodes around {island[0]} have {len(asked)} different roots"]
        found: list[str] = []
        firsts: dict[frozenset[NodeId], str] = {}
        for name in asked if len(asked) > 1 else ():
            census = sight.census(name)
            first = firsts.setdefault(frozenset(census.members), name)
            if not _know_the_same(sight, first, name):
                found.append(f"{first} and {name} know different people")
        return found


class NotEclipsed:
    """L7: who has one honest live neighbour knows of all that is honest what that one knows.

    `sight` shows honest nodes only, so what liars say of themselves is left out.
    """

    id: ClassVar[str] = "L7"
    what: ClassVar[str] = "nodes know what their honest neighbours know of honest ones"

    def bound_ms(self, sight: Sight) -> int:
        return agreement_ms(graph_of(sight))

    def missing(self, sight: Sight) -> list[str]:
        honest = {census.id for census in sight.censuses.values()}
        known = {name: _known_of(honest, census) for name, census in sight.censuses.items()}
        return [
            f"{name} does not know what its neighbour {other} knows"
            for name, others in graph_of(sight).items()
            for other in others
            if name < other and known[name] != known[other]
        ]


class OneComponent:
    """L8: the live members are one component again, and see each other alive."""

    id: ClassVar[str] = "L8"
    what: ClassVar[str] = "the live members are one component"

    def __init__(self, died: int = 0) -> None:
        """`died` is how many have just died, where those who live may not know that yet."""
        self._died = died

    def bound_ms(self, sight: Sight) -> int:
        """By the node for which it is hardest: which has most of the dead to try in vain.

        In a large overlay not all are asked. Where many have just died it may be one alone.
        """
        live = {glance.id for glance in sight.glances.values()}
        bounds = [healing_ms(self._died + len(live) - 1, len(live) - 1)] if self._died else []
        for name in list(sight.glances)[:: max(len(live) // ASKED_MAX, 1)]:
            census = sight.census(name)
            thought_dead = census.members.keys() - census.alive.keys()
            bounds.append(healing_ms(len(thought_dead), len(thought_dead & live)))
        return max(bounds, default=0)

    def missing(self, sight: Sight) -> list[str]:
        found = islands(graph_of(sight))
        if len(found) > 1:
            return [f"{len(island)} around {island[0]}" for island in found]
        live = {glance.id for glance in sight.glances.values()}
        few = [
            f"{name} sees {glance.alive} of {len(live)} alive"
            for name, glance in sight.glances.items()
            if glance.alive < len(live)
        ]
        return few or [
            f"{name} sees {len(sight.census(name).alive.keys() & live)} of {len(live)} alive"
            for name in _unlike(sight, list(sight.glances))[:ASKED_MAX]
            if not live <= sight.census(name).alive.keys()
        ]


def _known_of(nodes: set[NodeId], census: NodeCensus) -> dict[NodeId, tuple[int, bool]]:
    """Which of these a node counts, with how many clients each, and whether it is alive."""
    return {
        node: (census.clients.get(node, 0), node in census.alive)
        for node in census.members
        if node in nodes
    }


def _unlike(sight: Sight, names: list[str]) -> list[str]:
    """Who is to be asked: of many, one for each root. Who has the same tells the same (S10)."""
    if len(names) <= ASKED_MAX:
        return names
    roots: dict[str, str] = {}
    for name in names:
        roots.setdefault(sight.glances[name].root, name)
    return list(roots.values())
