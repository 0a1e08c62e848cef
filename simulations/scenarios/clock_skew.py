"""Does anything change when the clocks of hosts are years apart?"""

from simulations.decisions import SetWallClock
from simulations.report import Result
from simulations.scenario import Cast, Options, Run, Scenario
from simulations.workload import WALL_CLOCK_MS

TALK_MS = 15_000
DOWN_MS = 3_000
YEARS_MS = 10 * 365 * 24 * 3_600 * 1_000
COUNTS = (
    "sent",
    "accepted",
    "delivered",
    "told_delivered",
    "failed",
    "channel_sent",
    "channel_shown",
    "undelivered",
    "violations",
)
AMOUNTS = ("beginning_ms", "latency_p50_ms", "bytes_sent", "events")
ALIKE_PERCENT = 20
"""A date stands in texts, and of equal ways the hash of a text chooses: by so much that matters."""


def play(run: Run) -> None:
    """The same thrice: all clocks right; hosts up for years; and people in other decades, too."""
    true, old = Run(TRUE, _options(run)), Run(OLD, _options(run))
    true.play()
    old.play()
    _set_uptimes(run)
    _live(run, is_right=False)
    expected, aged, found = (Result(each, wall_ms=0).numbers() for each in (true, old, run))
    for name in (*COUNTS, *AMOUNTS):
        run.measure(f"true_{name}", expected[name])
        run.expect(f"{name} as with hosts just up", holds=aged[name] == expected[name])
    for name in COUNTS:
        run.expect(f"{name} as with true clocks", holds=found[name] == expected[name])
    for name in AMOUNTS:
        difference = abs(found[name] - expected[name])
        holds = difference * 100 <= ALIKE_PERCENT * expected[name]
        run.expect(f"{name} about as with true clocks", holds=holds)
    differing = sum(abs(said - true) > YEARS_MS // 2 for said, true in _dates(run))
    run.measure("dated_wrong", differing)
    run.expect("clocks are wrong", holds=differing == len(run.sayings) > 0)


def _options(run: Run) -> Options:
    return Options(
        seed=run.options.seed,
        nodes=len(run.nodes),
        shape=run.opening.shape,
        length_ms=run.options.length_ms,
    )


def _dates(run: Run) -> list[tuple[int, int]]:
    """When everything was said, by its speaker and in truth."""
    return [(each.sent_at, WALL_CLOCK_MS + each.said_ms) for each in run.sayings]


def _set_uptimes(run: Run) -> None:
    """Hosts have been up for years, more or less."""
    random = run.world.generator("clocks")
    for host in run.world.hosts.values():
        run.world.set_clock(host, by_ms=random.randrange(2 * YEARS_MS))


def _set_dates(run: Run) -> None:
    """People live in other decades, before and after."""
    for number, person in enumerate(run.people):
        offset_ms = YEARS_MS if number % 2 else -YEARS_MS
        run.faults.befall(SetWallClock(host=person.name, offset_ms=offset_ms))


def _live(run: Run, *, is_right: bool = True) -> None:
    talk_ms = run.length_ms(TALK_MS)
    run.begin()
    if not is_right:
        _set_dates(run)
    run.workload.talk(every_ms=50, for_ms=talk_ms, channel=run.channel)
    run.pass_time(talk_ms // 3)
    run.faults.crash(run.nodes[-1], down_ms=DOWN_MS)
    run.pass_time(talk_ms - talk_ms // 3)
    run.calm()


def _live_long(run: Run) -> None:
    _set_uptimes(run)
    _live(run)


def _cast(nodes: int = 8) -> Cast:
    return Cast(nodes=nodes, shape="random", people=8)


TRUE = Scenario(
    name="true_clocks",
    question="what happens when every clock is right?",
    cast=lambda _: _cast(),
    play=_live,
)

OLD = Scenario(
    name="old_hosts",
    question="what happens when hosts have been up for years?",
    cast=lambda _: _cast(),
    play=_live_long,
)

SCENARIO = Scenario(
    name="clock_skew",
    question="does anything change when the clocks of hosts are ten years wrong?",
    cast=lambda _: _cast(),
    play=play,
)
