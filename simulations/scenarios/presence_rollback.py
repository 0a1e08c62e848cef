"""Can anybody be taken back to where they were before?"""

from functools import partial

from simulations.checkers.replays import ReplaysChecker
from simulations.decisions import Reset
from simulations.liars.base import enlist
from simulations.liars.rollback import Memory, RollbackNode
from simulations.machines import NodeHost
from simulations.scenario import Cast, Run, Scenario

TALK_MS = 20_000
ROAM_EVERY_MS = 2_000
DOWN_MS = 800
TOLD_MIN = 100


def play(run: Run) -> None:
    talk_ms = run.length_ms(TALK_MS)
    random = run.world.generator("rollback")
    checker = ReplaysChecker()
    run.world.watch(checker)
    memory = Memory()
    host = run.nodes[0]
    liars = enlist(host, lambda node, key: RollbackNode(node, key, memory, random))
    run.begin()
    liars[0].is_lying = True
    run.liveness.begin(run.liveness.roaming)
    run.workload.talk(every_ms=100, for_ms=talk_ms, channel=run.channel)
    _roam(run, host, talk_ms)
    run.pass_time(talk_ms)
    run.liveness.rest()
    for liar in liars:
        liar.is_lying = False
    run.calm()
    run.measure("old_records_told", memory.told)
    run.measure("old_slots_claimed", memory.claims)
    run.measure("strangers_parked", memory.strangers)
    taken = sum(each.checker in ("replays", "S7") for each in run.violations)
    run.measure("old_records_taken", taken)
    run.expect("nothing old is taken", holds=not taken, checker="S7")
    run.expect("much that is old was told", holds=memory.told >= TOLD_MIN)


def _roam(run: Run, host: NodeHost, talk_ms: int) -> None:
    """Whoever lives with the liar leaves it, others come to it; honest nodes start again."""
    honest = [each for each in run.nodes if each is not host]
    for number in range(1, talk_ms // ROAM_EVERY_MS):
        at_ms = ROAM_EVERY_MS * number
        for person in run.people[:2]:
            run.after(at_ms, partial(_leave, run, person.name))
        if number % 3 == 2:
            crash = partial(run.faults.crash, honest[number % len(honest)], down_ms=DOWN_MS)
            run.after(at_ms + ROAM_EVERY_MS // 2, crash)


def _leave(run: Run, person: str) -> None:
    """The link between a client and its home breaks, whoever that is."""
    for end in run.world.network.open_links():
        if end.host == person:
            run.faults.befall(Reset(one=person, other=end.other.host))


SCENARIO = Scenario(
    name="presence_rollback",
    question="can anybody be taken back to where they were before?",
    cast=lambda _: Cast(nodes=12, shape="random", people=12),
    play=play,
)
