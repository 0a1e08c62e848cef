"""Dials members that are not alive in our eyes, so that what fell apart finds together again.

docs/protocol.md, section 10.5.
"""

from collections.abc import Iterator, Mapping, Sequence

from overlay import limits
from overlay.core.effects import Effect, Report
from overlay.core.facts import Healed, HealingDialled
from overlay.core.state.deadlines import Deadline, HealDue
from overlay.core.state.links import Link, Links
from overlay.core.state.members import Members
from overlay.core.state.ourselves import Ourselves
from overlay.core.state.topology import Topology
from overlay.messages.ids import Address, NodeId
from overlay.structures.columns import without
from overlay.structures.sizes import Size
from overlay.structures.timers import Timers


class Healing:
    """Chooses whom to dial, and when: all live members together make about two dials a second."""

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
        self._dead: list[NodeId] = []
        """The members that are not alive."""
        self._tries: dict[NodeId, int] = {}
        """How often each of them was dialled since it is not; none is not noted."""
        self._under_way: dict[Address, NodeId] = {}
        self._due_ms = 0
        self._recounts = 0
        """How often the members had been found when it was last seen which are dead."""

    def sizes(self) -> Iterator[Size]:
        """How full its tables are."""
        yield Size("healing dials", len(self._under_way), limits.HEALING_DIALS_MAX)

    def follow(self, changed: Sequence[NodeId], now_ms: int) -> None:
        """Lives or members have changed: whoever is newly dead is dialled soon."""
        alive = self._topology.alive()
        if len(alive) == len(self._members):
            self._dead, self._tries = [], {}
            self._timers.cancel(HealDue())
            return
        has_more = self._find(alive) if changed or self._has_new_members() else False
        if any(node not in alive and node in self._members for node in changed):
            # Its own neighbours find out first whether it is back already.
            self._plan(now_ms, limits.REDIAL_FIRST_MS + self._draw(0, self._interval_ms()))
        elif has_more or HealDue() not in self._timers:
            # Members that we have only just heard of are mostly about to be linked.
            self._plan(now_ms, limits.HEALING_PATIENCE_MS + self._draw(0, self._interval_ms()))

    def _has_new_members(self) -> bool:
        """Whether members were found anew since this was last asked."""
        before, self._recounts = self._recounts, self._members.recounts
        return before != self._recounts

    def _find(self, alive: Mapping[NodeId, None]) -> bool:
        """See who is dead now; returns whether some were not before."""
        dead = without(self._members, alive)
        if dead == self._dead:
            return False
        before, now = dict.fromkeys(self._dead), dict.fromkeys(dead)
        # Whom our own file has us dial comes after those whom nobody here dials otherwise.
        named = [node for node in self._members.dialled() if node in now and node not in before]
        tries = {node: tries for node, tries in self._tries.items() if node in now}
        self._dead, self._tries = dead, tries | dict.fromkeys(named, 1)
        return any(node not in before for node in dead)

    def choose(self, now_ms: int) -> tuple[NodeId, Address] | None:
        """The dial is due: whom, and where; the next one is planned."""
        if not self._dead:
            return None
        jitter = limits.HEALING_JITTER
        interval_ms = self._interval_ms()
        self._due_ms = now_ms + int(self._draw(1 - jitter, 1 + jitter) * interval_ms)
        self._timers.set(HealDue(), self._due_ms)
        us = self._ourselves
        if not us.is_started or us.is_stopping or len(self._under_way) >= limits.HEALING_DIALS_MAX:
            return None
        for fewest in sorted({0, *self._tries.values()}):
            alike = [node for node in self._dead if self._tries.get(node, 0) == fewest]
            drawn = self._drawn(alike)
            if drawn is not None:
                self._tries[drawn] = fewest + 1
                places = self._addresses_of(drawn)
                return drawn, places[fewest % len(places)]
        return None

    def _drawn(self, nodes: list[NodeId]) -> NodeId | None:
        """One of those that can be dialled. Of thousands most can: it is looked at afterwards."""
        random = self._ourselves.random
        node = random.choice(nodes) if nodes else None
        if node is None or self._addresses_of(node):
            return node
        others = [each for each in nodes if self._addresses_of(each)]
        return random.choice(others) if others else None

    def began(self, node: NodeId, address: Address) -> list[Effect]:
        """The dial is under way."""
        self._under_way[address] = node
        return [Report(HealingDialled(node=node, name=self._name_of(node), address=address))]

    def on_refused(self, address: Address, now_ms: int) -> None:
        """Nobody listens where we dialled, which costs nobody anything: the next need not wait.

        Only while most members are not alive in our eyes, since then it may be we who are cut
        off, and until each of them was dialled once.
        """
        if address not in self._under_way or len(self._tries) == len(self._dead):
            return
        if 2 * len(self._topology.alive()) < len(self._members):
            self._plan(now_ms, self._interval_ms() / limits.HEALING_HASTE)

    def on_dial_over(self, address: Address) -> None:
        """It came to nothing, or what it became is gone."""
        self._under_way.pop(address, None)

    def on_established(self, link: Link) -> list[Effect]:
        """A link serves: was it ours to heal something?"""
        if link.dialled is None or self._under_way.pop(link.dialled, None) is None:
            return []
        link.is_healing = True
        return [Report(Healed(node=link.node, name=self._name_of(link.node)))]

    def _addresses_of(self, node: NodeId) -> list[Address]:
        """Where a member may be dialled now; nowhere what our file expects of somebody else."""
        if self._links.to_node(node) is not None or self._members.is_blocked(node):
            return []
        # Where our operator says how to reach it, that is the way.
        known = self._members.addresses_of(node) or self._topology.addresses_of(node)
        return [
            address
            for address in known
            if address not in self._under_way and self._is_free_for(address, node)
        ]

    def _is_free_for(self, address: Address, node: NodeId) -> bool:
        entry = self._members.neighbour_at(address)
        return entry is None or self._members.id_of(entry) == node

    def _interval_ms(self) -> int:
        live = len(self._topology.alive())
        return min(live * limits.HEALING_DIAL_MS, limits.HEALING_DIAL_MAX_MS)

    def _plan(self, now_ms: int, wait_ms: float) -> None:
        """No later than it was planned already."""
        at_ms = now_ms + int(wait_ms)
        if HealDue() in self._timers and self._due_ms <= at_ms:
            return
        self._due_ms = at_ms
        self._timers.set(HealDue(), at_ms)

    def _draw(self, least: float, most: float) -> float:
        return least + (most - least) * self._ourselves.random.random()

    def _name_of(self, node: NodeId) -> str:
        return self._topology.name_of(node) or ""
