"""S9: a crash affects only the clients attached to that node.

Judged is whom nothing else befell: clients whose home runs, over links that no
rule of the weather and no reset has touched, and pairs whose homes stayed
connected all the while over open links of nodes that run. Of them none loses
its home, none is refused, nothing that they say fails. That nothing is lost is
judged in the calm: `losses.py`.
"""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from overlay.client.facts import Attached, Detached
from overlay.core.facts import IncarnationRaised, NodeStopping
from overlay.messages.ids import Incarnation
from overlay.peering.events import LinkClosed, LinkOpened, Stopping
from simulations.checkers.base import Checker, Fact
from simulations.checkers.liveness.bounds import islands
from simulations.checkers.pending import Pending
from simulations.checkers.sight import Sight
from simulations.machines import Event, Host, NodeHost
from simulations.sayings import Saying, Sayings

MOMENTS_MAX = 1_000
"""Moments of which it is remembered who was connected to whom."""

LEAVING_MS = 5_000
"""A client that attached so lately may not have heard that its home closes all its links."""

Islands = dict[str, int]
"""The number of the component that each node is in."""


class LinkEnd(Protocol):
    """One end of an open link. Hosts stand by name."""

    @property
    def host(self) -> str: ...

    @property
    def other(self) -> "LinkEnd": ...


class OpenLinks(Protocol):
    """Whoever carries the links."""

    def open_links(self) -> Sequence[LinkEnd]:
        """One end of each link that is open now."""


@dataclass(slots=True, kw_only=True)
class _Stay:
    """A client at a home."""

    home: NodeHost
    home_starts: int
    since_ms: int
    changes: int
    """How often anything had befallen the world when its link was opened."""
    is_excused: bool = False


class CrashesChecker(Checker):
    """Knows where each client is attached, and what has befallen it."""

    id = "S9"
    events = (LinkOpened, LinkClosed, Stopping)
    facts = (Attached, Detached, NodeStopping, IncarnationRaised)
    branches = ("failed for a person whom a fault befell", "client lost its home to a fault")

    def __init__(
        self,
        hosts: Sequence[Host],
        network: OpenLinks,
        sayings: Sayings,
        changes: Callable[[], int],
    ) -> None:
        """`changes` tells how often rules of the weather have come or gone."""
        super().__init__()
        self._nodes = [host for host in hosts if isinstance(host, NodeHost)]
        self._by_id: dict[str, NodeHost] = {host.key.id: host for host in self._nodes}
        self._network = network
        self._pending = Pending(sayings)
        self._changes = changes
        self._stays: dict[str, _Stay] = {}
        self._opened: dict[str, int] = {}
        self._befallen_ms: dict[str, int] = {}
        self._moments: deque[tuple[int, Islands]] = deque(maxlen=MOMENTS_MAX)
        self._highest: dict[str, tuple[Incarnation, int]] = {}
        """The highest incarnation in which each client was ever attached, and in which run."""
        self._unseen_ms: int | None = None
        """When a node has ended, if it is yet to be seen who is connected without it."""
        self._leaving: dict[str, tuple[int, int]] = {}

    # What befalls whom.

    def on_end(self, host: Host, now_ms: int) -> None:
        self._befallen_ms[host.name] = now_ms
        self._stays.pop(host.name, None)
        if isinstance(host, NodeHost):
            self._note_moment(now_ms)

    def _note_moment(self, now_ms: int | None = None) -> None:
        """Who is connected is sought once where many end at one time: at the next that happens."""
        if self._unseen_ms is not None and self._unseen_ms != now_ms:
            self._moments.append((self._unseen_ms, self.islands()))
        self._unseen_ms = now_ms

    def on_event(self, host: Host, event: Event, now_ms: int) -> None:
        """A client that is told to stop, or whose link is reset though its home runs."""
        self._note_moment()
        if isinstance(event, LinkOpened):
            self._opened[host.name] = self._changes()
        is_reset = isinstance(event, LinkClosed) and event.reason == "reset"
        if (is_reset or isinstance(event, Stopping)) and host.name in self._stays:
            self._stays[host.name].is_excused = True

    def on_fact(self, host: Host, fact: Fact, now_ms: int) -> None:
        match fact:
            case Attached(home=home, incarnation=incarnation):
                node = self._by_id.get(home)
                if node is not None:
                    self._stays[host.name] = _Stay(
                        home=node,
                        home_starts=node.starts,
                        since_ms=now_ms,
                        changes=self._opened.get(host.name, 0),
                        is_excused=self._is_leaving(node, now_ms)
                        or self._is_behind(host, incarnation),
                    )
            case Detached(reason=reason):
                self._on_detached(host, reason, now_ms)
            case NodeStopping() | IncarnationRaised():
                # Whom it has taken in just before may not have heard of that yet.
                self._leaving[host.name] = host.starts, now_ms
                for stay in self._stays.values():
                    stay.is_excused |= stay.home is host
            case _:
                pass

    def _on_detached(self, host: Host, reason: str, now_ms: int) -> None:
        stay = self._stays.pop(host.name, None)
        self._befallen_ms[host.name] = now_ms
        if stay is None or self._is_excused(stay) or not stay.home.is_honest:
            self.sometimes("client lost its home to a fault")
        else:
            self.broken(now_ms, f"{host.name} lost {stay.home.name}, which runs: {reason}")

    def _is_behind(self, host: Host, incarnation: Incarnation) -> bool:
        """Whether a run that a disk has forgotten got so far or further: then it has to go."""
        highest, starts = self._highest.setdefault(host.name, (incarnation, host.starts))
        if incarnation > highest:
            self._highest[host.name] = incarnation, host.starts
        return incarnation <= highest and starts != host.starts

    def _is_leaving(self, node: NodeHost, now_ms: int) -> bool:
        starts, at_ms = self._leaving.get(node.name, (0, 0))
        return starts == node.starts and now_ms <= at_ms + LEAVING_MS

    def _is_excused(self, stay: _Stay) -> bool:
        is_home_there = stay.home.is_up and stay.home.starts == stay.home_starts
        return stay.is_excused or not is_home_there or stay.changes != self._changes()

    # What people are told.

    def look(self, sight: Sight, now_ms: int) -> None:
        self._note_moment()
        self._moments.append((now_ms, self.islands()))
        for saying in self._pending.all(now_ms):
            reason = saying.failed or saying.declined
            if reason is not None:
                self._judge(saying, reason, now_ms)
            if reason is not None or saying.told_delivered_ms is not None:
                self._pending.done_with(saying)

    def _judge(self, saying: Saying, reason: str, now_ms: int) -> None:
        people = [saying.speaker, *saying.wanted]
        if self.are_unaffected(people, saying.said_ms):
            self.broken(
                now_ms, f"{saying.speaker} was told {reason} of what it said at {saying.said_ms} ms"
            )
        else:
            self.sometimes("failed for a person whom a fault befell")

    def are_unaffected(self, people: Sequence[str], since_ms: int) -> bool:
        """Whether nothing befell these clients since then, nor the ways between their homes."""
        self._note_moment()
        stays = [self._stays.get(name) for name in people]
        homes: list[str] = []
        for name, stay in zip(people, stays, strict=True):
            if stay is None or stay.since_ms > since_ms or self._is_excused(stay):
                return False
            if self._befallen_ms.get(name, -1) >= since_ms:
                return False
            homes.append(stay.home.name)
        return self.were_connected(homes, since_ms)

    def were_connected(self, nodes: Sequence[str], since_ms: int) -> bool:
        """Whether these nodes were in one component whenever somebody looked since then."""
        moments = [known for at_ms, known in self._moments if at_ms >= since_ms]
        return all(len({known.get(node) for node in nodes}) == 1 for known in moments)

    def graph(self) -> dict[str, list[str]]:
        """The links that are open now between nodes that run."""
        links: dict[str, list[str]] = {host.name: [] for host in self._nodes if host.is_up}
        for end in self._network.open_links():
            if end.host in links and end.other.host in links:
                links[end.host].append(end.other.host)
                links[end.other.host].append(end.host)
        return links

    def islands(self) -> Islands:
        """Which nodes that run are connected over links that are open now."""
        found = islands(self.graph())
        return {name: number for number, island in enumerate(found) for name in island}
