"""What has to become so in the calm, and within what time: L1, L7, L8."""

from typing import ClassVar, Protocol

from overlay.core.requests import NodeStatus
from overlay.messages.ids import NodeId
from simulations.checkers.agreement import Answers, alive_of
from simulations.checkers.liveness.bounds import Graph, agreement_ms, healing_ms, islands
from simulations.checkers.sight import Sight


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
    names = {status.id: name for name, status in sight.statuses.items()}
    told = {name: _linked(status) for name, status in sight.statuses.items()}
    return {
        name: [
            names[node]
            for node in nodes
            if node in names and sight.statuses[name].id in told[names[node]]
        ]
        for name, nodes in told.items()
    }


def known_of(status: NodeStatus) -> Answers:
    """What a node's directory says, for whoever counts the same members."""
    counts = sorted((member.id, member.clients) for member in status.members)
    return tuple(counts), status.accounts, status.clients_reachable


class Agreement:
    """L1: all live nodes of a component that count the same members agree on the directory."""

    id: ClassVar[str] = "L1"
    what: ClassVar[str] = "nodes of a component agree on the directory"

    def bound_ms(self, sight: Sight) -> int:
        return agreement_ms(graph_of(sight))

    def missing(self, sight: Sight) -> list[str]:
        found: list[str] = []
        for island in islands(graph_of(sight)):
            firsts: dict[tuple[NodeId, ...], str] = {}
            for name in island:
                status = sight.statuses[name]
                members = tuple(sorted(member.id for member in status.members))
                first = firsts.setdefault(members, name)
                if known_of(sight.statuses[first]) != known_of(status):
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
        honest = {status.id for status in sight.statuses.values()}
        known = {
            name: sorted((m.id, m.clients, m.is_alive) for m in status.members if m.id in honest)
            for name, status in sight.statuses.items()
        }
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

    def bound_ms(self, sight: Sight) -> int:
        """By the node for which it is hardest: which has most of the dead to try in vain."""
        live = {status.id for status in sight.statuses.values()}
        bounds: list[int] = []
        for status in sight.statuses.values():
            members = {member.id for member in status.members}
            thought_dead = members - alive_of(status)
            bounds.append(healing_ms(len(thought_dead), len(thought_dead & live)))
        return max(bounds, default=0)

    def missing(self, sight: Sight) -> list[str]:
        found = islands(graph_of(sight))
        if len(found) > 1:
            return [f"{len(island)} around {island[0]}" for island in found]
        live = {status.id for status in sight.statuses.values()}
        return [
            f"{name} sees {len(alive_of(status) & live)} of {len(live)} alive"
            for name, status in sight.statuses.items()
            if not live <= alive_of(status)
        ]


def _linked(status: NodeStatus) -> dict[NodeId, None]:
    return {link.id: None for link in status.links if link.is_exchanged}
