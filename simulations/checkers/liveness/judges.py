"""What is measured as it happens, from when a scenario says so: L2, L3, L4."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from overlay.core.facts import (
    ClientAttached,
    NodeAlive,
    NodeStarted,
    NodeStopping,
    RecordApplied,
)
from overlay.messages.ids import Order
from overlay.messages.union import Message
from overlay.peering.events import LinkId
from simulations.checkers.base import Checker, Fact
from simulations.checkers.links import Peers
from simulations.checkers.liveness.bounds import (
    DELIVERY_MS,
    ROAMING_MS,
    Graph,
    connected,
    death_ms,
)
from simulations.checkers.pending import Pending
from simulations.checkers.sight import Sight
from simulations.machines import Host, NodeHost
from simulations.sayings import Saying, Sayings

FORGIVEN_MS = 10_000
"""Who has ended or begun so lately may be thought dead because of that."""


class Judge(Checker):
    """A checker of a bound. What it finds breaks liveness, not safety."""

    is_of_safety: ClassVar[bool] = False

    def __init__(self) -> None:
        super().__init__()
        self.times_ms: list[int] = []
        self._begun_ms: int | None = None

    def begin(self, now_ms: int) -> None:
        """Judge what happens from now on."""
        self._begun_ms = now_ms

    def close(self, now_ms: int) -> None:
        """The run is over: judge what can only be judged as a whole."""

    def rest(self) -> None:
        """Judge nothing that happens from now on."""
        self._begun_ms = None

    @property
    def is_judging(self) -> bool:
        return self._begun_ms is not None

    def numbers(self) -> dict[str, int]:
        """How many were measured, and how long they took."""
        ordered = sorted(self.times_ms)
        count = len(ordered)
        if count == 0:
            return {f"{self.id}_measured": 0}
        return {
            f"{self.id}_measured": count,
            f"{self.id}_p50_ms": ordered[(count - 1) // 2],
            f"{self.id}_p99_ms": ordered[max(-(-count * 99 // 100) - 1, 0)],
            f"{self.id}_max_ms": ordered[-1],
        }


class DeliveryJudge(Judge):
    """L2: an envelope whose recipient is live and connected is delivered within 5 s.

    From when its home accepted it until the first client of its recipient showed it.
    `are_unaffected` tells whether nothing befell these clients and the ways
    between their homes since a time.
    """

    id = "L2"

    def __init__(
        self, sayings: Sayings, are_unaffected: Callable[[Sequence[str], int], bool]
    ) -> None:
        super().__init__()
        self._pending = Pending(sayings)
        self._are_unaffected = are_unaffected

    def look(self, sight: Sight, now_ms: int) -> None:
        for saying in self._pending.all(now_ms):
            accepted_ms = saying.accepted_ms
            if accepted_ms is None:
                continue
            is_judged = self._begun_ms is not None and accepted_ms >= self._begun_ms
            is_over = saying.delivered_ms is not None or now_ms > accepted_ms + DELIVERY_MS
            if is_judged and is_over and saying.wanted:
                self._judge(saying, accepted_ms, now_ms)
            if is_over or not saying.wanted:
                self._pending.done_with(saying)

    def _judge(self, saying: Saying, accepted_ms: int, now_ms: int) -> None:
        took_ms = (saying.delivered_ms or now_ms) - accepted_ms
        if saying.delivered_ms is not None:
            self.times_ms.append(max(took_ms, 0))
        people = [saying.speaker, *saying.wanted]
        if took_ms > DELIVERY_MS and self._are_unaffected(people, accepted_ms):
            who = f"{saying.speaker} to {'/'.join(saying.wanted)}"
            until = "and counting" if saying.delivered_ms is None else "and then arrived"
            self.broken(now_ms, f"{who}, accepted at {accepted_ms} ms, took {took_ms}, {until}")


@dataclass(slots=True, kw_only=True)
class _Death:
    """A node that crashed, and who has still to notice."""

    at_ms: int
    """When it crashed; of who fell silent, when its last byte came."""
    is_silent: bool
    bound_ms: int
    unaware: dict[str, None]

    @property
    def due_ms(self) -> int:
        return self.at_ms + self.bound_ms


class DeathsJudge(Judge):
    """L3: a crashed node is derived dead everywhere in time, and a live one nowhere.

    `graph` tells who has links with whom, without the dead. `is_reachable`
    tells whether nothing but chance keeps one host from another.
    """

    id = "L3"
    facts = (NodeAlive, NodeStarted, NodeStopping)
    branches = ("node gone with a reset", "node gone in silence")

    def __init__(
        self,
        hosts: Sequence[Host],
        graph: Callable[[], Graph],
        is_reachable: Callable[[Host, Host], bool],
    ) -> None:
        super().__init__()
        nodes = [host for host in hosts if isinstance(host, NodeHost)]
        self._nodes: dict[str, NodeHost] = {host.key.id: host for host in nodes}
        self._graph = graph
        self._is_reachable = is_reachable
        self._peers = Peers()
        self._ended_ms: dict[str, int] = {}
        self._deaths: dict[str, _Death] = {}
        self._views: dict[str, dict[str, bool]] = {}
        """Whom each node has said to be alive, or no longer."""
        self._bound: tuple[int, bool, int] = (-1, False, 0)

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
        view = self._views.get(host.name, {})
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
                self._views.setdefault(host.name, {})[node] = is_alive
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
            if now_ms > death.due_ms:
                self._late(host.name, node, death, now_ms)
        elif self.is_judging and other is not None and self._is_alive_for_sure(host, other, now_ms):
            self.broken(now_ms, f"{host.name} says that {other.name} is dead, which runs")

    def _is_alive_for_sure(self, host: Host, other: NodeHost, now_ms: int) -> bool:
        ended_ms = max(self._ended_ms.get(each.name, -FORGIVEN_MS) for each in (host, other))
        return other.is_up and now_ms > ended_ms + FORGIVEN_MS and self._is_reachable(host, other)

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


@dataclass(slots=True, kw_only=True)
class _Roaming:
    """A client that has come to another home, and who has still to know."""

    at_ms: int
    order: Order | None = None
    unaware: dict[str, None] = field(default_factory=dict)


class RoamingJudge(Judge):
    """L4: a roaming client is reachable at its new home within 1 s, for 99 of 100 nodes.

    Judged are the nodes that are connected with that home when it takes the client in.
    """

    id = "L4"
    facts = (ClientAttached, RecordApplied)

    def __init__(self, graph: Callable[[], Graph]) -> None:
        super().__init__()
        self._graph = graph
        self._homes: dict[str, str] = {}
        self._roaming: dict[str, _Roaming] = {}

    def on_fact(self, host: Host, fact: Fact, now_ms: int) -> None:
        match fact:
            case ClientAttached(client=client):
                before, self._homes[client] = self._homes.get(client), host.name
                if self.is_judging and before is not None and before != host.name:
                    others = connected(self._graph(), host.name)
                    self._roaming[client] = _Roaming(at_ms=now_ms, unaware=dict.fromkeys(others))
            case RecordApplied(kind="presence", signer=client, order=order):
                self._on_presence(host, client, order, now_ms)
            case _:
                pass

    def on_end(self, host: Host, now_ms: int) -> None:
        for roaming in self._roaming.values():
            roaming.unaware.pop(host.name, None)

    def _on_presence(self, host: Host, client: str, order: Order, now_ms: int) -> None:
        roaming = self._roaming.get(client)
        if roaming is None:
            return
        if roaming.order is None and self._homes[client] == host.name:
            roaming.order = order
        elif roaming.order is not None and order >= roaming.order and host.name in roaming.unaware:
            del roaming.unaware[host.name]
            self.times_ms.append(now_ms - roaming.at_ms)

    def look(self, sight: Sight, now_ms: int) -> None:
        """Who does not know yet has been waiting at least so long; a later move forgives it."""
        for client, roaming in list(self._roaming.items()):
            if now_ms > roaming.at_ms + ROAMING_MS:
                self.times_ms += [now_ms - roaming.at_ms] * len(roaming.unaware)
                del self._roaming[client]

    def close(self, now_ms: int) -> None:
        """Compare the 99th percentile of all that was measured with its bound."""
        p99_ms = self.numbers().get(f"{self.id}_p99_ms", 0)
        if p99_ms > ROAMING_MS:
            count = sum(took_ms > ROAMING_MS for took_ms in self.times_ms)
            self.broken(
                now_ms,
                f"{count} of {len(self.times_ms)} nodes took longer than {ROAMING_MS} ms to know "
                f"where a client is, {p99_ms} ms at the 99th percentile",
            )
