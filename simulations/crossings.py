"""Has people write to each other across many nodes, and measures how their messages fare."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import ClassVar

from overlay.core.facts import EnvelopeAccepted, EnvelopeDelivered, EnvelopeSettled
from overlay.messages.routing import ATTEMPTS_COUNTED, Relay
from overlay.messages.union import Message
from overlay.peering.events import LinkId
from overlay.peering.statements import Reader
from overlay.structures.graph import distances
from simulations.checkers.base import Checker, Fact
from simulations.checkers.links import Peers
from simulations.machines import ClientHost, Host, NodeHost
from simulations.population import NETWORK
from simulations.report import percentile
from simulations.scenario import Run, Unplayable

EVERY_MS = 10
"""Somebody writes this often."""

WARM_MS = 3_000
"""First messages take longer: keys are asked for, chains begin. They are not measured."""


@dataclass(slots=True, kw_only=True)
class Crossing:
    """One message on its way from the home of its origin to that of its recipient."""

    home: str
    accepted_ms: int
    attempts: int = 0
    budget: int = 0
    """What the copy of the last attempt began with."""
    left: int = 0
    """What its last hop passed on of that."""
    to: str | None = None
    delivered_ms: int | None = None
    delivered_in: int = 0
    """The attempt that delivered it."""
    hops: int = 0
    """Transmissions on that copy's way, those in vain included."""
    told_in: int | None = None
    """The attempt after which a receipt had come back to its home."""
    first_hops: dict[tuple[str, int], str] = field(default_factory=dict)
    """By a node's name and an attempt: the key of whom it sent that to before anybody else."""


class Crossings(Checker):
    """Follows every message that its origin's home has to bring to another."""

    id: ClassVar[str] = "crossings"

    def __init__(self) -> None:
        super().__init__()
        self._reader = Reader(NETWORK)
        self._of_leaf: dict[str, Crossing] = {}
        self._peers = Peers()

    def on_standing(self, host: Host, link: LinkId, peer: str) -> None:
        self._peers.on_standing(host, link, peer)

    def on_heard(self, host: Host, link: LinkId, messages: Sequence[Message], now_ms: int) -> None:
        self._peers.on_heard(host, link, messages)

    def on_end(self, host: Host, now_ms: int) -> None:
        self._peers.on_end(host)

    def on_fact(self, host: Host, fact: Fact, now_ms: int) -> None:
        match fact:
            case EnvelopeAccepted(kind="message", leaf=leaf):
                self._of_leaf.setdefault(leaf, Crossing(home=host.name, accepted_ms=now_ms))
            case EnvelopeDelivered(leaf=leaf) if leaf in self._of_leaf:
                crossing = self._of_leaf[leaf]
                if crossing.delivered_ms is None and host.name != crossing.home:
                    crossing.to, crossing.delivered_ms = host.name, now_ms
                    crossing.delivered_in = crossing.attempts
                    crossing.hops = crossing.budget - crossing.left
            case EnvelopeSettled(leaf=leaf, reason="delivered") if leaf in self._of_leaf:
                self._of_leaf[leaf].told_in = self._of_leaf[leaf].attempts
            case _:
                pass

    def on_said(self, host: Host, link: LinkId, messages: Sequence[Message], now_ms: int) -> None:
        for message in messages:
            if isinstance(message, Relay):
                self._on_relay(host, self._peers.of(host, link), message)

    def _on_relay(self, host: Host, peer: str, relay: Relay) -> None:
        crossing = self._of_leaf.get(self._reader.leaf_of(relay.envelope))
        if crossing is None:
            return
        crossing.first_hops.setdefault((host.name, relay.attempt), peer)
        count = relay.attempt % ATTEMPTS_COUNTED
        if host.name == crossing.home and count > crossing.attempts:
            crossing.attempts, crossing.budget = count, relay.budget + 1
        if count == crossing.attempts:
            crossing.left = relay.budget

    def take(self) -> list[Crossing]:
        """Everything that was sent to another node since this was last asked."""
        taken = [crossing for crossing in self._of_leaf.values() if crossing.attempts]
        self._of_leaf.clear()
        return taken


@dataclass(slots=True)
class Talk:
    """Pairs of people who write to each other, and what became of what they wrote."""

    run: Run
    pairs: list[tuple[ClientHost, ClientHost]]
    crossings: Crossings = field(default_factory=Crossings)

    def __post_init__(self) -> None:
        self.run.world.watch(self.crossings)

    def warm(self) -> None:
        """Have every pair open its chains."""
        for speaker, listener in self.pairs:
            self.run.workload.say(speaker, listener)
        self.run.pass_time(WARM_MS)
        self.crossings.take()

    def write(self, for_ms: int, listen_ms: int) -> list[Crossing]:
        """Have them write for a while; what was sent, after so much longer."""
        for number in range(for_ms // EVERY_MS):
            speaker, listener = self.pairs[number % len(self.pairs)]
            self.run.after(EVERY_MS * number, partial(self._say, speaker, listener))
        self.run.pass_time(for_ms + listen_ms)
        return self.crossings.take()

    def _say(self, speaker: ClientHost, listener: ClientHost) -> None:
        self.run.workload.say(speaker, listener)


def pairs_of(run: Run) -> list[tuple[ClientHost, ClientHost]]:
    """Everybody with the next one, in both directions."""
    people = run.people
    couples = list(zip(people[::2], people[1::2], strict=False))
    return [pair for couple in couples for pair in (couple, couple[::-1])]


def homes_of(run: Run) -> dict[str, NodeHost]:
    """Where everybody is now, by their own name."""
    by_address = {host.address: host for host in run.nodes}
    return {host.name: by_address[host.settings.addresses[0]] for host in run.people}


def links_of(run: Run) -> dict[str, list[str]]:
    """Who is linked with whom, by name: as the shape was drawn."""
    links: dict[str, list[str]] = {host.name: [] for host in run.nodes}
    for one, other in run.opening.population.edges:
        links[one].append(other)
        links[other].append(one)
    return links


def chosen(run: Run, percent: int, random: Random) -> list[NodeHost]:
    """So many percent of the nodes, none of them anybody's home.

    Raises Unplayable where there are not so many.
    """
    homes = {host.name for host in homes_of(run).values()}
    others = [host for host in run.nodes if host.name not in homes]
    wanted = len(run.nodes) * percent // 100
    if wanted > len(others):
        raise Unplayable(
            f"{percent} % of {len(run.nodes)} nodes are more than the {len(others)} that are"
            f" nobody's home: take more nodes, some {len(homes) * 100 // (100 - percent) + 2}"
        )
    return random.sample(others, wanted)


def connected(
    links: Mapping[str, Sequence[str]], without: Sequence[NodeHost]
) -> Callable[[str, str], int | None]:
    """How many hops lie between two nodes when some others pass nothing on; None if no way is."""
    names = {host.name for host in without}

    def neighbours(name: str) -> list[str]:
        return [other for other in links[name] if other not in names]

    known: dict[str, dict[str, int]] = {}

    def between(one: str, other: str) -> int | None:
        if one not in known:
            known[one] = distances(one, neighbours)
        return known[one].get(other)

    return between


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What crossings have in common."""

    sent: int
    delivered: int
    told: int
    """Of how many a receipt came back to the home of the origin."""
    p50_ms: int
    p99_ms: int
    stretch_percent: int
    """Transmissions of those delivered, in percent of what the shortest ways would take."""

    def note(self, run: Run, prefix: str) -> None:
        """Put them where a report shows them."""
        for name in ("sent", "delivered", "told", "p50_ms", "p99_ms", "stretch_percent"):
            run.measure(f"{prefix}_{name}", getattr(self, name))


def figures(
    crossings: Sequence[Crossing],
    between: Callable[[str, str], int | None],
    *,
    attempts_max: int | None = None,
) -> Figures:
    """Of those that were delivered, in so many attempts at most."""
    arrived = [
        crossing
        for crossing in crossings
        if crossing.delivered_ms is not None
        and (attempts_max is None or crossing.delivered_in <= attempts_max)
    ]
    took = sorted((each.delivered_ms or 0) - each.accepted_ms for each in arrived)
    least = sum(between(each.home, each.to or "") or 0 for each in arrived)
    return Figures(
        sent=len(crossings),
        delivered=len(arrived),
        told=sum(
            each.told_in is not None and (attempts_max is None or each.told_in <= attempts_max)
            for each in crossings
        ),
        p50_ms=percentile(took, 50),
        p99_ms=percentile(took, 99),
        stretch_percent=sum(each.hops for each in arrived) * 100 // max(least, 1),
    )
