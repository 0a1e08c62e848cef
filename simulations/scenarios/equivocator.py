"""How soon is everybody told of who signs two texts where only one may be?"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial

from overlay.client.facts import Attached
from overlay.core.facts import EquivocationProved, RecordApplied
from overlay.messages.ids import Incarnation
from overlay.peering.effects import Persist
from overlay.peering.events import Ticket
from simulations.checkers.base import Fact
from simulations.checkers.liveness.bounds import spread_ms
from simulations.crossings import connected, links_of
from simulations.decisions import Crash, Partition
from simulations.disk import Disk
from simulations.liars.base import enlist, enlist_client
from simulations.liars.equivocator import TwoFacedNode, TwoTonguedClient
from simulations.machines import ClientHost, Host, NodeHost
from simulations.scenario import SETTLE_MS_MAX, Cast, Run, Scenario

PROVED_MS_MAX = 5_000
TALK_MS = 5_000
APART_MS = 1_500
"""Shorter than any node needs to miss another."""
COPY_MS = 200
"""A disk has written everything that it was given within this."""


@dataclass(slots=True)
class Witnesses:
    """When which node knew that an incarnation counts no longer: by a proof, or a higher one."""

    proved: dict[str, dict[str, tuple[Incarnation, int]]] = field(default_factory=dict)
    applied: dict[tuple[str, str], Incarnation] = field(default_factory=dict)
    """Of which incarnation a host holds something of a signer."""
    attached: dict[tuple[str, Incarnation], int] = field(default_factory=dict)
    proofs: int = 0

    def on_fact(self, host: Host, fact: Fact, now_ms: int) -> None:
        match fact:
            case EquivocationProved(signer=signer, incarnation=incarnation) if host.is_honest:
                self.proofs += 1
                self._note(host, signer, incarnation, now_ms)
            case RecordApplied(kind="node" | "presence", signer=signer, order=order):
                self._note(host, signer, Incarnation(order.incarnation - 1), now_ms)
                self.applied[host.name, signer] = Incarnation(order.incarnation)
            case Attached(incarnation=incarnation):
                self.attached[host.name, incarnation] = now_ms
            case _:
                pass

    def _note(self, host: Host, signer: str, incarnation: Incarnation, now_ms: int) -> None:
        known = self.proved.setdefault(signer, {})
        if host.name not in known or known[host.name][0] < incarnation:
            known[host.name] = (incarnation, now_ms)

    def first_ms(self, signer: str, incarnation: Incarnation, now_ms: int) -> int:
        """When the first of all knew of an incarnation; now if nobody does."""
        known = self.proved.get(signer, {}).values()
        return min((at_ms for proved, at_ms in known if proved >= incarnation), default=now_ms)

    def everywhere_ms(
        self, hosts: list[NodeHost], signer: str, incarnation: Incarnation
    ) -> int | None:
        """When the last of these knew of an incarnation; None while one does not."""
        known = self.proved.get(signer, {})
        if any(known.get(host.name, (-1, 0))[0] < incarnation for host in hosts):
            return None
        return max(known[host.name][1] for host in hosts)


def play(run: Run) -> None:
    random = run.world.generator("equivocator")
    witnesses = Witnesses()
    run.world.listeners.append(witnesses.on_fact)
    host = _with_two_sides(run)
    nodes = [] if host is None else enlist(host, partial(TwoFacedNode, random=random))
    clients = enlist_client(run.people[0], TwoTonguedClient)
    run.begin()
    honest = [each for each in run.nodes if each is not host]
    _two_texts(run, clients[0])
    if host is not None:
        _two_records(run, nodes[0], host, honest, witnesses)
    _two_presences(run, run.people[1], honest, witnesses)
    for liar in (*nodes, *clients):
        liar.is_lying = False
    run.wait_until(run.is_settled, "the liars have mended their ways", SETTLE_MS_MAX)
    run.calm()
    run.measure("equivocation_proofs", witnesses.proofs)


def _with_two_sides(run: Run) -> NodeHost | None:
    """The last node with two neighbours that hear of each other by others, too.

    Nobody's home, where there are enough. None where each such node is a bridge: who alone
    stands between two halves can tell them what it likes.
    """
    links = links_of(run)
    for host in reversed(run.nodes):
        between = connected(links, [host])
        one, *others = links[host.name]
        if others and all(between(one, other) is not None for other in others):
            return host
    return None


def _two_texts(run: Run, client: TwoTonguedClient) -> None:
    """A client says one thing and another under one counter."""
    client.is_lying = True
    speaker = run.people[0]
    for _ in range(10):
        run.workload.say_in(speaker, run.channel)
        run.workload.say(speaker, run.people[2])
        run.pass_time(TALK_MS // 10)
    run.measure("two_texts", client.lies)
    run.expect("there were two texts", holds=client.lies > 0)
    caught = client.caught == client.lies
    run.expect("every second text is refused as replayed", holds=caught, checker="S4")


def _two_records(
    run: Run, liar: TwoFacedNode, host: NodeHost, honest: list[NodeHost], witnesses: Witnesses
) -> None:
    """A node says one thing of itself to one half of its neighbours, another to the other."""
    liar.is_lying = True
    run.workload.talk(every_ms=100, for_ms=TALK_MS, channel=run.channel)
    run.pass_time(2 * (liar.turn_every_ms or 0))
    assert liar.lied is not None
    incarnation = liar.lied.incarnation
    lied_ms = liar.lied_ms or 0
    took_ms = _wait(run, lied_ms, lambda: witnesses.everywhere_ms(honest, host.key.id, incarnation))
    run.measure("two_records_proved_ms", took_ms)
    told_ms = lied_ms + took_ms - witnesses.first_ms(host.key.id, incarnation, run.world.now_ms)
    run.measure("two_records_told_ms", told_ms)
    is_told = told_ms <= 2 * spread_ms(links_of(run))
    run.expect("who proves it tells everybody", holds=is_told, checker="equivocation")
    # Once it has heard of it, it begins a new incarnation, which is told of and counts.
    is_dead = all(
        not member.is_alive
        for each in honest
        if each.node is not None and witnesses.applied[each.name, host.key.id] == incarnation
        for member in each.node.snapshot().members
        if member.id == host.key.id
    )
    run.expect("nobody counts the node of two records", holds=is_dead, checker="equivocation")


def _two_presences(
    run: Run, person: ClientHost, honest: list[NodeHost], witnesses: Witnesses
) -> None:
    """A client runs twice from two copies of its disk, at two homes that do not hear each other."""
    home = next(each for each in honest if each.address not in person.settings.addresses)
    twin = _twin(run, person, home)
    run.pass_time(COPY_MS)
    person.is_honest = False
    others = tuple(name for name in run.world.hosts if name not in (home.name, twin.name))
    apart = Partition(groups=((home.name, twin.name), others), for_ms=APART_MS)
    run.faults.befall(apart)
    run.world.start(twin)
    run.world.start(person)
    run.pass_time(APART_MS)
    both = [
        incarnation
        for name, incarnation in witnesses.attached
        if name == twin.name and (person.name, incarnation) in witnesses.attached
    ]
    run.expect("two clients bore one incarnation", holds=len(both) == 1)
    if both:
        client, since_ms = person.identity.client, run.world.now_ms
        took_ms = _wait(run, since_ms, lambda: witnesses.everywhere_ms(honest, client, both[0]))
        run.measure("two_presences_proved_ms", took_ms)
    run.faults.befall(Crash(host=twin.name, down_ms=None))
    # What the twin has receipted its person never sees.
    person.disk.losses += 1


def _twin(run: Run, person: ClientHost, home: NodeHost) -> ClientHost:
    """The same client on another host, at another home; neither of them runs."""
    twin = ClientHost(
        name=f"{person.name}-twin",
        ip="10.98.0.1",
        disk=Disk(run.world.generator("disk", "twin")),
        identity=person.identity,
        settings=replace(person.settings, addresses=(home.address,)),
        is_honest=False,
    )
    run.world.kill(person)
    run.world.add(twin)
    rows = Persist(person.disk.rows(), Ticket(0))
    twin.disk.perform(rows, run.world.calendar, lambda _: None)
    return twin


def _wait(run: Run, since_ms: int, when: Callable[[], int | None]) -> int:
    """How long after something all knew of it."""
    run.wait_until(lambda: when() is not None, "proved everywhere", PROVED_MS_MAX)
    took_ms = (when() or run.world.now_ms) - since_ms
    run.expect("proved everywhere within 5 s", holds=took_ms <= PROVED_MS_MAX)
    return max(took_ms, 0)


SCENARIO = Scenario(
    name="equivocator",
    question="how soon is everybody told of who signs two texts where only one may be?",
    cast=lambda _: Cast(nodes=24, shape="random", people=12),
    play=play,
)
