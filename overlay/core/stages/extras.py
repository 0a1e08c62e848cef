"""Links beyond the file: how many of our own choice, and which of the others can be spared.

docs/protocol.md, section 10.6.
"""

from overlay import limits
from overlay.core.effects import Effect, Report
from overlay.core.facts import ExtraLinkChosen, SpareClosed
from overlay.core.state.deadlines import Deadline, ExtraDue, SpareDue
from overlay.core.state.links import Link, Links
from overlay.core.state.members import Members
from overlay.core.state.ourselves import Ourselves
from overlay.core.state.topology import Topology
from overlay.messages.ids import Address, NodeId
from overlay.messages.links import Spare
from overlay.peering.events import LinkId
from overlay.structures.backoff import Backoff
from overlay.structures.timers import Timers


class Extras:
    """Keeps some links to random further members, and proposes to close what nobody chose."""

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
        self._chosen: dict[NodeId, None] = {}
        self._under_way: dict[Address, NodeId] = {}
        self._backoff = Backoff(limits.EXTRA_FIRST_MS, limits.EXTRA_MAX_MS)
        self._proposed: LinkId | None = None
        self._proposal_ends_ms = 0

    # Links of our own choice.

    def follow(self, now_ms: int) -> None:
        """Lives, members or links have changed: is another member to be chosen?"""
        wanted = self._ourselves.settings.extra_links
        if wanted == 0 or ExtraDue() in self._timers:
            return
        self._prune()
        if len(self._chosen) < wanted and self._candidates():
            self._timers.set(ExtraDue(), now_ms + self._backoff.next_ms(self._ourselves.random))

    def choose(self) -> tuple[NodeId, Address | None] | None:
        """One more, at random, and where to dial it; no address where a link is there already."""
        us = self._ourselves
        self._prune()
        candidates = self._candidates()
        if not us.is_started or us.is_stopping or not candidates:
            return None
        if len(self._chosen) >= us.settings.extra_links:
            return None
        node = us.random.choice(candidates)
        if self._links.to_node(node) is not None:
            return node, None
        return node, us.random.choice(self._topology.addresses_of(node))

    def began(self, node: NodeId, address: Address | None) -> list[Effect]:
        """The member counts from now on: its link is there, or its dial under way."""
        self._chosen[node] = None
        if address is not None:
            self._under_way[address] = node
        else:
            self._backoff.clear()
        name = self._topology.name_of(node) or ""
        return [Report(ExtraLinkChosen(node=node, name=name))]

    def on_dial_over(self, address: Address, now_ms: int) -> None:
        """A dial came to nothing, or what it became is gone: somebody else, after a while."""
        self._under_way.pop(address, None)
        self.follow(now_ms)

    def _prune(self) -> None:
        """Forget whom our file names by now, and whose link is lost."""
        dialling = list(self._under_way.values())
        self._chosen = {
            node: None
            for node in self._chosen
            if not self._members.is_named(node)
            and (self._links.to_node(node) is not None or node in dialling)
        }

    def _candidates(self) -> list[NodeId]:
        return [
            node
            for node in self._topology.alive()
            if node != self._ourselves.id
            and node not in self._chosen
            and not self._members.is_named(node)
            and self._can_be_linked(node)
        ]

    def _can_be_linked(self, node: NodeId) -> bool:
        if self._members.is_blocked(node):
            return False
        if self._links.to_node(node) is not None:
            return True
        addresses = self._topology.addresses_of(node)
        return bool(addresses) and all(
            self._members.neighbour_at(address) is None for address in addresses
        )

    # Links of nobody's choice.

    def on_established(self, link: Link, now_ms: int) -> None:
        """A link to a node serves; the end with the smaller id asks later whether it must."""
        if link.dialled is not None and self._under_way.pop(link.dialled, None) is not None:
            self._backoff.clear()
        if self._ourselves.id < link.node:
            self._plan_proposal(link, now_ms)

    def propose(self, link: Link, now_ms: int) -> None:
        """It is time to ask whether a link can be spared. One proposal at a time."""
        self._plan_proposal(link, now_ms)
        if now_ms < self._proposal_ends_ms or not self._is_spare(link):
            return
        self._proposed, self._proposal_ends_ms = link.id, now_ms + limits.SPARE_ANSWER_MS
        self._links.say(link, Spare())

    def agrees(self, link: Link, now_ms: int) -> bool:
        """The other end proposes to close a link: whether we can spare it, too."""
        last_ms = link.opened_ms if link.spare_asked_ms is None else link.spare_asked_ms
        link.spare_asked_ms = now_ms
        return now_ms - last_ms >= limits.SPARE_SOONEST_MS and self._is_spare(link)

    def is_spared(self, link: Link, now_ms: int) -> bool:
        """Whether a link that was closed in order was closed because we proposed it."""
        return link.id == self._proposed and now_ms < self._proposal_ends_ms

    def spared(self, node: NodeId) -> Effect:
        """The fact that a link was closed as spare."""
        return Report(SpareClosed(node=node, name=self._topology.name_of(node) or ""))

    def _is_spare(self, link: Link) -> bool:
        """Whether nobody here chose a link, and its two ends hold together without it."""
        return (
            link.is_exchanged
            and link.node not in self._chosen
            and not self._members.is_named(link.node)
            and self._topology.holds_without(link.node)
        )

    def _plan_proposal(self, link: Link, now_ms: int) -> None:
        jitter = 1 + limits.HEALING_JITTER * (2 * self._ourselves.random.random() - 1)
        self._timers.set(SpareDue(link.id), now_ms + int(limits.SPARE_MS * jitter))
