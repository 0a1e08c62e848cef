"""Does anything come of what a node makes up in the names of others?"""

from functools import partial

from simulations.decisions import Reset
from simulations.liars.base import enlist
from simulations.liars.forger import ForgingNode
from simulations.scenario import Cast, Run, Scenario

TALK_MS = 20_000
RESET_EVERY_MS = 2_500
FORGED_MIN = 100


def play(run: Run) -> None:
    talk_ms = run.length_ms(TALK_MS)
    random = run.world.generator("forger")
    host = run.nodes[random.randrange(len(run.nodes))]
    liars = enlist(host, lambda node, key: ForgingNode(node, key, random))
    run.begin()
    (forger,) = liars
    forger.is_lying = True
    run.workload.talk(every_ms=50, for_ms=talk_ms, channel=run.channel)
    others = [name for edge in run.opening.population.edges if host.name in edge for name in edge]
    for number in range(talk_ms // RESET_EVERY_MS):
        other = next(name for name in others[number % len(others) :] + others if name != host.name)
        reset = partial(run.faults.befall, Reset(one=host.name, other=other))
        run.after(RESET_EVERY_MS * number, reset)
    run.pass_time(talk_ms)
    forger.is_lying = False
    run.calm()
    _judge(run, forger)


def _judge(run: Run, forger: ForgingNode) -> None:
    run.measure("forged", forger.forged.total())
    run.measure("forged_told", forger.told.total())
    run.measure("forged_masks", forger.masks)
    salts = {salt.encode() for salt in forger.salts}
    stored = sum(
        len(salts.intersection(_strings_in(row.value)))
        for host in run.world.hosts.values()
        if host.is_honest
        for row in host.disk.rows()
    )
    run.measure("forged_stored", stored)
    run.measure("aside_latency_max_ms", _latency_max_ms(run, forger))
    run.expect("nothing forged is stored", holds=not stored, checker="S3")
    run.expect("much is forged", holds=forger.forged.total() >= FORGED_MIN)
    run.expect("forgers are told", holds=forger.told.total() * 4 >= forger.forged.total())


def _strings_in(value: bytes) -> list[bytes]:
    """All strings of a JSON text, and of texts that are strings in it; and what is between them."""
    return value.replace(b"\\", b"").split(b'"')


def _latency_max_ms(run: Run, forger: ForgingNode) -> int:
    """Of all that was said between people who began at other homes than the forger's."""
    behind = {
        person.name
        for person in run.people
        for host in run.nodes
        if host.key.id == forger.key.id and host.address in person.settings.addresses
    }
    aside = [
        saying.delivered_ms - saying.said_ms
        for saying in run.sayings
        if saying.delivered_ms is not None and behind.isdisjoint((saying.speaker, *saying.wanted))
    ]
    return max(aside, default=0)


SCENARIO = Scenario(
    name="forger",
    question="does anything come of what a node makes up in the names of others?",
    cast=lambda _: Cast(nodes=10, shape="random", people=10),
    play=play,
)
