"""What is looked at every few virtual seconds: the hosts, and what nodes say of themselves."""

from collections.abc import Sequence

from overlay.core.requests import NodeGlance, NodeStatus
from simulations.machines import Host, NodeHost

ASKED_MAX = 64
"""What a node tells grows with the overlay: asking all of 1,000 each time would double a run,"""

TOLD_MAX = 64_000
"""and at 10,000 nodes no more are asked than together tell of so many members."""


class Sight:
    """The hosts of a world at one moment. Each node is asked once, however many look.

    With `turn` not all of many nodes are asked for their status, but `ASKED_MAX`, and others at
    the next turn.
    """

    def __init__(self, hosts: Sequence[Host], turn: int | None = None) -> None:
        self.hosts = hosts
        self._turn = turn
        self._statuses: dict[str, NodeStatus] | None = None
        self._single: dict[str, NodeStatus] = {}
        self._glances: dict[str, NodeGlance] | None = None

    @property
    def nodes(self) -> list[NodeHost]:
        """The hosts whose node runs."""
        return [host for host in self.hosts if isinstance(host, NodeHost) and host.is_up]

    @property
    def statuses(self) -> dict[str, NodeStatus]:
        """What each node that runs says of itself, by the name of its host."""
        if self._statuses is None:
            nodes = [(host.name, host.node) for host in self._asked()]
            self._statuses = {name: node.snapshot() for name, node in nodes if node is not None}
        return self._statuses

    def status(self, name: str) -> NodeStatus:
        """What one node that runs says of itself, whoever else is asked."""
        known = self._statuses.get(name) if self._statuses is not None else self._single.get(name)
        if known is None:
            node = next(host.node for host in self.nodes if host.name == name)
            assert node is not None
            known = self._single[name] = node.snapshot()
        return known

    @property
    def glances(self) -> dict[str, NodeGlance]:
        """The little that is cheap to ask of each node that runs, by the name of its host."""
        if self._glances is None:
            glances = ((host.name, host.glance()) for host in self.nodes)
            self._glances = {name: glance for name, glance in glances if glance is not None}
        return self._glances

    def _asked(self) -> list[NodeHost]:
        nodes = self.nodes
        if self._turn is None or len(nodes) <= ASKED_MAX:
            return nodes
        asked = min(ASKED_MAX, max(TOLD_MAX // len(nodes), 1))
        first = self._turn * asked % len(nodes)
        return (nodes + nodes)[first : first + asked]
