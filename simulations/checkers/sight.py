"""What is looked at every few virtual seconds: the hosts, and what nodes say of themselves."""

from collections.abc import Sequence

from overlay.core.requests import NodeStatus
from simulations.machines import Host, NodeHost

ASKED_MAX = 64
"""What a node tells grows with the overlay: asking all of 1,000 each time would double a run."""


class Sight:
    """The hosts of a world at one moment. Each node is asked once, however many look.

    With `turn` not all of many nodes are asked, but `ASKED_MAX`, and others at the next turn.
    """

    def __init__(self, hosts: Sequence[Host], turn: int | None = None) -> None:
        self.hosts = hosts
        self._turn = turn
        self._statuses: dict[str, NodeStatus] | None = None

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

    def _asked(self) -> list[NodeHost]:
        nodes = self.nodes
        if self._turn is None or len(nodes) <= ASKED_MAX:
            return nodes
        first = self._turn * ASKED_MAX % len(nodes)
        return (nodes + nodes)[first : first + ASKED_MAX]
