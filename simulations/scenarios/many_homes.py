"""Does a message for many homes cost each node about one copy, even while a node dies?"""

from collections.abc import Sequence
from typing import ClassVar

from overlay.messages.routing import Relay, Spread
from overlay.messages.union import Message
from overlay.peering.events import LinkId
from simulations.checkers.base import Checker
from simulations.crossings import WARM_MS, homes_of, links_of
from simulations.machines import Host
from simulations.scenario import AFTERMATH_MS, DELIVERY_MS_MAX, Cast, Run, Scenario
from simulations.shapes import RANDOM_DEGREE

MESSAGES = 20
EVERY_MS = 500
SHAPING_MESSAGES = 12
"""The tree is cut at links on which texts came in vain more than once, and not by everybody at
the same time: after everybody has come it takes some messages until it is one."""
MIDWAY_MS = 60
"""A message is on its way then: it takes about as long to its first readers."""
CLIENTS_EACH = 13
APART_MS = 250
COPIES_PERCENT_MAX = 101
MENDED_PERCENT_MAX = COPIES_PERCENT_MAX + 100 * RANDOM_DEGREE // (2 * MESSAGES)
"""While the tree is mended one message may go by every link that there is."""


class Copies(Checker):
    """Counts how often message texts are sent from node to node."""

    id: ClassVar[str] = "copies"

    def __init__(self) -> None:
        super().__init__()
        self.sent = 0
        self.spread = 0

    def on_said(self, host: Host, link: LinkId, messages: Sequence[Message], now_ms: int) -> None:
        for message in messages:
            if isinstance(message, Relay | Spread) and message.envelope.kind == "message":
                self.sent += 1
                self.spread += isinstance(message, Spread)


def play(run: Run) -> None:
    copies = Copies()
    run.world.watch(copies)
    run.begin(people_apart_ms=APART_MS)
    _talk(run, SHAPING_MESSAGES)
    run.pass_time(WARM_MS)
    quiet = _percent_of_nodes(run, copies)
    run.measure("quiet_copies_per_node_percent", quiet)
    run.expect("about one copy a node", holds=quiet <= COPIES_PERCENT_MAX)
    homes = {host.name for host in homes_of(run).values()}
    others = [host for host in run.nodes if host.name not in homes]
    dies = max(others, key=lambda host: len(links_of(run)[host.name]))
    at_ms = EVERY_MS * (MESSAGES // 2) + MIDWAY_MS
    run.after(at_ms, lambda: run.faults.crash(dies, down_ms=None, is_silent=True))
    mended = _percent_of_nodes(run, copies)
    run.measure("mended_copies_per_node_percent", mended)
    run.measure("copies_along_the_tree", copies.spread)
    run.expect("about one copy a node though one dies", holds=mended <= MENDED_PERCENT_MAX)
    run.pass_time(AFTERMATH_MS)
    is_shown = all(set(saying.shown) == set(saying.readers) for saying in run.sayings)
    run.expect("everybody is shown everything", holds=is_shown)


def _percent_of_nodes(run: Run, copies: Copies) -> int:
    """How many copies of a message there are for each node, in percent."""
    before = copies.sent
    _talk(run, MESSAGES)
    run.pass_time(DELIVERY_MS_MAX)
    return (copies.sent - before) * 100 // (MESSAGES * len(run.nodes))


def _talk(run: Run, messages: int) -> None:
    other = next(host for host in run.people if not host.name.startswith("person-1"))
    for _ in range(messages):
        run.workload.say(run.people[0], other)
        run.pass_time(EVERY_MS)


SCENARIO = Scenario(
    name="many_homes",
    question="does a message for many homes cost each node about one copy, while a node dies?",
    cast=lambda _: Cast(nodes=18, shape="random", people=2, clients_each=CLIENTS_EACH),
    play=play,
)
