"""Is anything that was overheard and is said again taken for news?"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from overlay.core.facts import PeerRefused, RecordApplied
from overlay.core.settings import Neighbour
from overlay.messages.ids import Address
from simulations.checkers.base import Fact
from simulations.checkers.replays import ReplaysChecker
from simulations.decisions import Reset
from simulations.disk import Disk
from simulations.liars.base import Liar, enlist, enlist_client
from simulations.liars.replayer import ReplayingClient, ReplayingNode, Tape
from simulations.machines import Host, NodeHost
from simulations.scenario import Cast, Run, Scenario

TALK_MS = 20_000
ELSEWHERE_EVERY_MS = 500
"""So often it is tried in the other overlay: everything there costs a signature."""
DOWN_MS = 500
ANEW_EVERY_MS = 2_000
"""So often a link of the liar's begins anew, with a handshake that may be an old one."""
ELSEWHERE = "elsewhere"
REPLAYS = 1_000_000
"""Of so many none may be accepted."""
JUDGES = ("replays", "S2", "S3", "S4", "S5", "S7")


class Elsewhere:
    """Another overlay of nodes with the very keys of this one, and one of them lies in both."""

    def __init__(self, run: Run, liar: NodeHost, other: NodeHost) -> None:
        self._written: dict[str, None] = {}
        self.taken = 0
        """How often something counted there that was not said there."""
        self.refused = 0
        """How often somebody of there was refused here."""
        self.hosts = [
            self._host(run, host, number, neighbour)
            for number, (host, neighbour) in enumerate([(liar, other), (other, liar)])
        ]
        for host in self.hosts:
            run.world.add(host)
        run.world.listeners.append(self._on_fact)

    def _host(self, run: Run, twin: NodeHost, number: int, other: NodeHost) -> NodeHost:
        """It dials the other one of there, and the one of here whose address its file has, too."""
        addresses = (_address(1 - number), other.address)
        return NodeHost(
            reader=type(twin.reader)(ELSEWHERE),
            name=f"{twin.name} elsewhere",
            ip=f"10.99.0.{number + 1}",
            disk=Disk(run.world.generator("disk", "elsewhere", number)),
            key=twin.key,
            settings=replace(
                twin.settings,
                network=ELSEWHERE,
                addresses=(_address(number),),
                neighbours=tuple(Neighbour(address=each, id=None) for each in addresses),
            ),
            is_honest=False,
        )

    def _on_fact(self, host: Host, fact: Fact, now_ms: int) -> None:
        if isinstance(fact, PeerRefused) and fact.code == "wrong_network":
            self.refused += 1
        if host not in self.hosts or not isinstance(fact, RecordApplied):
            return
        if host.key.id == fact.signer:
            self._written[fact.leaf] = None
        elif fact.leaf not in self._written:
            self.taken += 1


def _address(number: int) -> Address:
    return Address(f"ws://10.99.0.{number + 1}:4000/overlay")


def play(run: Run) -> None:
    talk_ms = run.length_ms(TALK_MS)
    random = run.world.generator("replayer")
    checker = ReplaysChecker()
    run.world.watch(checker)
    host, other, *_ = random.sample(run.nodes, len(run.nodes))
    tape = Tape()
    nodes = enlist(host, lambda node, key: ReplayingNode(node, key, tape, random))
    client = run.people[random.randrange(len(run.people))]
    clients = enlist_client(client, lambda inside, key: ReplayingClient(inside, key, tape, random))
    elsewhere = Elsewhere(run, host, other)
    twins = enlist(elsewhere.hosts[0], lambda node, key: ReplayingNode(node, key, tape, random))
    run.begin()
    liars: Sequence[Liar] = (*nodes, *clients, *twins)
    for liar in liars:
        liar.is_lying = True
    for twin in twins:
        twin.turn_every_ms = ELSEWHERE_EVERY_MS
    run.workload.talk(every_ms=50, for_ms=talk_ms, channel=run.channel)
    _disturb(run, host, talk_ms)
    run.pass_time(talk_ms)
    for liar in liars:
        liar.is_lying = False
    run.calm()
    accepted = sum(each.checker in JUDGES for each in run.violations) + elsewhere.taken
    run.world.sometimes["text played again"] += tape.played
    run.measure("replays", tape.played)
    run.measure("replays_accepted", accepted)
    run.measure("replays_wrong_network", elsewhere.refused)
    run.expect("no replay is accepted", holds=not accepted, checker="replays")
    run.expect("there is another overlay", holds=elsewhere.refused > 0)
    runs = -(-REPLAYS // max(tape.played, 1))
    run.measure("replays_runs_to_a_million", runs)


def _disturb(run: Run, host: NodeHost, talk_ms: int) -> None:
    """Links of the liar begin anew; its neighbours, and somebody's client there, start again."""
    edges = [edge for edge in run.opening.population.edges if host.name in edge]
    names = [one if other == host.name else other for one, other in edges]
    for number in range(1, talk_ms // ANEW_EVERY_MS):
        reset = Reset(one=host.name, other=names[number % len(names)])
        run.after(ANEW_EVERY_MS * number, partial(run.faults.befall, reset))
    by_name = {each.name: each for each in run.nodes}
    victim = by_name[names[0]]
    at_home = [each for each in run.people if each.settings.addresses[0] == victim.address]
    run.after(talk_ms // 2, partial(run.faults.crash, victim, down_ms=DOWN_MS))
    for person in at_home:
        run.after(talk_ms // 2, partial(run.faults.crash, person, down_ms=DOWN_MS))


SCENARIO = Scenario(
    name="replayer",
    question="is anything that was overheard and is said again taken for news?",
    cast=lambda _: Cast(nodes=8, shape="random", people=8),
    play=play,
)
