"""Figures over the time of a run: panels above each other, the last of what befell the world."""

from collections.abc import Callable, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from simulations.pictures.drawing import BLUE, FAINT, ORANGE, PURPLE, RED
from simulations.pictures.film import Film
from simulations.pictures.telling import FAMILIES, family, lasts_ms

AT_ONCE_MS = 150
"""How wide what is over at once is drawn."""

_NAMES = {"crash": "crashes", "cut": "cuts, resets", "slow": "slow, paused", "other": "other"}
_COLORS = {"crash": RED, "cut": BLUE, "slow": ORANGE, "other": PURPLE}
_HATCHES = {"crash": "", "cut": "////", "slow": "....", "other": "xx"}


INCHES_EACH = 0.72
"""Of height, for each part that a panel takes."""

Panel = tuple[float, Callable[[Axes, Film], None]]
"""How high it is beside the others, and what draws it."""


def over_time(film: Film, panels: Sequence[Panel], figure: Figure) -> None:
    """Draw panels above each other, with one axis of time."""
    heights = [height for height, _ in panels]
    grid = figure.subplots(len(panels), 1, sharex=True, height_ratios=heights, squeeze=False)
    for axes, (_, draw) in zip(grid.flat, panels, strict=True):
        draw(axes, film)
    grid.flat[-1].set_xlabel("seconds since everybody knew everybody")


def over_time_inches(panels: Sequence[Panel]) -> float:
    """How high such a figure is."""
    return INCHES_EACH * sum(height for height, _ in panels) + 0.35


def draw_faults(axes: Axes, film: Film) -> None:
    """A row for each family of faults, from when it struck to when it was over."""
    rows = [name for name in FAMILIES if any(family(each.fault) == name for each in film.faults)]
    for row, name in enumerate(reversed(rows)):
        spans = [
            ((each.at_ms - film.begun_ms) / 1_000, max(lasts_ms(each.fault), AT_ONCE_MS) / 1_000)
            for each in film.faults
            if family(each.fault) == name
        ]
        axes.broken_barh(
            spans,
            (row - 0.36, 0.72),
            facecolor=_COLORS[name],
            edgecolor=FAINT,
            linewidth=0.5,
            hatch=_HATCHES[name],
            alpha=0.75,
        )
    axes.set_yticks(range(len(rows)), [_NAMES[name] for name in reversed(rows)], fontsize=9)
    axes.set_ylim(-0.6, max(len(rows) - 0.4, 0.6))
    axes.grid(visible=False, axis="y")
    axes.set_title("What befell it", fontsize=10)
