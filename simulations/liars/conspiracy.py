"""All neighbours but one of a node, who show it nobody but each other, and nobody it."""

from functools import partial
from random import Random

from overlay.crypto.keys import SigningKey
from overlay.messages.ids import NodeId
from simulations.crossings import links_of
from simulations.liars.base import enlist
from simulations.liars.eclipser import Eclipser
from simulations.machines import NodeHost, NodeMachine
from simulations.scenario import Run


class Conspiracy:
    """A victim with several neighbours, where there is one, and its conspirators; all drawn.

    They lie from when they are told to, whenever they run.
    """

    def __init__(self, run: Run, random: Random) -> None:
        self._links = links_of(run)
        self._hosts = {host.name: host for host in run.nodes}
        self.victim = self._victim(run, random)
        neighbours = [self._hosts[name] for name in self._links[self.victim.name]]
        random.shuffle(neighbours)
        self.conspirators = neighbours[1:]
        self._lies = False
        self._runs = [
            enlist(host, partial(self._eclipser, host), lambda: self._lies)
            for host in self.conspirators
        ]

    @property
    def hidden(self) -> int:
        """Records that those who run now have kept from somebody."""
        return sum(made[-1].hidden for made in self._runs if made)

    def tell(self, *, lies: bool) -> None:
        """Have them lie from now on, or be honest."""
        self._lies = lies
        for host, made in zip(self.conspirators, self._runs, strict=True):
            for liar in made:
                liar.is_lying = lies
                if lies:
                    self._brief(host, liar)

    def _eclipser(self, host: NodeHost, node: NodeMachine, key: SigningKey) -> Eclipser:
        fellows = {each.key.id: None for each in self.conspirators}
        liar = Eclipser(node, key, victim=NodeId(self.victim.key.id), fellows=fellows)
        if self._lies:
            self._brief(host, liar)
        return liar

    def _brief(self, host: NodeHost, liar: Eclipser) -> None:
        """It hides its link with the victim, and claims one with each of its fellows."""
        fellows = (each.name for each in self.conspirators)
        shown = {*self._links[host.name], *fellows} - {host.name, self.victim.name}
        liar.claim([NodeId(self._hosts[name].key.id) for name in shown])

    def _victim(self, run: Run, random: Random) -> NodeHost:
        most = max(len(names) for names in self._links.values())
        able = [host for host in run.nodes if len(self._links[host.name]) >= min(4, most)]
        return able[random.randrange(len(able))]
