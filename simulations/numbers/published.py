"""What the literature has published, and the rows that measure the same here."""

from collections import Counter
from dataclasses import dataclass

from simulations.numbers.gossip import ANNOUNCEMENTS, PAYLOADS
from simulations.numbers.judging import Judged, in_words
from simulations.pages import block
from simulations.scenarios.mass_crash import SHARES

WHAT = "published"
"""As the table's place on a page is called."""

HYPARVIEW = "HyParView, DSN 2007, figure 2"
PLUMTREE = "Plumtree, SRDS 2007, table 1"
MAELSTROM = "Maelstrom's broadcast workload, a tree by hand"
SCALECUBE = "ScaleCube, its own measurements"
SWIM = "SWIM, DSN 2002, section 3.1"
LIFEGUARD = "Lifeguard, DSN 2018"

SMALLER_NODES = 1_000
"""Here all nodes know of each other, unlike HyParView's: where most of 10,000 live on, a run takes
hours."""


REACHED = "as good or better"
STOOD_IN = f"as good or better of {SMALLER_NODES:,} nodes"
WORSE = "worse"
NOT_MEASURED = "not measured"
VERDICTS = (REACHED, STOOD_IN, WORSE, NOT_MEASURED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """A result of others. `value` is in the unit of the row, and better where the row says so."""

    row: str
    source: str
    figure: str
    value: float
    why: str = ""
    """Why ours is not as good, where it is not."""
    smaller: str = ""
    """The row of a smaller overlay, which stands in where this one was not measured."""
    under: str = ""
    """Under which conditions ours was measured, where they are not those of others."""

    def is_reached(self, judged: Judged) -> bool | None:
        """Whether ours is as good or better; None where it was not measured."""
        if judged.value is None:
            return None
        if judged.row.direction == "at most":
            return judged.value <= self.value
        return judged.value >= self.value


def _hyparview(percent: int) -> Published:
    """The curve lies at 100 % up to 90 %, as far as one can read it."""
    is_last = percent == max(SHARES)
    return Published(
        row=f"mass-crash-{percent}-10000",
        smaller=f"mass-crash-{percent}-{SMALLER_NODES}",
        source=HYPARVIEW,
        figure=f"{'91' if is_last else 'about 100'} % of 10,000 get it when {percent} % have"
        " crashed",
        value=910 if is_last else 1_000,
    )


PUBLISHED = (
    *(_hyparview(percent) for percent in SHARES),
    Published(
        row="plumtree-payload-10000",
        source=PLUMTREE,
        figure=f"{PAYLOADS:,} payloads for a broadcast to 10,000",
        value=1,
    ),
    Published(
        row="plumtree-control-10000",
        source=PLUMTREE,
        figure=f"{ANNOUNCEMENTS:,} announcements",
        value=1,
    ),
    Published(
        row="broadcast-25-tree-messages",
        source=MAELSTROM,
        figure="24 messages for each of 25 nodes' values",
        value=24,
    ),
    Published(
        row="broadcast-25-messages",
        source=MAELSTROM,
        figure="the same, where every two of ours have a link beside the tree",
        value=24,
        why="24 in full as well, and what is announced, a batch at a time, on links beside the"
        " tree, so that what is said still arrives where a link of the tree fails",
    ),
    Published(row="broadcast-25-tree-median", source=MAELSTROM, figure="median 386 ms", value=386),
    Published(row="broadcast-25-tree-most", source=MAELSTROM, figure="longest 505 ms", value=505),
    Published(
        row="join",
        source=SCALECUBE,
        figure="3.2 s at 100 nodes, 1 % loss",
        value=3_200,
        under="at 50 nodes",
    ),
    Published(row="join-200", source=SCALECUBE, figure="3.6 s at 200 nodes, 1 % loss", value=3_600),
    Published(
        row="L3-first-reset",
        source=SWIM,
        figure="1.58 protocol periods of a second until somebody notices a crash",
        value=1_582,
    ),
    Published(
        row="L3-first-silent",
        source=SWIM,
        figure="the same where nothing tells of the crash",
        value=1_582,
        why="silence is believed after 5.5 s, so that pauses of 2 s and lost frames never are:"
        " not one false death in 24 hours; messages go around a silent node after 150 ms",
    ),
    Published(
        row="false-positives",
        source=LIFEGUARD,
        figure="over 50 times fewer false positives than without local health",
        value=2,
    ),
)


def rows() -> tuple[str, ...]:
    """The names of all rows that the table is made from."""
    return tuple(name for each in PUBLISHED for name in (each.row, each.smaller) if name)


def as_markdown(judged: list[Judged]) -> str:
    """One table for a page, with the line that has each run again, and why where ours is worse."""
    of_row = {each.row.id: each for each in judged}
    pairs = [(result, of_row[result.row]) for result in PUBLISHED if result.row in of_row]
    pairs = [(result, _measured(result, each, of_row)) for result, each in pairs]
    titles = ("source", "published", "ours", "", "command")
    lines = [
        (
            result.source,
            result.figure,
            _ours(result, each),
            _verdict(result, each),
            f"`{each.row.source.commands[0]}`",
        )
        for result, each in pairs
    ]
    counts = Counter(_verdict(result, each).partition(":")[0] for result, each in pairs)
    summary = ", ".join(f"{counts[verdict]} {verdict}" for verdict in VERDICTS if counts[verdict])
    return f"{block(titles, lines)}\n\n{summary}."


def _measured(result: Published, judged: Judged, of_row: dict[str, Judged]) -> Judged:
    smaller = of_row.get(result.smaller, judged)
    return smaller if judged.value is None and smaller.value is not None else judged


def _ours(result: Published, each: Judged) -> str:
    if each.value is None:
        return "-"
    since = f" at {each.commit}" if each.commit else ""
    nodes = f" of {SMALLER_NODES:,} nodes" if each.row.id == result.smaller else ""
    under = f" {result.under}" if result.under else ""
    return f"{in_words(each.value, each.row.unit)}{nodes}{under}{since}"


def _verdict(result: Published, each: Judged) -> str:
    is_reached = result.is_reached(each)
    if is_reached is None:
        return NOT_MEASURED
    if is_reached:
        return STOOD_IN if each.row.id == result.smaller else REACHED
    return f"{WORSE}: {result.why}" if result.why else WORSE
