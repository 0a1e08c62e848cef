"""The same of 25 nodes whose hops take 100 ms each, as Maelstrom's broadcast has it.

Of Maelstrom's own answers the best is a tree by hand: 24 messages for each that is said, in the
middle 386 ms until everybody has it, and 505 at most, if nothing crashes. Nodes may choose their
neighbours there, and so they do here: all are linked with one, and every two of the others with
each other. In a grid no tree does it: it is 800 ms from one corner to the other. The tree they
find by themselves, and the links that are not of it mend it after a crash.
"""

from simulations.broadcasts import Broadcasts
from simulations.distributions import Fixed
from simulations.scenario import Cast, Run, Scenario
from simulations.scenarios.broadcast import note, say
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


def play(run: Run) -> None:
    broadcasts = Broadcasts()
    run.world.watch(broadcasts)
    run.begin()
    say(run, WARM_MESSAGES)
    broadcasts.clear()
    say(run, MESSAGES, every_ms=EVERY_MS)
    note(run, broadcasts)
    measured = run.measured
    each = measured["payloads_each"] + measured["control_messages_each"]
    run.measure("messages_each", each)
    run.expect("at most 30 messages for each", holds=each <= MESSAGES_EACH_MAX)
    median_ms, most_ms = measured["everywhere_p50_ms"], measured["everywhere_max_ms"]
    run.expect("below 400 ms in the middle", holds=median_ms < MEDIAN_MS)
    run.expect("below 600 ms at most", holds=most_ms < MOST_MS)


SCENARIO = Scenario(
    name="maelstrom",
    question="what does it cost to tell 25 nodes whose hops take 100 ms each?",
    cast=lambda _: Cast(nodes=NODES, shape="spokes", people=NODES, conditions=CONDITIONS),
    play=play,
)
