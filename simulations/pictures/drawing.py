"""How figures look, and how they become files that are the same bytes for the same data."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

INK, FAINT, DIM, GRID, PAPER = "#1f2328", "#6b7280", "#9aa2ad", "#d7dbe0", "#ffffff"
"""The page puts its own in place of these."""

BLUE, ORANGE, GREEN, RED, PURPLE, SKY = (
    "#0072b2",
    "#e69f00",
    "#009e73",
    "#d55e00",
    "#cc79a7",
    "#56b4e9",
)
"""Okabe and Ito's, which people with any colour vision can tell apart; no figure tells by colour
alone."""

PIXELS_PER_INCH = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What stands around a figure."""

    name: str
    """Of its files, and for `--only`."""
    title: str
    caption: str
    """What it shows, in a few sentences."""
    sources: tuple[str, ...]
    """Commands that have its runs again."""
    alternative: str
    """What it shows, for those who cannot see it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture(Words):
    """A figure with what stands around it on the page."""

    svg: bytes
    png: bytes


def picture(words: Words, width: float, height: float, draw: Callable[[Figure], None]) -> Picture:
    """Draw a figure of so many inches. The bytes depend on what is drawn alone."""
    with _styled():
        figure = Figure(figsize=(width, height), layout="constrained")
        draw(figure)
        _settle(figure)
        svg, png = BytesIO(), BytesIO()
        figure.savefig(svg, format="svg", metadata={"Date": None, "Creator": None})
        figure.savefig(png, format="png", dpi=PIXELS_PER_INCH, metadata={"Software": None})
    return Picture(
        name=words.name,
        title=words.title,
        caption=words.caption,
        sources=words.sources,
        alternative=words.alternative,
        svg=svg.getvalue(),
        png=png.getvalue(),
    )


def _settle(figure: Figure) -> None:
    """Lay the figure out once. The solver's last digits differ from run to run: they are cut."""
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    for axes in figure.axes:
        x, y, width, height = axes.get_position().bounds
        axes.set_position((round(x, 4), round(y, 4), round(width, 4), round(height, 4)))


@contextmanager
def _styled() -> Iterator[None]:
    """What a person has set for their own figures does not matter here."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(
            {
                "svg.hashsalt": "overlay",
                "svg.fonttype": "path",
                "font.family": "DejaVu Sans",
                "font.size": 10,
                "text.color": INK,
                "axes.edgecolor": FAINT,
                "axes.labelcolor": INK,
                "axes.titlesize": 11,
                "axes.titlelocation": "left",
                "axes.spines.top": False,
                "axes.spines.right": False,
                "axes.grid": True,
                "axes.axisbelow": True,
                "grid.color": GRID,
                "grid.linewidth": 0.7,
                "xtick.color": INK,
                "ytick.color": INK,
                "legend.frameon": False,
                "figure.facecolor": PAPER,
                "axes.facecolor": PAPER,
                "savefig.facecolor": PAPER,
                "lines.linewidth": 1.8,
            }
        )
        yield


def legend_above(axes: Axes, columns: int) -> None:
    """A legend that hides no data; none where nothing is drawn."""
    if not axes.get_legend_handles_labels()[0]:
        return
    axes.legend(
        loc="lower left",
        bbox_to_anchor=(0, 1.0),
        ncols=columns,
        fontsize=9,
        borderaxespad=0.2,
        handlelength=1.8,
        columnspacing=1.2,
    )


def legend_below(axes: Axes) -> None:
    """A legend under the name of the axis of x, one line each."""
    axes.legend(loc="upper left", bbox_to_anchor=(-0.02, -0.16), fontsize=9, borderaxespad=0)
