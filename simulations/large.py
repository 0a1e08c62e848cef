"""The runs of large worlds: which there are, what came of each in a file that only grows, a table.

Each takes minutes to hours of one process, so each is played once, in a process of its own,
whose memory is measured with it; what the file has is left out the next time.
"""

import json
import multiprocessing
import resource
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path

from simulations.encoding import Unreadable, read, written
from simulations.pages import block
from simulations.playing import play
from simulations.report import HOLDS
from simulations.scenario import Options
from simulations.scenarios.mass_crash import SHARES

SIZES = (1_000, 10_000)
SHOWN_MAX = 3
"""Violations of one run that are written down."""

SCENARIOS_PLAYED = (
    "broadcast",
    *(f"mass_crash_{percent}" for percent in reversed(SHARES)),
    "crash_half",
)
"""Those with the most dead first: with fewer nodes left they are over sooner."""

WHAT = "large worlds"
"""As the table's place on a page is called."""


@dataclass(frozen=True, slots=True)
class Part:
    """One run of a large world."""

    scenario: str
    nodes: int
    seed: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """What came of it. The exit code is that of `run`, or -1 where its process died."""

    part: Part
    commit: str
    exit_code: int
    violations: tuple[str, ...]
    digest: str
    numbers: dict[str, int]
    peak_mib: int


def parts(sizes: Sequence[int], scenarios: Sequence[str]) -> list[Part]:
    """All runs of these sizes, the smaller worlds first."""
    return [Part(scenario, nodes) for nodes in sorted(sizes) for scenario in scenarios]


def play_part(part: Part, commit: str) -> Played:
    """Play one in this process, which nothing else has used."""
    result = play(part.scenario, Options(seed=part.seed, nodes=part.nodes))
    return Played(
        part=part,
        commit=commit,
        exit_code=result.exit_code,
        violations=tuple(str(each)[:300] for each in result.broken[:SHOWN_MAX]),
        digest=result.digest or "",
        numbers=result.numbers(),
        peak_mib=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1_024,
    )


def play_apart(part: Part, commit: str) -> Played:
    """Play one in a process of its own."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, context) as pool:
        try:
            return pool.submit(play_part, part, commit).result()
        except BrokenProcessPool:
            return Played(
                part=part,
                commit=commit,
                exit_code=-1,
                violations=("its process died: not enough memory?",),
                digest="",
                numbers={},
                peak_mib=0,
            )


class LargeLedger:
    """What was played, line by line. Of one part the last line counts."""

    def __init__(self, path: Path) -> None:
        """Raises Unreadable, which says which line is spoilt, or that it cannot be read."""
        self.path = path
        self.played: dict[Part, Played] = {}
        try:
            lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        except OSError as error:
            raise Unreadable(f"cannot read it: {error.strerror}") from error
        for number, line in enumerate(lines, 1):
            try:
                played = read(Played, json.loads(line), f"line {number}")
            except ValueError as error:
                raise Unreadable(f"line {number} is no JSON: {error}") from error
            self.played[played.part] = played

    def add(self, played: Played) -> None:
        """Write a line to the end of the file. Raises OSError."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(written(played)) + "\n")
        self.played[played.part] = played


def play_missing(
    ledger: LargeLedger,
    wanted: Sequence[Part],
    commit: str,
    tell: Callable[[Played], None],
    play_one: Callable[[Part, str], Played] = play_apart,
    *,
    again: bool = False,
) -> None:
    """Play those that the ledger has not, or all `again`, and write down each as it is over."""
    for part in wanted:
        known = ledger.played.get(part)
        if again or known is None or known.exit_code < HOLDS:
            ledger.add(play_one(part, commit))
            tell(ledger.played[part])


# The table.


def table(ledger: LargeLedger) -> str:
    """Everything played, as Markdown."""
    played = sorted(ledger.played.values(), key=lambda each: _place(each.part))
    crashes = [each for each in played if each.part.scenario.startswith("mass_crash_")]
    spread = [each for each in played if each.part.scenario == "broadcast"]
    halves = [each for each in played if each.part.scenario == "crash_half"]
    blocks = [
        block(_CRASHES, [_crash_row(each) for each in crashes]),
        block(_SPREAD, [_spread_row(each) for each in spread]),
        block(_HALVES, [_half_row(each) for each in halves]),
    ]
    return "\n\n".join(each for each in blocks if each)


_CRASHES = (
    "nodes",
    "die at once",
    "live",
    "got it, of all who live",
    "within 5 s",
    "of the first message",
    "one component",
    "agreed after",
    "events/s",
    "memory",
    "holds",
)
_SPREAD = (
    "nodes",
    "in full",
    "announced (by Plumtree's rule)",
    "control messages a node, alone / busy",
    "everywhere: median",
    "at most",
    "events/s",
    "memory",
    "holds",
)
_HALVES = (
    "nodes",
    "half dead: one component",
    "agreed after",
    "wall",
    "memory",
    "holds",
)


def _crash_row(played: Played) -> list[str]:
    number = played.numbers.get
    return [
        f"{played.part.nodes:,}",
        f"{played.part.scenario.removeprefix('mass_crash_')} %",
        f"{number('live_nodes', 0):,}",
        f"{number('reliability_permille', 0) / 10:.1f} %",
        f"{number('reliability_soon_permille', 0) / 10:.1f} %",
        f"{number('reached_first_permille', 0) / 10:.1f} %",
        _seconds(number("healed_ms", 0)),
        _seconds(number("L1_ms", 0)),
        *_ending(played),
    ]


def _spread_row(played: Played) -> list[str]:
    number = played.numbers.get
    alone, busy = (
        number(f"{prefix}control_per_node_permille", 0) / 1_000 for prefix in ("", "busy_")
    )
    return [
        f"{played.part.nodes:,}",
        f"{number('payloads_each', 0):,}",
        f"{number('announcements_each', 0):,} ({number('announcements_by_plumtree_each', 0):,})",
        f"{alone:.2f} / {busy:.2f}",
        f"{number('everywhere_p50_ms', 0)} ms",
        f"{number('everywhere_max_ms', 0)} ms",
        *_ending(played),
    ]


def _half_row(played: Played) -> list[str]:
    number = played.numbers.get
    _, *ending = _ending(played)
    return [
        f"{played.part.nodes:,}",
        _seconds(number("healed_ms", 0)),
        _seconds(number("agreed_ms", 0)),
        _seconds(number("wall_ms", 0)),
        *ending,
    ]


def _ending(played: Played) -> list[str]:
    holds = "yes" if played.exit_code == HOLDS else "NO"
    speed = f"{played.numbers.get('events_per_second', 0):,}"
    return [speed, f"{played.peak_mib / 1_024:.1f} GiB", holds]


def _place(part: Part) -> tuple[int, int, str]:
    percent = part.scenario.removeprefix("mass_crash_")
    return part.nodes, int(percent) if percent.isdigit() else 0, part.scenario


def _seconds(ms: int) -> str:
    return f"{ms / 1_000:.1f} s"
