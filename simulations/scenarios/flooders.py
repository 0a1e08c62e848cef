"""Do others notice when somebody who is admitted says as much as they can?"""

from functools import partial

from overlay.messages.ids import NodeId
from simulations.crossings import homes_of
from simulations.liars.base import enlist, enlist_client
from simulations.liars.flooder import FloodingClient, FloodingNode
from simulations.machines import ClientHost, NodeHost
from simulations.sayings import Saying
from simulations.scenario import DELIVERY_MS_MAX, Cast, Run, Scenario

FLOOD_MS = 10_000
EVERY_MS = 50
SPAM_EVERY_MS = 20
"""The flooder's person writes to the victim this often: more than anybody reads."""

GOODPUT_PERCENT = 95
REFUSED_PERCENT = 50
"""Of what is read of the flooding client at least so much is refused, with a code. It is read less
as it goes on, too: the rest waits in front of the node."""


def play(run: Run) -> None:
    flood_ms = run.length_ms(FLOOD_MS)
    victim, spammer, *others = run.people
    home, mobbing = _places(run, victim)
    clients = enlist_client(spammer, FloodingClient)
    target = {"home": NodeId(home.key.id), "client": victim.identity.client}
    nodes = enlist(mobbing, partial(FloodingNode, **target))  # type: ignore[arg-type]  # its fields
    run.begin()
    pairs = [*zip(others[::2], others[1::2], strict=False), (others[0], victim)]
    pairs += [(other, one) for one, other in pairs]
    for one, other in pairs:
        run.workload.say(one, other)
    run.pass_time(DELIVERY_MS_MAX)
    before = _goodput(run, _talk(run, pairs, flood_ms), flood_ms)
    clients[-1].is_lying = nodes[-1].is_lying = True
    _talk(run, [(spammer, victim)], flood_ms, SPAM_EVERY_MS)
    during = _goodput(run, _talk(run, pairs, flood_ms), flood_ms)
    clients[-1].is_lying = nodes[-1].is_lying = False
    asked, answered, refused = clients[-1].asked, clients[-1].answered, clients[-1].codes.total()
    run.measure("relays_flooded", nodes[-1].relayed)
    run.measure("questions_flooded", asked)
    run.measure("questions_answered", answered)
    run.measure("questions_refused", refused)
    run.measure("goodput_before", before)
    run.measure("goodput_during", during)
    run.expect("others keep their goodput", holds=during * 100 >= before * GOODPUT_PERCENT)
    is_refused = refused > 0 and refused * 100 >= (answered + refused) * REFUSED_PERCENT
    run.expect("the flood is refused", holds=is_refused)
    run.calm()


def _places(run: Run, victim: ClientHost) -> tuple[NodeHost, NodeHost]:
    """The home of the victim, and a node that nobody calls home."""
    homes = homes_of(run)
    taken = {host.name for host in homes.values()}
    free = [host for host in run.nodes if host.name not in taken]
    return homes[victim.name], free[0]


def _talk(
    run: Run, pairs: list[tuple[ClientHost, ClientHost]], for_ms: int, every_ms: int = EVERY_MS
) -> list[Saying]:
    sayings: list[Saying] = []

    def say(one: ClientHost, other: ClientHost) -> None:
        sayings.append(run.workload.say(one, other))

    for number in range(for_ms // every_ms):
        run.after(every_ms * number, partial(say, *pairs[number % len(pairs)]))
    return sayings


def _goodput(run: Run, sayings: list[Saying], for_ms: int) -> int:
    """How many of them arrive within their time."""
    run.pass_time(for_ms + DELIVERY_MS_MAX)
    return sum(
        saying.delivered_ms is not None and saying.delivered_ms <= saying.said_ms + DELIVERY_MS_MAX
        for saying in sayings
    )


SCENARIO = Scenario(
    name="flooders",
    question="do others notice when somebody who is admitted says as much as they can?",
    cast=lambda _: Cast(nodes=16, shape="random", people=12),
    play=play,
)
