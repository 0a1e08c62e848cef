"""Are both halves one overlay again when the only node between them dies for good?"""

from overlay.limits import HOMES_EVERY_MS
from overlay.messages.ids import NodeId
from simulations.checkers.liveness.conditions import Agreement, OneComponent
from simulations.machines import NodeHost
from simulations.scenario import Cast, Run, Scenario

TALK_MS = 20_000


def bridge_of(run: Run) -> NodeHost:
    """The node whose loss splits most; any where none would."""
    node = run.nodes[0].node
    assert node is not None
    cut_off = {bridge.id: bridge.cut_off for bridge in node.snapshot().bridges}
    return max(run.nodes, key=lambda host: cut_off.get(NodeId(host.key.id), 0))


def play(run: Run) -> None:
    talk_ms = run.length_ms(TALK_MS)
    run.begin()
    run.workload.talk(every_ms=200, for_ms=talk_ms, channel=run.channel)
    run.pass_time(HOMES_EVERY_MS)
    run.faults.crash(bridge_of(run), down_ms=None)
    run.liveness.wait_for(OneComponent())
    run.liveness.wait_for(Agreement())
    run.pass_time(talk_ms - HOMES_EVERY_MS)
    run.calm()


SCENARIO = Scenario(
    name="bridge",
    question="are both halves one overlay again when the only node between them dies for good?",
    cast=lambda _: Cast(nodes=13, shape="line", people=12),
    play=play,
)
