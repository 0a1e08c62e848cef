"""The figure of an overlay's graph at chosen moments: what lives, what is dead, what is cut."""

from collections.abc import Mapping

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from simulations.pictures.drawing import (
    BLUE,
    DIM,
    FAINT,
    ORANGE,
    PAPER,
    PURPLE,
    RED,
    Picture,
    Words,
    picture,
)
from simulations.pictures.film import Film, Look
from simulations.pictures.layout import Place, places

NAME = "graph"
PANELS = 6
COLUMNS = 3


def moments(film: Film, count: int = PANELS) -> list[int]:
    """The beginning, the end, and of each stretch between the moment at which most was broken."""
    begin_ms, end_ms = film.begun_ms, film.end_ms
    stretch_ms = max((end_ms - begin_ms) // (count - 2), 1)
    found = [begin_ms]
    for number in range(count - 2):
        from_ms = begin_ms + number * stretch_ms
        looks = [look for look in film.looks if from_ms < look.at_ms <= from_ms + stretch_ms]
        if looks:
            found.append(max(looks, key=lambda look: _broken(film, look)).at_ms)
    return [*found, end_ms]


def _broken(film: Film, look: Look) -> tuple[int, int]:
    """How much of an overlay is dead, cut or on its own then."""
    nodes = frozenset(film.nodes)
    cut = sum(
        link.is_cut(look.at_ms) and link.one in nodes and link.other in nodes
        for link in film.links_at(look.at_ms)
    )
    dead = len(film.nodes) - look.nodes
    return look.islands + 4 * dead + cut, -look.at_ms


def graph_picture(film: Film) -> Picture:
    """Small multiples of one overlay."""
    chosen = moments(film)
    rows = -(-len(chosen) // COLUMNS)
    where = places(film)

    def draw(figure: Figure) -> None:
        grid = figure.subplots(rows, COLUMNS, squeeze=False)
        for axes in grid.flat:
            axes.set_axis_off()
        for axes, at_ms in zip(grid.flat, chosen, strict=False):
            _draw_moment(axes, film, where, at_ms)
        figure.legend(handles=_legend(), loc="outside lower center", ncols=4, fontsize=9)

    return picture(_words(film, chosen), 8.4, 2.9 * rows + 0.7, draw)


def _draw_moment(axes: Axes, film: Film, where: Mapping[str, Place], at_ms: int) -> None:
    _draw_links(axes, film, where, at_ms)
    _draw_hosts(axes, film, where, at_ms)
    look = film.look_at(at_ms)
    seconds = f"{(at_ms - film.begun_ms) / 1_000:.1f} s"
    axes.set_title(seconds, pad=17, fontweight="bold")
    if look is not None:
        parts = "one part" if look.islands == 1 else f"{look.islands} parts"
        told = f"{look.nodes} of {len(film.nodes)} nodes run, {parts}"
        axes.text(0, 1.01, told, transform=axes.transAxes, fontsize=8.5, va="bottom")
    axes.set_xlim(-1.12, 1.12)
    axes.set_ylim(-1.12, 1.12)


def _draw_links(axes: Axes, film: Film, where: Mapping[str, Place], at_ms: int) -> None:
    nodes = frozenset(film.nodes)
    there = film.links_at(at_ms)
    pairs = {frozenset((link.one, link.other)) for link in there}
    for one, other in film.edges:
        if frozenset((one, other)) not in pairs:
            _line(axes, where[one], where[other], color=DIM, linestyle=(0, (1, 2)), linewidth=1)
    for link in sorted(there, key=lambda link: not link.is_cut(at_ms)):
        is_person = link.one not in nodes or link.other not in nodes
        ends = where[link.one], where[link.other]
        if link.is_cut(at_ms):
            _line(axes, *ends, color=RED, linestyle=(0, (4, 2)), linewidth=1.1)
        else:
            _line(axes, *ends, color=ORANGE if is_person else BLUE, linewidth=1.1)


def _line(axes: Axes, one: Place, other: Place, **how: object) -> None:
    axes.add_line(Line2D((one[0], other[0]), (one[1], other[1]), zorder=1, **how))  # type: ignore[arg-type]  # what a line can have


def _draw_hosts(axes: Axes, film: Film, where: Mapping[str, Place], at_ms: int) -> None:
    for name, (x, y) in where.items():
        is_person = name in film.first_homes
        marker, size = ("s", 20) if is_person else ("o", 52)
        if not film.is_up(name, at_ms):
            axes.scatter(x, y, marker="o", s=size, facecolor=PAPER, edgecolor=FAINT, zorder=2)
            axes.scatter(x, y, marker="x", s=size, color=RED, linewidth=1.6, zorder=3)
        elif film.is_paused(name, at_ms):
            axes.scatter(x, y, marker="D", s=size, color=PURPLE, zorder=3)
        else:
            color = ORANGE if is_person else BLUE
            axes.scatter(x, y, marker=marker, s=size, color=color, edgecolor=PAPER, zorder=3)


def _legend() -> list[Line2D]:
    dots = {"linestyle": "none", "markeredgecolor": PAPER}
    return [
        Line2D([], [], marker="o", color=BLUE, markersize=8, label="node", **dots),  # type: ignore[arg-type]  # as above
        Line2D([], [], marker="s", color=ORANGE, markersize=5, label="person", **dots),  # type: ignore[arg-type]  # as above
        Line2D([], [], marker="x", color=RED, linestyle="none", label="does not run"),
        Line2D([], [], marker="D", color=PURPLE, linestyle="none", label="stands still"),
        Line2D([], [], color=BLUE, label="link"),
        Line2D([], [], color=ORANGE, label="person's link to a home"),
        Line2D([], [], color=RED, linestyle=(0, (4, 2)), label="link, nothing gets through"),
        Line2D([], [], color=DIM, linestyle=(0, (1, 2)), label="neighbours without a link"),
    ]


def _words(film: Film, chosen: list[int]) -> Words:
    times = ", ".join(f"{(at_ms - film.begun_ms) / 1_000:.1f} s" for at_ms in chosen)
    return Words(
        name=NAME,
        title="The overlay's graph at chosen moments",
        caption=(
            f"{len(film.nodes)} nodes and {len(film.people)} people of `{film.scenario}`:"
            " the beginning, the end, and of each stretch between the moment at which most was"
            " dead, cut or on its own. Nodes that are cut off, or whose neighbours die, open links"
            " to others."
        ),
        alternative=f"Six graphs of one overlay, at {times} of the run.",
        sources=(film.command,),
    )
