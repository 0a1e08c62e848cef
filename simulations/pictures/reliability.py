"""The figure of who gets what is said just after most nodes have died, beside HyParView."""

from collections.abc import Callable, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from simulations.pictures.drawing import (
    BLUE,
    DIM,
    GREEN,
    INK,
    ORANGE,
    Picture,
    Words,
    picture,
)
from simulations.pictures.gathering import Reached, commands

NAME = "reliability"
PUBLISHED_ALL_UP_TO = 90
PUBLISHED_LAST = (95, 91)
"""What is known here of HyParView's figure 2, at 10,000 nodes: about 100 % up to 90 % of crashed
nodes, 91 % at 95 %. What lies between its points is not guessed."""

SOURCE = (
    'João Leitão, José Pereira, Luís Rodrigues, "HyParView: a membership protocol for reliable'
    ' gossip-based broadcast", DSN 2007, figure 2 (10,000 nodes)'
)
_COLORS = (BLUE, GREEN, ORANGE)
_MARKERS = ("o", "^", "D")


def reliability_picture(played: Sequence[Reached], large: Sequence[Reached]) -> Picture:
    """`played` live, `large` from the ledger; both by size and share."""
    everything = [*played, *large]

    def draw(figure: Figure) -> None:
        in_the_end, soon = figure.subplots(1, 2, sharex=True, sharey=True, squeeze=True)
        _draw(in_the_end, everything, lambda each: each.in_the_end_permille)
        _draw(soon, everything, lambda each: each.soon_permille)
        in_the_end.set_title("In the end")
        soon.set_title("Within five seconds")
        in_the_end.set_ylabel("percent of those alive that got it, on average")
        figure.legend(
            *in_the_end.get_legend_handles_labels(), loc="outside lower center", ncols=2, fontsize=9
        )

    return picture(_words(everything), 8.8, 4.6, draw)


def _draw(axes: Axes, found: Sequence[Reached], share: Callable[[Reached], int]) -> None:
    axes.plot(
        (10, PUBLISHED_ALL_UP_TO), (100, 100), color=DIM, linewidth=8, alpha=0.5,
        solid_capstyle="butt",
        label="HyParView as published, 10,000 nodes: about all up to 90 %",
    )  # fmt: skip
    axes.plot(
        *PUBLISHED_LAST, "X", color=DIM, markeredgecolor=INK, markersize=10, linestyle="none",
        label="HyParView as published: 91 % at 95 %",
    )  # fmt: skip
    sizes = list(dict.fromkeys(each.nodes for each in found))
    for place, (size, color, marker) in enumerate(zip(sizes, _COLORS, _MARKERS, strict=False)):
        of_size = [each for each in found if each.nodes == size]
        axes.plot(
            [each.percent for each in of_size],
            [share(each) / 10 for each in of_size],
            marker,
            linestyle="-" if len(of_size) > 1 else "none",
            color=color,
            # They would hide each other.
            markersize=5 + 4 * place,
            markerfacecolor=color if place == 0 else "none",
            linewidth=1.4,
            label=f"this overlay, {size:,} nodes",
        )
    axes.set_xlim(5, 100)
    axes.set_xticks(
        [10, 30, 50, 70, 80, 90, 95], ["10", "30", "50", "70", "80", "90", "95"], fontsize=9
    )
    least = min(share(each) for each in found) / 10
    axes.set_ylim(min(70, least - 5), 101.5)
    axes.set_xlabel("percent of the nodes that die at once")


def _words(found: Sequence[Reached]) -> Words:
    slow = min(found, key=lambda each: each.soon_permille)
    worst = min(found, key=lambda each: each.in_the_end_permille)
    least = (
        f"at least {worst.in_the_end_permille / 10:g} % of those who live got each message in the"
        " end"
    )
    return Words(
        name=NAME,
        title="Who hears of everything just after most nodes have died",
        caption=(
            "Every node has five links; a share of all nodes dies at one moment with their"
            " sockets reset, and for five seconds from then on somebody who lives says something"
            f" ten times a second: {least}. When {slow.percent} % of {slow.nodes:,} have died what"
            f" is left is in pieces: {slow.soon_permille / 10:g} % got it within five seconds, the"
            " others when they had found together. Of HyParView's curve only what is known of"
            f" it in words is drawn, no point is read off: {SOURCE}."
        ),
        alternative=f"Reliability against the share of crashed nodes: {least}.",
        sources=commands(found),
    )
