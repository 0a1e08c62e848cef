"""The figure of what it costs to tell everybody, beside Plumtree and flooding."""

from collections.abc import Callable, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullLocator

from simulations.pictures.drawing import (
    BLUE,
    FAINT,
    GREEN,
    INK,
    ORANGE,
    RED,
    Picture,
    Words,
    legend_below,
    picture,
)
from simulations.pictures.gathering import Copies, commands

NAME = "copies"
PLUMTREE_PAYLOADS, PLUMTREE_ANNOUNCEMENTS, PLUMTREE_NODES = 9_999, 29_988, 10_000
"""Leitão, Pereira, Rodrigues, "Epidemic Broadcast Trees", SRDS 2007, table 1: payloads 9,999,
announcements 29,987 to 29,990, at 10,000 nodes."""

_PLUMTREE = (
    'Leitão, Pereira, Rodrigues, "Epidemic Broadcast Trees", SRDS 2007, table 1 (10,000 nodes:'
    " 9,999 copies, 29,987 to 29,990 announcements)"
)


def copies_picture(played: Sequence[Copies], large: Sequence[Copies]) -> Picture:
    """`played` live, the largest last; `large` from the ledger."""

    def draw(figure: Figure) -> None:
        messages, sizes = figure.subplots(1, 2, width_ratios=(1.25, 1), squeeze=True)
        _draw_messages(messages, played[-1])
        _draw_sizes(sizes, played, large)

    return picture(_words(played, large), 8.8, 5.0, draw)


def flooded(found: Copies) -> float:
    """Copies for each node if everybody passed everything on to everybody else."""
    return (2 * found.links - (found.nodes - 1)) / found.nodes


def _draw_messages(axes: Axes, found: Copies) -> None:
    numbers = range(1, len(found.messages) + 1)
    payloads = [payloads / found.nodes for payloads, _ in found.messages]
    announced = [announcements / found.nodes for _, announcements in found.messages]
    axes.axhline(flooded(found), color=RED, linestyle="--", label="in full, by flooding")
    axes.plot(numbers, announced, "s", color=ORANGE, markersize=4, label="announced by its hash")
    axes.plot(numbers, payloads, "o", color=BLUE, markersize=4.5, label="in full")
    axes.set_ylim(0, flooded(found) * 1.12)
    axes.set_xlabel(f"message, in order, at {found.nodes} nodes")
    axes.set_ylabel("times sent, for each node")
    legend_below(axes)


def _draw_sizes(axes: Axes, played: Sequence[Copies], large: Sequence[Copies]) -> None:
    everything = [*played, *large]
    sizes = [each.nodes for each in everything]
    rows: tuple[tuple[str, Callable[[Copies], int], str, str], ...] = (
        ("control messages, one text at a time", lambda each: each.control_permille, "s:", ORANGE),
        ("control messages, 100 texts a second", lambda each: each.busy_permille, "^-.", GREEN),
        ("copies in full", lambda each: each.payloads_permille, "o-", BLUE),
    )
    for label, permille, style, color in rows:
        values = [permille(each) / 1_000 for each in everything]
        axes.plot(sizes, values, style, color=color, label=label, markersize=5)
    for label, value, marker in (
        ("Plumtree, in full", PLUMTREE_PAYLOADS / PLUMTREE_NODES, "o"),
        ("Plumtree, announcements", PLUMTREE_ANNOUNCEMENTS / PLUMTREE_NODES, "s"),
    ):
        axes.plot(
            [PLUMTREE_NODES], [value], marker, markersize=11, markerfacecolor="none",
            markeredgecolor=INK, linestyle="none", label=label,
        )  # fmt: skip
    axes.axvline(500, color=FAINT, linewidth=0.8, linestyle=":")
    axes.set_xscale("log")
    axes.set_xticks(sizes, [f"{size:,}" for size in sizes], fontsize=8.5)
    axes.xaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.set_ylim(0, 3.6)
    axes.set_xlabel("nodes")
    axes.set_ylabel("messages for each node and text")
    legend_below(axes)


def _words(played: Sequence[Copies], large: Sequence[Copies]) -> Words:
    last = (*played, *large)[-1]
    busy = max(payloads for payloads, _ in played[-1].messages) / played[-1].nodes
    cost = f"{last.payloads_permille / 1_000:.2f} copies in full for each of {last.nodes:,} nodes"
    return Words(
        name=NAME,
        title="What it costs to tell everybody",
        caption=(
            f"{cost}, once the tree is found. Left: each message of one run; the first ones find"
            " the tree, the last forty are said a hundred a second, which costs up to"
            f" {busy:.2f} copies. Right: by size, right of the dotted line as the ledger of large"
            f" worlds has it. Plumtree: {_PLUMTREE}."
        ),
        alternative=f"How often messages are sent in full and announced. {cost}.",
        sources=commands([*played, *large]),
    )
