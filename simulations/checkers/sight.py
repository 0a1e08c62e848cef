"""What is looked at every few virtual seconds: the hosts, and what nodes say of themselves."""

from collections.abc import Sequence
from typing import TypeVar

from overlay.core.requests import NodeCensus, NodeDirectory, NodeGlance
from overlay.messages.ids import NodeId
from simulations.machines import Host, NodeHost

HostT = TypeVar("HostT", bound=Host)

ASKED_MAX = 64
"""What a node tells grows with the overlay: of 1,000 that would be a fifth of a run,"""

TOLD_MAX = 64_000
"""and at 10,000 nodes no more are asked than together tell of so many members."""


class Sight:
    """The hosts of a world at one moment. Each node is asked once, however many look.

    With `turn` not all of many nodes are asked for their census, but `ASKED_MAX`, and others at
    the next turn.
    """

    def __init__(self, hosts: Sequence[Host], turn: int | None = None) -> None:
        self.hosts = hosts
        self._turn = turn
        self._censuses: dict[str, NodeCensus] | None = None
        self._single: dict[str, NodeCensus] = {}
        self._glances: dict[str, NodeGlance] | None = None
        self._directories: dict[str, NodeDirectory | None] = {}
        self._links_told: dict[str, dict[NodeId, tuple[NodeId, ...]]] = {}

    @property
    def nodes(self) -> list[NodeHost]:
        """The hosts whose node runs."""
        return [host for host in self.hosts if isinstance(host, NodeHost) and host.is_up]

    @property
    def measured(self) -> list[Host]:
        """Whose tables are measured: the nodes that are asked, and as many others in turn."""
        others = [host for host in self.hosts if host.is_up and not isinstance(host, NodeHost)]
        return [*self._asked(), *self._in_turn(others, ASKED_MAX)]

    @property
    def censuses(self) -> dict[str, NodeCensus]:
        """Whom each node that runs counts, by the name of its host."""
        if self._censuses is None:
            censuses = ((host.name, host.census()) for host in self._asked())
            self._censuses = {name: census for name, census in censuses if census is not None}
        return self._censuses

    def census(self, name: str) -> NodeCensus:
        """Whom one node that runs counts, whoever else is asked."""
        known = self._censuses.get(name) if self._censuses is not None else self._single.get(name)
        if known is None:
            known = next(host.census() for host in self.nodes if host.name == name)
            assert known is not None
            self._single[name] = known
        return known

    @property
    def glances(self) -> dict[str, NodeGlance]:
        """The little that is cheap to ask of each node that runs, by the name of its host."""
        if self._glances is None:
            glances = ((host.name, host.glance()) for host in self.nodes)
            self._glances = {name: glance for name, glance in glances if glance is not None}
        return self._glances

    def directory(self, name: str) -> NodeDirectory | None:
        """Who is where, as one node that runs tells its clients; None where it cannot be asked."""
        if name not in self._directories:
            found = (host.directory() for host in self.nodes if host.name == name)
            self._directories[name] = next(found)
        return self._directories[name]

    def links_told(self, name: str) -> dict[NodeId, tuple[NodeId, ...]]:
        """Whom the records of members name, as one node that runs tells: dear, so asked rarely."""
        if name not in self._links_told:
            (node,) = (host.node for host in self.nodes if host.name == name)
            assert node is not None
            self._links_told[name] = {each.id: each.links for each in node.snapshot().members}
        return self._links_told[name]

    def _asked(self) -> list[NodeHost]:
        nodes = self.nodes
        if len(nodes) <= ASKED_MAX:
            return nodes
        return self._in_turn(nodes, min(ASKED_MAX, max(TOLD_MAX // len(nodes), 1)))

    def _in_turn(self, hosts: list[HostT], count: int) -> list[HostT]:
        if self._turn is None or len(hosts) <= count:
            return hosts
        first = self._turn * count % len(hosts)
        return (hosts + hosts)[first : first + count]
