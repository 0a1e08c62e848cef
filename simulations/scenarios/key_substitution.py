"""Does anybody seal to the keys that a home puts in place of those of others?"""

from overlay.client.facts import HomeMisbehaved
from simulations.checkers.base import Fact
from simulations.checkers.keys import KeysChecker
from simulations.liars.base import enlist
from simulations.liars.key_substituter import KeySubstituter
from simulations.machines import Host
from simulations.scenario import Cast, Run, Scenario

TALK_MS = 15_000
LIES_MIN = 20


def play(run: Run) -> None:
    talk_ms = run.length_ms(TALK_MS)
    random = run.world.generator("substituter")
    checker = KeysChecker()
    run.world.watch(checker)
    complaints: list[str] = []

    def listen(told: Host, fact: Fact, _: int) -> None:
        if isinstance(fact, HomeMisbehaved):
            complaints.append(told.name)

    run.world.listeners.append(listen)
    host = run.nodes[0]
    liars = enlist(host, lambda node, key: KeySubstituter(node, key, random))
    run.begin()
    liars[0].is_lying = True
    run.workload.talk(every_ms=60, for_ms=talk_ms, channel=run.channel)
    run.pass_time(talk_ms)
    # Whoever is told that their home misbehaves goes to another one: so do its clients now.
    run.faults.crash(host, down_ms=None)
    run.calm()
    told = liars[0].told
    for what in sorted(told):
        run.measure(f"substituted_{what}", told[what])
    run.measure("chains_sealed", checker.sealed)
    run.measure("chains_sealed_to_liar", len(checker.violations))
    run.measure("misbehaviour_told", len(complaints))
    run.expect("there are many lies", holds=told.total() >= LIES_MIN)
    run.expect("the home's clients are told", holds=bool(complaints))
    run.expect("chains are sealed", holds=checker.sealed > 0)


SCENARIO = Scenario(
    name="key_substitution",
    question="does anybody seal to the keys that a home puts in place of those of others?",
    cast=lambda _: Cast(nodes=6, shape="random", people=12),
    play=play,
)
