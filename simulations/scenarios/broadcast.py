"""What does it cost to tell everybody, and how long does it take?

As in Plumtree (Leitão, Pereira, Rodrigues, SRDS 2007, table 1), in an overlay of five links a
node whose tree has been found: how often a message is sent in full, and how often it is
announced. Plumtree announces each to everybody who is not of the tree. Here announcements wait
a while for others to the same neighbour, and what a neighbour announces meanwhile it need not
be told: so both what Plumtree would send is counted, and what is.
"""

from collections.abc import Sequence
from functools import partial

from simulations.broadcasts import Broadcasts
from simulations.machines import ClientHost
from simulations.report import percentile
from simulations.scenario import LARGE_NODES, Cast, Run, Scenario

PEOPLE = 4
MESSAGES = 20
FEW_MESSAGES = 5
"""In worlds above 1,000 nodes, where each costs half a second and more."""

EVERY_MS = 500
BUSY_EVERY_MS = 10
"""A hundred a second: then there is something to gather for each announcement."""

LISTEN_MS = 2_000


def play(run: Run) -> None:
    broadcasts = Broadcasts()
    run.world.watch(broadcasts)
    run.begin()
    messages = MESSAGES if len(run.nodes) <= LARGE_NODES else FEW_MESSAGES
    say(run, messages // 2)
    broadcasts.clear()
    say(run, messages)
    note(run, broadcasts)
    broadcasts.clear()
    say(run, 2 * messages, every_ms=BUSY_EVERY_MS)
    run.measure("busy_control_per_node_permille", control_per_node_permille(run, broadcasts))


def say(run: Run, messages: int, every_ms: int = EVERY_MS) -> None:
    """Have people say something in turn, and listen for a while."""
    for number in range(messages):
        run.workload.say_in(run.people[number % len(run.people)], run.channel)
        run.pass_time(every_ms)
    run.pass_time(LISTEN_MS)


def say_meanwhile(run: Run, speakers: Sequence[ClientHost], messages: int, every_ms: int) -> None:
    """Have these say something in turn from now on, while other things happen."""
    for number in range(messages):
        say_one = partial(run.workload.say_in, speakers[number % len(speakers)], run.channel)
        run.after(1 + number * every_ms, say_one)


def control_per_node_permille(run: Run, broadcasts: Broadcasts) -> int:
    """Messages that control the tree, for each node and each message that was said."""
    said = max(len(broadcasts.all()), 1)
    return broadcasts.control_messages * 1_000 // (said * len(run.nodes))


def note(run: Run, broadcasts: Broadcasts) -> None:
    """Put what the messages have in common where a report shows it; everybody has to get all."""
    found, nodes = broadcasts.all(), len(run.nodes)
    directed = 2 * len(run.opening.population.edges)
    count = max(len(found), 1)
    payloads = sum(each.payloads for each in found)
    last = sorted(max(each.latencies(), default=0) for each in found)
    run.measure("payloads_each", payloads // count)
    run.measure("payloads_most", max((each.payloads for each in found), default=0))
    run.measure("announcements_each", sum(each.announcements for each in found) // count)
    by_plumtree = sum(directed - (len(each.reached) - 1) - each.payloads for each in found)
    run.measure("announcements_by_plumtree_each", by_plumtree // count)
    run.measure("control_messages_each", broadcasts.control_messages // count)
    run.measure("grafts", broadcasts.grafts)
    run.measure("prunes", broadcasts.prunes)
    run.measure("payloads_per_node_permille", payloads * 1_000 // (count * nodes))
    run.measure("control_per_node_permille", control_per_node_permille(run, broadcasts))
    run.measure("everywhere_p50_ms", percentile(last, 50))
    run.measure("everywhere_max_ms", percentile(last, 100))
    is_everywhere = [len(each.reached) for each in found] == [nodes] * len(found)
    run.expect("everybody gets everything", holds=is_everywhere and len(found) > 0)


SCENARIO = Scenario(
    name="broadcast",
    question="what does it cost to tell everybody, and how long does it take?",
    cast=lambda _: Cast(nodes=100, shape="even", people=PEOPLE, is_converged=True),
    play=play,
)
