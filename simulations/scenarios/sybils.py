"""Do honest nodes notice when four times as many that nobody admits come to their doors?"""

from functools import partial

from overlay import limits
from overlay.messages.ids import NodeId
from simulations.crossings import Talk, connected, figures, homes_of, links_of, pairs_of
from simulations.liars.sybil import Plan, SybilHost, add_sybils
from simulations.machines import NodeHost
from simulations.scenario import DELIVERY_MS_MAX, Cast, Run, Scenario

SYBILS_EACH = 4
NEAR_EVERY_MS, FAR_EVERY_MS = 500, 2_000
"""Half of them dial a node that begins anew, and its neighbours; the others everybody."""
STARTS_MS = 1_000
TALK_MS = 5_000
DOWN_MS = 500
BACK_MS_MAX = 10_000
"""A node that begins anew in all this is linked with its neighbours within this."""
BAR = 999
"""Of a thousand so many arrive."""


def play(run: Run) -> None:
    talk_ms = run.length_ms(TALK_MS)
    run.begin()
    restarted = _busiest(run)
    sybils = _sybils(run, restarted)
    talk = Talk(run, pairs_of(run))
    talk.warm()
    random = run.world.generator("sybil starts")
    for host in sybils:
        run.world.after(1 + random.randrange(STARTS_MS), partial(run.world.start, host))
    run.pass_time(2 * STARTS_MS)
    run.faults.crash(restarted, down_ms=DOWN_MS)
    back_ms = run.world.now_ms + DOWN_MS
    arrived = figures(talk.write(talk_ms, DELIVERY_MS_MAX), connected(links_of(run), []))
    arrived.note(run, "flooded")
    holds = arrived.delivered * 1_000 >= arrived.sent * BAR
    run.expect(f"{BAR / 10} % delivered", holds=holds)
    is_back = partial(_is_linked, run, restarted)
    left_ms = max(back_ms + BACK_MS_MAX - run.world.now_ms, 1)
    run.wait_until(is_back, "a node that begins anew is linked again", left_ms)
    _judge(run, sybils)


def _judge(run: Run, sybils: list[SybilHost]) -> None:
    machines = [host.sybil for host in sybils if host.sybil is not None]
    honest = {host.key.id for host in run.nodes}
    statuses = [host.node.snapshot() for host in run.nodes if host.node is not None]
    admitted = sum(member.id not in honest for status in statuses for member in status.members)
    parked = max(status.parked_records for status in statuses)
    run.measure("sybils", len(machines))
    run.measure("sybils_proved", sum(machine.proved for machine in machines))
    run.measure("sybils_welcomed", sum(machine.welcomed for machine in machines))
    run.measure("refused", sum(machine.codes.total() for machine in machines))
    run.measure("parked_most", parked)
    run.expect("none of them is a member", holds=not admitted, checker="membership")
    run.expect("what is parked is bounded", holds=parked <= limits.PARKED_MAX)


def _sybils(run: Run, near: NodeHost) -> list[SybilHost]:
    """A quarter says nothing, one does not wait to be welcome, one comes as clients, one waits."""
    hosts = {host.name: host for host in run.nodes}
    neighbours = [hosts[name].address for name in links_of(run)[near.name]]
    everybody = [host.address for host in run.nodes]

    def plan_of(number: int) -> Plan:
        is_near = number % 8 < 4
        return Plan(
            targets=[near.address, *neighbours] if is_near else everybody,
            every_ms=NEAR_EVERY_MS if is_near else FAR_EVERY_MS,
            role="client" if number % 4 == 2 else "node",
            is_mute=number % 4 == 0,
            pushes=number % 4 in (1, 2),
        )

    count = SYBILS_EACH * len(run.nodes)
    return add_sybils(run.world, count, near, plan_of, [NodeId(near.key.id)])


def _busiest(run: Run) -> NodeHost:
    """The node with most neighbours of those that nobody calls home."""
    homes = {host.name for host in homes_of(run).values()}
    links = links_of(run)
    others = [host for host in run.nodes if host.name not in homes] or run.nodes
    return max(others, key=lambda host: len(links[host.name]))


def _is_linked(run: Run, host: NodeHost) -> bool:
    """Whether a node has a link with each of its neighbours, and everything was told on it."""
    if host.node is None:
        return False
    linked = {link.id for link in host.node.snapshot().links if link.is_exchanged}
    ids = {other.name: other.key.id for other in run.nodes}
    return all(ids[name] in linked for name in links_of(run)[host.name])


SCENARIO = Scenario(
    name="sybils",
    question="do honest nodes notice when four times as many that nobody admits come?",
    cast=lambda _: Cast(nodes=30, shape="random", people=16),
    play=play,
)
