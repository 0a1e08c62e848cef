"""What is looked at every few virtual seconds: the hosts, and what nodes say of themselves."""

from collections.abc import Sequence

from overlay.core.requests import NodeStatus
from simulations.machines import Host, NodeHost


class Sight:
    """The hosts of a world at one moment. Each node is asked once, however many look."""

    def __init__(self, hosts: Sequence[Host]) -> None:
        self.hosts = hosts
        self._statuses: dict[str, NodeStatus] | None = None

    @property
    def nodes(self) -> list[NodeHost]:
        """The hosts whose node runs."""
        return [host for host in self.hosts if isinstance(host, NodeHost) and host.is_up]

    @property
    def statuses(self) -> dict[str, NodeStatus]:
        """What each node that runs says of itself, by the name of its host."""
        if self._statuses is None:
            nodes = [(host.name, host.node) for host in self.nodes]
            self._statuses = {name: node.snapshot() for name, node in nodes if node is not None}
        return self._statuses
