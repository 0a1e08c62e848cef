"""The figure of how long it takes until all nodes know the same, by size and shape."""

from collections.abc import Callable, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullLocator

from simulations.pictures.drawing import (
    BLUE,
    GREEN,
    INK,
    ORANGE,
    PURPLE,
    RED,
    SKY,
    Picture,
    Words,
    picture,
)
from simulations.pictures.gathering import Converged, commands

NAME = "convergence"

Took = Callable[[Converged], int | None]

_STYLES = (
    (BLUE, "o", "-"),
    (RED, "s", "--"),
    (GREEN, "^", "-."),
    (ORANGE, "D", ":"),
    (PURPLE, "v", "-"),
    (SKY, "P", "--"),
    (INK, "X", "-."),
)


def convergence_picture(found: Sequence[Converged]) -> Picture:
    """By shape and size; several runs of one are averaged, and each is a dot."""

    def draw(figure: Figure) -> None:
        known, noticed = figure.subplots(1, 2, sharex=True, squeeze=True)
        _draw(known, found, lambda each: each.known_ms)
        _draw(noticed, found, lambda each: each.noticed_ms)
        known.set_title("From nothing until all know the same")
        noticed.set_title("From a death until all know of it")
        known.set_ylabel("seconds")
        figure.legend(
            *known.get_legend_handles_labels(), loc="outside lower center", ncols=6, fontsize=9
        )

    return picture(_words(found), 8.8, 4.3, draw)


def _draw(axes: Axes, found: Sequence[Converged], took: Took) -> None:
    shapes = list(dict.fromkeys(each.shape for each in found))
    sizes = sorted({each.nodes: None for each in found})
    for shape, (color, marker, line) in zip(shapes, _STYLES, strict=False):
        of_shape = [each for each in found if each.shape == shape]
        means = [_mean_s([each for each in of_shape if each.nodes == size], took) for size in sizes]
        there = [(size, mean) for size, mean in zip(sizes, means, strict=True) if mean is not None]
        axes.plot(
            *zip(*there, strict=True), color=color, linestyle=line, marker=marker, markersize=5.5,
            label=shape,
        )  # fmt: skip
        for each in of_shape:
            took_ms = took(each)
            if took_ms is not None:
                axes.plot(each.nodes, took_ms / 1_000, marker, color=color, markersize=3, alpha=0.5)
    axes.set_xscale("log")
    axes.set_xticks(sizes, [str(size) for size in sizes])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.set_ylim(bottom=0)
    axes.set_xlabel("nodes")


def _mean_s(found: Sequence[Converged], took: Took) -> float | None:
    times = [ms for each in found if (ms := took(each)) is not None]
    return sum(times) / len(times) / 1_000 if times else None


def _words(found: Sequence[Converged]) -> Words:
    last = max(found, key=lambda each: each.known_ms or 0)
    largest = max(each.nodes for each in found)
    slowest = (
        f"the slowest of these runs, a {last.shape} of {last.nodes} nodes,"
        f" took {(last.known_ms or 0) / 1_000:.1f} s"
    )
    return Words(
        name=NAME,
        title="How long agreement takes, by size and shape",
        caption=(
            "Left: all nodes are started within 0.2 s and know nobody but their neighbours files;"
            " how long until all hold the same directory and see each other alive. Right: the node"
            " with the highest number is killed, its sockets reset, and all others come to know"
            f" it. A line of {largest} is {largest - 1} hops across; {slowest}."
            " Small marks are single runs, lines their means."
        ),
        alternative=f"Times until all nodes agree, by size and shape; {slowest}.",
        sources=commands(found),
    )
