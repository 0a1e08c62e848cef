"""L3: who has crashed is derived dead everywhere in time, and who lives nowhere."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from overlay.core.facts import (
    NodeAlive,
    NodeStarted,
    NodeStopping,
)
from overlay.messages.union import Message
from overlay.peering.events import LinkId
from overlay.structures.columns import Column, Vocabulary
from simulations.checkers.base import Fact
from simulations.checkers.links import Peers
from simulations.checkers.liveness.bounds import (
    Graph,
    death_ms,
)
from simulations.checkers.liveness.judges import Judge
from simulations.checkers.sight import Sight
from simulations.machines import Host, NodeHost

FORGIVEN_MS = 10_000
"""Who has ended or begun so lately, or was cut off, may be thought dead because of that."""


@dataclass(slots=True, kw_only=True)
class _Death:
    """A node that crashed, and who has still to notice."""

    at_ms: int
    """When it crashed; of who fell silent, when its last byte came."""
    is_silent: bool
    bound_ms: int
    unaware: dict[str, None]
    is_noticed: bool = False
    """By anybody."""

    @property
    def due_ms(self) -> int:
        return self.at_ms + self.bound_ms


class DeathsJudge(Judge):
    """L3: a crashed node is derived dead everywhere in time, and a live one nowhere.

    `graph` tells who has links with whom, without the dead. `is_reachable`
    tells whether nothing but chance has kept one host from another since a time.
    """

    id = "L3"
    facts = (NodeAlive, NodeStarted, NodeStopping)
    branches = ("node gone with a reset", "node gone in silence")

    def __init__(
        self,
        hosts: Sequence[Host],
        graph: Callable[[], Graph],
        is_reachable: Callable[[Host, Host, int], bool],
    ) -> None:
        super().__init__()
        nodes = [host for host in hosts if isinstance(host, NodeHost)]
        self._nodes: dict[str, NodeHost] = {host.key.id: host for host in nodes}
        self._graph = graph
        self._is_reachable = is_reachable
        self._peers = Peers()
        self._ended_ms: dict[str, int] = {}
        self._deaths: dict[str, _Death] = {}
        self.firsts_ms: list[int] = []
        """How long each death took to be noticed by the first."""
        self._nobody: Column[str, bool] = Column(Vocabulary())
        self._views: dict[str, Column[str, bool]] = {}
        """Whom each node has said to be alive, or no longer."""
        self._bound: tuple[int, bool, int] = (-1, False, 0)

    def on_standing(self, host: Host, link: LinkId, peer: str) -> None:
        self._peers.on_standing(host, link, peer)

    def on_heard(self, host: Host, link: LinkId, messages: Sequence[Message], now_ms: int) -> None:
        self._peers.on_heard(host, link, messages)
        death = self._deaths.get(self._peers.of(host, link))
        if death is not None and death.is_silent:
            # It was under way when its sender died.
            death.at_ms = now_ms

    def on_end(self, host: Host, now_ms: int) -> None:
        self._peers.on_end(host)
        for death in self._deaths.values():
            death.unaware.pop(host.name, None)
        if not isinstance(host, NodeHost):
            return
        self._ended_ms[host.name] = now_ms
        self._views.pop(host.name, None)
        self.sometimes("node gone in silence" if host.is_lost else "node gone with a reset")
        if self.is_judging:
            self._deaths[host.key.id] = self._death_of(host, now_ms)

    def _death_of(self, host: NodeHost, now_ms: int) -> _Death:
        return _Death(
            at_ms=now_ms,
            is_silent=host.is_lost,
            bound_ms=self._bound_ms(now_ms, is_silent=host.is_lost),
            unaware={
                other.name: None
                for other in self._nodes.values()
                if other is not host and self._thinks_alive(other, host.key.id)
            },
        )

    def _thinks_alive(self, host: NodeHost, node: str) -> bool:
        """A world may begin with everybody known: only a later run says of all whom it finds."""
        is_unsaid_alive = host.name not in self._ended_ms
        view = self._views.get(host.name, self._nobody)
        return host.is_up and host.is_honest and view.get(node, is_unsaid_alive)

    def _bound_ms(self, now_ms: int, *, is_silent: bool) -> int:
        """Many may die at one time: the way across is sought once."""
        if self._bound[:2] != (now_ms, is_silent):
            bound_ms = death_ms(self._graph(), is_silent=is_silent)
            self._bound = (now_ms, is_silent, bound_ms)
        return self._bound[2]

    def on_fact(self, host: Host, fact: Fact, now_ms: int) -> None:
        match fact:
            case NodeAlive(node=node, is_alive=is_alive):
                view = self._views.get(host.name)
                if view is None:
                    view = self._views[host.name] = self._nobody.like()
                view[node] = is_alive
                if not is_alive:
                    self._on_dead(host, node, now_ms)
            case NodeStarted(id=node):
                self._deaths.pop(node, None)
            case NodeStopping():
                self._ended_ms[host.name] = now_ms
            case _:
                pass

    def _on_dead(self, host: Host, node: str, now_ms: int) -> None:
        death, other = self._deaths.get(node), self._nodes.get(node)
        if death is not None and host.name in death.unaware:
            del death.unaware[host.name]
            self.times_ms.append(now_ms - death.at_ms)
            if not death.is_noticed:
                death.is_noticed = True
                self.firsts_ms.append(now_ms - death.at_ms)
            if now_ms > death.due_ms:
                self._late(host.name, node, death, now_ms)
        elif self.is_judging and other is not None and self._is_alive_for_sure(host, other, now_ms):
            self.broken(now_ms, f"{host.name} says that {other.name} is dead, which runs")

    def _is_alive_for_sure(self, host: Host, other: NodeHost, now_ms: int) -> bool:
        ended_ms = max(self._ended_ms.get(each.name, -FORGIVEN_MS) for each in (host, other))
        is_settled = other.is_up and now_ms > ended_ms + FORGIVEN_MS
        return is_settled and self._is_reachable(host, other, now_ms - FORGIVEN_MS)

    def numbers(self) -> dict[str, int]:
        numbers = super().numbers()
        if self.firsts_ms:
            numbers["L3_first_mean_ms"] = sum(self.firsts_ms) // len(self.firsts_ms)
        return numbers

    def look(self, sight: Sight, now_ms: int) -> None:
        for node, death in self._deaths.items():
            if now_ms > death.due_ms:
                for name in list(death.unaware):
                    del death.unaware[name]
                    self._late(name, node, death, now_ms)

    def _late(self, name: str, node: str, death: _Death, now_ms: int) -> None:
        self.broken(
            now_ms,
            f"{name} has not derived within {death.bound_ms} ms that {self._nodes[node].name} is "
            f"dead, but took {now_ms - death.at_ms} at least",
        )
