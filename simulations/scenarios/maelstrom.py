"""The same of 25 nodes in a grid, each hop of which takes 100 ms, as Maelstrom's broadcast has it.

Of Maelstrom's own answers the best is a tree by hand: 24 messages for each that is said, in the
middle 386 ms until everybody has it, and 505 at most, if nothing crashes. Here nodes know no more
than their neighbours in the grid, and have the usual links beyond those.
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
MESSAGES = 40
LINKED_MS = 60_000
"""By then everybody has chosen its further links."""


def play(run: Run) -> None:
    broadcasts = Broadcasts()
    run.world.watch(broadcasts)
    run.begin()
    run.pass_time(LINKED_MS)
    say(run, WARM_MESSAGES)
    broadcasts.clear()
    say(run, MESSAGES)
    note(run, broadcasts)
    measured = run.measured
    messages = measured["payloads_each"] + measured["control_messages_each"]
    run.measure("messages_each", messages)
    run.expect("at most 30 messages for each", holds=messages <= 30)
    run.expect("below 400 ms in the middle", holds=measured["everywhere_p50_ms"] < 400)
    run.expect("below 600 ms at most", holds=measured["everywhere_max_ms"] < 600)


SCENARIO = Scenario(
    name="maelstrom",
    question="what does it cost to tell 25 nodes in a grid whose hops take 100 ms each?",
    cast=lambda _: Cast(
        nodes=NODES, shape="grid", people=NODES, conditions=CONDITIONS, extra_links=2
    ),
    play=play,
)
