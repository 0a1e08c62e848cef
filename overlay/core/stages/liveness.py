"""Who is alive, and our own word for it: which links our node record names.

docs/protocol.md, sections 5.6 and 10.1.
"""

from overlay import limits
from overlay.core.effects import Effect, Report
from overlay.core.facts import NodeAlive
from overlay.core.state.deadlines import Deadline, LossesDue, NamesDue
from overlay.core.state.links import Link, Links
from overlay.core.state.members import Members
from overlay.core.state.naming import Named, Naming
from overlay.core.state.ourselves import Ourselves
from overlay.core.state.topology import Topology
from overlay.messages.ids import NodeId
from overlay.messages.records import NodeRecord
from overlay.structures.timers import Timers

_Facts = tuple[tuple[NodeId, ...], tuple[NodeId, ...]]
"""What our record says: whom we have links with, and for whom we vouch."""


class Liveness:
    """Keeps our node record true, and notices whose life has changed in our eyes."""

    def __init__(
        self,
        ourselves: Ourselves,
        links: Links,
        members: Members,
        topology: Topology,
        timers: Timers[Deadline],
    ) -> None:
        self._ourselves = ourselves
        self._links = links
        self._members = members
        self._topology = topology
        self._timers = timers
        self._naming = Naming()
        self._names_due_ms: int | None = None
        self._lingering: dict[NodeId, int] = {}
        self._said: _Facts | None = None
        self._said_ms = 0
        self._seen: tuple[int, ...] = ()
        """What stood when our record was last found to be true."""
        self._looked_at = 0
        """How often the topology had changed when it was last looked whose claims are true."""
        self._fates = 0

    def linger(self, node: NodeId, until_ms: int) -> None:
        """A link was lost, and whether its node died is being found out: keep naming it."""
        self._lingering[node] = until_ms
        self._fates += 1

    def is_dropped(self, node: NodeId) -> bool:
        """Whether the link with a node is not named, for what its other end says of its links."""
        return self._naming.is_dropped(node)

    def stretch(self, lag_ms: int, now_ms: int) -> dict[NodeId, int]:
        """We were not run for a while: until when each lost node is named, now."""
        self._naming.stretch(lag_ms)
        soonest_ms = now_ms + limits.LAG_MS
        self._lingering = {
            node: max(at_ms + lag_ms, soonest_ms) for node, at_ms in self._lingering.items()
        }
        return dict(self._lingering)

    def lingering(self) -> list[NodeId]:
        """Nodes whose link is lost and whose fate is open."""
        return list(self._lingering)

    def let_go(self, node: NodeId) -> None:
        """Name it no longer."""
        if self._lingering.pop(node, None) is not None:
            self._fates += 1

    def is_outdated(self, now_ms: int) -> bool:
        """Whether our record says something else than is the case, and may be said anew by now.

        Asked every round, and answered without a look at who is vouched for
        while nothing has happened that could change it.
        """
        naming = self._topology.naming
        seen = (self._links.changes, self._members.changes, self._fates, naming)
        is_due = self._names_due_ms is not None and now_ms >= self._names_due_ms
        if seen == self._seen and not is_due and not self._has_come_true():
            return False
        self._judge_names(now_ms)
        facts = self._facts()
        if facts != self._said:
            return not self._may_wait(facts, now_ms)
        self._seen = seen
        return False

    def _has_come_true(self) -> bool:
        """Whether records of others have made claims true for which somebody is dropped."""
        changes = self._topology.changes
        if changes == self._looked_at:
            return False
        self._looked_at = changes
        return any(self._topology.is_named_back(node) for node in self._naming.waiting())

    def our_record(self, now_ms: int) -> NodeRecord:
        """Our record as it has to be now, with the next version; to be signed and applied."""
        self._said, self._said_ms = self._facts(), now_ms
        links, vouched = self._said
        settings = self._ourselves.settings
        return NodeRecord(
            signer=self._ourselves.id,
            salt=self._ourselves.salt(),
            incarnation=self._ourselves.incarnation,
            version=self._ourselves.next_version(),
            name=settings.name,
            addresses=settings.addresses[: limits.ADDRESSES_MAX],
            links=links,
            neighbours=vouched[: limits.NEIGHBOURS_MAX],
        )

    def restart(self) -> None:
        """Our incarnation has changed: everything has to be said again."""
        self._said, self._seen = None, ()
        self._lingering.clear()
        self._naming.clear()

    def changed_lives(self) -> tuple[list[NodeId], list[Effect]]:
        """The nodes that came alive or died in our eyes since the last time, with their facts.

        Those that did both are among them, without a fact.
        """
        topology = self._topology
        before = topology.noticed
        changed = topology.notice()
        now = topology.noticed
        facts: list[Effect] = [
            Report(NodeAlive(node=node, name=topology.name_of(node) or "", is_alive=node in now))
            for node in changed
            if (node in now) != (node in before)
        ]
        return changed, facts

    def _may_wait(self, facts: _Facts, now_ms: int) -> bool:
        """Whether only links are lost, just after our record was said: more may follow."""
        due_ms = self._said_ms + limits.LOSSES_GATHER_MS
        if self._said is None or now_ms >= due_ms:
            return False
        (links, vouched), (said_links, said_vouched) = facts, self._said
        if vouched != said_vouched or not set(links) < set(said_links):
            return False
        self._timers.set(LossesDue(), due_ms)
        return True

    def _judge_names(self, now_ms: int) -> None:
        """Look who of those at the other ends of our links names us."""
        naming = {
            node: self._named_by(link) for node, link in self._links.by_node() if link.is_exchanged
        }
        self._names_due_ms = self._naming.judge(naming, now_ms)
        if self._names_due_ms is not None:
            self._timers.set(NamesDue(), self._names_due_ms)

    def _named_by(self, link: Link) -> Named:
        """Whether a neighbour names us, and means it.

        Who claims many links that it has not is not alive, so that everybody
        dials it. Those links must not make half of its claims true, not even
        for the while in which others are tried.
        """
        names_us = self._topology.names_us(link.node)
        if self._naming.is_returned(link.node) or self._topology.is_named_back(link.node):
            return "meant" if names_us else "no"
        if link.is_healing:
            return "sought"
        return "claimed" if names_us else "no"

    def _facts(self) -> _Facts:
        return (self._live_links(), tuple(self._members.vouched()))

    def _live_links(self) -> tuple[NodeId, ...]:
        exchanged = [link.node for link in self._links.nodes() if link.is_exchanged]
        live = [node for node in exchanged if not self._naming.is_dropped(node)]
        lingering = [node for node in self._lingering if node not in exchanged]
        return tuple(sorted(live + lingering)[: limits.NODE_LINKS_MAX])
