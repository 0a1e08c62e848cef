"""Adversaries that are more than one node which lies, drawn for a world from its seed."""

from collections.abc import Callable
from functools import partial
from random import Random
from typing import Protocol

from overlay.crypto.keys import SigningKey
from overlay.messages.ids import NodeId
from simulations.crossings import links_of
from simulations.faults import Faults
from simulations.liars.base import Liar, enlist_client
from simulations.liars.conspiracy import Conspiracy
from simulations.liars.flooder import FloodingClient
from simulations.liars.mailbox_thief import MailboxThief
from simulations.liars.sybil import Plan, SybilHost, add_sybils
from simulations.machines import ClientHost, Machine
from simulations.population import add_guest
from simulations.scenario import Run

SYBILS_EACH, SYBILS_MAX = 4, 40
SYBIL_EVERY_MS = (500, 2_000)
THEFT_MS = (500, 3_000)
"""It fills mailboxes for so long: a thousand messages a second, each signed and checked."""

Make = Callable[[Machine, SigningKey], Liar]


class Adversary(Protocol):
    """What lies while it is told to."""

    def lie(self, within_ms: int) -> None:
        """Have it lie from now on; whoever comes for that comes within so long."""

    def repent(self, faults: Faults) -> None:
        """Have it be honest, or gone."""


def drawn_adversary(run: Run, random: Random) -> Adversary:
    """One of `ADVERSARIES`."""
    name = random.choice(list(ADVERSARIES))
    run.world.sometimes[name] += 1
    return ADVERSARIES[name](run, random)


class Eclipse:
    """All neighbours of a node but one keep it and everybody else from each other."""

    def __init__(self, run: Run, random: Random) -> None:
        self._conspiracy = Conspiracy(run, random)

    def lie(self, within_ms: int) -> None:
        self._conspiracy.tell(lies=True)

    def repent(self, faults: Faults) -> None:
        """Their processes begin anew: what they had still to say were lies."""
        self._conspiracy.tell(lies=False)
        for host in self._conspiracy.conspirators:
            if host.is_up:
                faults.crash(host, down_ms=0)


class SybilFlood:
    """Nodes that nobody admits, four times as many as there are, come to every door."""

    def __init__(self, run: Run, random: Random) -> None:
        self._run = run
        self._random = random
        self._hosts: list[SybilHost] = []

    def lie(self, within_ms: int) -> None:
        run, random = self._run, self._random
        near = run.nodes[random.randrange(len(run.nodes))]
        everybody = [host.address for host in run.nodes]
        hosts = {host.name: host for host in run.nodes}
        near_by = [near.address, *(hosts[name].address for name in links_of(run)[near.name])]

        def plan_of(number: int) -> Plan:
            return Plan(
                targets=near_by if number % 8 < 4 else everybody,
                every_ms=random.choice(SYBIL_EVERY_MS),
                role="client" if number % 4 == 2 else "node",
                is_mute=number % 4 == 0,
                pushes=number % 4 in (1, 2),
            )

        count = min(SYBILS_EACH * len(run.nodes), SYBILS_MAX)
        self._hosts = add_sybils(run.world, count, near, plan_of, [NodeId(near.key.id)])
        for host in self._hosts:
            run.world.after(random.randrange(within_ms), partial(run.world.start, host))

    def repent(self, faults: Faults) -> None:
        for host in self._hosts:
            faults.crash(host, down_ms=None)


class LyingGuest:
    """Somebody whom nobody knows comes, and does as much harm as a client can."""

    def __init__(self, run: Run, random: Random, make: Make, stays_ms: int | None = None) -> None:
        """`stays_ms` is how long they stay, where that is not until they repent."""
        self._run = run
        self._random = random
        self._make = make
        self._stays_ms = stays_ms
        self._guest: ClientHost | None = None

    def lie(self, within_ms: int) -> None:
        run, random = self._run, self._random
        guest = self._guest = add_guest(run.world, run.nodes[random.randrange(len(run.nodes))])
        enlist_client(guest, self._make, lambda: True)
        comes_ms = random.randrange(within_ms)
        run.world.after(comes_ms, partial(run.world.start, guest))
        if self._stays_ms is not None:
            run.after(comes_ms + self._stays_ms, partial(self.repent, run.faults))

    def repent(self, faults: Faults) -> None:
        assert self._guest is not None
        if self._guest.is_up:
            faults.crash(self._guest, down_ms=None)


def _thief(run: Run, random: Random) -> Adversary:
    many, long = (random.choice(run.people).identity.account for _ in range(2))
    make = partial(MailboxThief, many=many, long=long)
    return LyingGuest(run, random, make, random.randint(*THEFT_MS))


def _flooder(run: Run, random: Random) -> Adversary:
    return LyingGuest(run, random, FloodingClient)


ADVERSARIES: dict[str, Callable[[Run, Random], Adversary]] = {
    "eclipse": Eclipse,
    "Sybil flood": SybilFlood,
    "mailbox theft": _thief,
    "flood of a client": _flooder,
}
