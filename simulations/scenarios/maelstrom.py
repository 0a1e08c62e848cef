"""The same of 25 nodes whose hops take 100 ms each, as Maelstrom's broadcast has it.

Of Maelstrom's own answers the best is a tree by hand: 24 messages for each that is said, in the
middle 386 ms until everybody has it, and 505 at most, if nothing crashes. Nodes may choose their
neighbours there, and so they do here: all are linked with one, and every two of the others with
each other. In a grid no tree does it: it is 800 ms from one corner to the other. The tree they
find by themselves. Then the one in the middle dies while others speak, which leaves pairs: what
is said meanwhile has to get to everybody too, once they have found together again. As a star they
are such a tree by hand, without a spare link; what survives the middle there is what heals.
"""

from math import ceil

from simulations.broadcasts import Broadcasts
from simulations.checkers.liveness.conditions import Agreement, OneComponent
from simulations.distributions import Fixed
from simulations.scenario import Cast, Run, Scenario
from simulations.scenarios.broadcast import note, say, say_meanwhile
from simulations.weather import Conditions

NODES = 25
HOP_MS = 100
CONDITIONS = Conditions(latency=Fixed(HOP_MS), jitter=Fixed(0), lost_one_in=0)

WARM_MESSAGES = 60
MESSAGES = 250
EVERY_MS = 20
"""Maelstrom has a hundred things asked of its nodes in a second, half of which are broadcasts."""

MESSAGES_EACH_MAX = 30
MEDIAN_MS = 400
MOST_MS = 600

CRASH_MESSAGES = 50
CRASH_EVERY_MS = 100
SOON_MS = 5_000


def play(run: Run) -> None:
    broadcasts = Broadcasts()
    run.world.watch(broadcasts)
    run.begin()
    say(run, WARM_MESSAGES)
    broadcasts.clear()
    say(run, MESSAGES, every_ms=EVERY_MS)
    note(run, broadcasts)
    messages = sum(each.payloads for each in broadcasts.all()) + broadcasts.control_messages
    each = ceil(messages / MESSAGES)
    run.measure("messages_each", each)
    run.expect("at most 30 messages for each", holds=each <= MESSAGES_EACH_MAX)
    median_ms, most_ms = run.measured["everywhere_p50_ms"], run.measured["everywhere_max_ms"]
    run.expect("below 400 ms in the middle", holds=median_ms < MEDIAN_MS)
    run.expect("below 600 ms at most", holds=most_ms < MOST_MS)
    broadcasts.clear()
    _crash(run, broadcasts)


def _crash(run: Run, broadcasts: Broadcasts) -> None:
    """The one whom all others are linked with dies; everybody who is left speaks in turn."""
    middle = run.nodes[0]
    speakers = [host for host in run.people if run.workload.home_of(host) != middle.name]
    run.faults.crash(middle, down_ms=None)
    say_meanwhile(run, speakers, CRASH_MESSAGES, CRASH_EVERY_MS)
    run.pass_time(CRASH_MESSAGES * CRASH_EVERY_MS)
    run.liveness.wait_for(OneComponent(1))
    run.liveness.wait_for(Agreement())
    run.pass_time(SOON_MS)
    live = {host.name for host in run.nodes if host.is_up}
    got = [len(live & each.reached.keys()) for each in broadcasts.all()]
    run.measure("reached_after_crash_least", min(got, default=0))
    is_everywhere = got == [len(live)] * CRASH_MESSAGES
    run.expect("everybody who is left gets everything in spite of the crash", holds=is_everywhere)


SCENARIO = Scenario(
    name="maelstrom",
    question="what does it cost to tell 25 nodes whose hops take 100 ms each?",
    cast=lambda _: Cast(nodes=NODES, shape="spokes", people=NODES, conditions=CONDITIONS),
    play=play,
)
