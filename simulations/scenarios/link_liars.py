"""Is any way between honest nodes changed by what others say of their links?"""

from collections.abc import Iterator, Mapping, Sequence

from overlay.core.facts import NodeAlive
from overlay.messages.ids import NodeId
from simulations.checkers.base import Fact
from simulations.crossings import (
    Crossing,
    Figures,
    Talk,
    chosen,
    connected,
    figures,
    homes_of,
    links_of,
    pairs_of,
)
from simulations.liars.base import enlist
from simulations.liars.link_liar import LinkLiar
from simulations.machines import Host, NodeHost
from simulations.scenario import DELIVERY_MS_MAX, Cast, Run, Scenario

PERCENT = 10
TALK_MS = 1_500
SPREAD_MS = 1_000
"""Until everybody has heard the lie."""

AGREED_ATTEMPTS_MAX, AGREED_LISTEN_MS, AGREED_BAR = 12, 90_000, 970
"""Two who agree on a link that is not there attract what it would shorten: they are black holes
then, and no worse than others."""


LONGER_PERCENT_MAX, HANDED_ONE_IN = 120, 20
"""What is late goes another way in any world: while nobody lies ways take 98 to 112 % of the
shortest, as its links are drawn. So seldom may one that a liar is on be taken."""

FLICKER_MS_MAX = 1_000
"""A node whose links are hidden by most of its neighbours seems dead until it has said that it
counts on them no more."""


def play(run: Run) -> None:
    talk_ms = run.length_ms(TALK_MS)
    hosts = chosen(run, PERCENT, run.world.generator("link_liars"))
    runs = [enlist(host, LinkLiar) for host in hosts]
    between, homes = connected(links_of(run), hosts), homes_of(run)
    pairs = [
        (one, other)
        for one, other in pairs_of(run)
        if between(homes[one.name].name, homes[other.name].name)
    ]
    talk = Talk(run, pairs)
    run.begin()
    lives = _Lives(run)
    liars = [made[-1] for made in runs]
    talk.warm()
    for liar in liars:
        liar.is_lying = True
    true, ids = _links_by_id(run), [NodeId(host.key.id) for host in hosts]
    honest = [NodeId(host.key.id) for host in run.nodes if host not in hosts]
    # Two liars who claimed each other would agree, which is the last of the three questions.
    claims = [[*honest, *set(true[host.name]).intersection(ids)] for host in hosts]
    for lie, links in (("claiming", claims), ("hiding", [[]] * len(liars))):
        _tell(run, liars, links)
        written = talk.write(talk_ms, DELIVERY_MS_MAX)
        run.measure(f"{lie}_led_over_liars", _led_over(run, hosts, written))
        _judge(run, lie, figures(written, between), sum(liar.dropped for liar in liars))
    _tell(run, liars, [[*true[host.name], *ids] for host in hosts])
    written = talk.write(talk_ms, AGREED_LISTEN_MS)
    crossings = figures(written, between, attempts_max=AGREED_ATTEMPTS_MAX)
    crossings.note(run, "agreeing")
    run.measure("agreeing_led_over_liars", _led_over(run, hosts, written))
    run.measure("agreeing_handed_to_liars", sum(liar.dropped for liar in liars))
    holds = crossings.delivered * 1_000 >= crossings.sent * AGREED_BAR
    run.expect(f"agreeing: {AGREED_BAR / 10} % delivered", holds=holds)
    lives.judge()


def _judge(run: Run, lie: str, crossings: Figures, handed: int) -> None:
    crossings.note(run, lie)
    run.measure(f"{lie}_handed_to_liars", handed)
    run.expect(f"{lie}: everything is delivered", holds=crossings.delivered == crossings.sent)
    is_short = crossings.stretch_percent <= LONGER_PERCENT_MAX
    run.expect(f"{lie}: ways are as long as without the liars", holds=is_short)
    is_seldom = handed * HANDED_ONE_IN <= crossings.sent
    run.expect(f"{lie}: hardly any way leads over a liar", holds=is_seldom)


def _led_over(run: Run, liars: Sequence[NodeHost], crossings: Sequence[Crossing]) -> int:
    """How many attempts would have come to a liar had nobody been late.

    Where one neighbour is late the next is tried, in any world: those alter no way.
    """
    names = {host.key.id: host.name for host in run.nodes}
    wrong = {host.name for host in liars}
    return sum(
        not wrong.isdisjoint(_way(crossing, attempt, names))
        for crossing in crossings
        for attempt in dict.fromkeys(attempt for _, attempt in crossing.first_hops)
    )


def _way(crossing: Crossing, attempt: int, names: Mapping[str, str]) -> Iterator[str]:
    """Whom an attempt would come to by the first choice of each."""
    node, passed = crossing.home, {crossing.home}
    while (hop := crossing.first_hops.get((node, attempt))) and names[hop] not in passed:
        node = names[hop]
        passed.add(node)
        yield node


def _tell(run: Run, liars: Sequence[LinkLiar], links: Sequence[Sequence[NodeId]]) -> None:
    for liar, claimed in zip(liars, links, strict=True):
        liar.claim([node for node in claimed if node != liar.key.id])
    run.pass_time(SPREAD_MS + DELIVERY_MS_MAX)
    for liar in liars:
        liar.dropped = 0


def _links_by_id(run: Run) -> dict[str, list[NodeId]]:
    ids = {host.name: NodeId(host.key.id) for host in run.nodes}
    return {name: [ids[other] for other in others] for name, others in links_of(run).items()}


class _Lives:
    """Which honest nodes honest nodes have thought dead, and for how long."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._names = {host.key.id: host.name for host in run.nodes if host.is_honest}
        self._since: dict[tuple[str, str], int] = {}
        self._longest_ms = 0
        run.world.listeners.append(self._note)

    def judge(self) -> None:
        now_ms = self._run.world.now_ms
        for observer, node in list(self._since):
            self._end(observer, node, now_ms)
        self._run.measure("thought_dead_longest_ms", self._longest_ms)
        holds = self._longest_ms <= FLICKER_MS_MAX
        self._run.expect("no honest node is thought dead for longer than a moment", holds=holds)

    def _note(self, host: Host, fact: Fact, now_ms: int) -> None:
        if not host.is_honest or not isinstance(fact, NodeAlive) or fact.node not in self._names:
            return
        if fact.is_alive:
            self._end(host.name, fact.node, now_ms)
        else:
            self._since[host.name, fact.node] = now_ms

    def _end(self, observer: str, node: str, now_ms: int) -> None:
        since_ms = self._since.pop((observer, node), now_ms)
        self._longest_ms = max(self._longest_ms, now_ms - since_ms)


SCENARIO = Scenario(
    name="link_liars",
    question="is any way between honest nodes changed by what others say of their links?",
    cast=lambda _: Cast(nodes=40, shape="random", people=16),
    play=play,
)
