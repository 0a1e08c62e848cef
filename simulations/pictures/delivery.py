"""The figure of how what people said fared while the storm lasted."""

from collections.abc import Sequence
from functools import partial

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from simulations.pictures.drawing import (
    BLUE,
    GREEN,
    INK,
    RED,
    Picture,
    Words,
    legend_above,
    picture,
)
from simulations.pictures.film import Film
from simulations.pictures.strips import draw_faults, over_time, over_time_inches
from simulations.report import percentile
from simulations.sayings import Saying

NAME = "delivery"
WINDOW_MS = 2_000
WINDOWS_MAX = 60
"""Medians and shares are those of what was said within so long, in a long run within a longer
stretch: of so many there are lines that one can follow."""

DOTS_MAX = 3_000
"""More would be megabytes as elements of an SVG; they are one image in it."""


def latency_ms(saying: Saying) -> int | None:
    """From being said until it was shown: by who it was for, or by the last on a channel."""
    if saying.channel is None:
        return None if saying.delivered_ms is None else saying.delivered_ms - saying.said_ms
    return max(saying.shown.values()) - saying.said_ms if saying.shown else None


def window_ms(film: Film) -> int:
    """How long a stretch is, in whole seconds."""
    return max(WINDOW_MS, -(-(film.end_ms - film.begun_ms) // (WINDOWS_MAX * 1_000)) * 1_000)


def windows(film: Film) -> list[tuple[int, list[Saying]]]:
    """What was said directly, by the middle of each stretch in which anything was."""
    found: dict[int, list[Saying]] = {}
    stretch_ms = window_ms(film)
    for saying in film.sayings:
        if saying.channel is None:
            number = (saying.said_ms - film.begun_ms) // stretch_ms
            found.setdefault(number, []).append(saying)
    middle_ms = film.begun_ms + stretch_ms // 2
    return [(number * stretch_ms + middle_ms, found[number]) for number in sorted(found)]


def delivery_picture(film: Film) -> Picture:
    panels = [(5.0, _draw_latencies)]
    if any(saying.channel is None for saying in film.sayings):
        panels.append((2.4, _draw_shares))
    if film.faults:
        panels.append((1.7, draw_faults))
    return picture(_words(film), 8.4, over_time_inches(panels), partial(over_time, film, panels))


def _draw_latencies(axes: Axes, film: Film) -> None:
    direct = [saying for saying in film.sayings if saying.channel is None]
    public = [saying for saying in film.sayings if saying.channel is not None]
    _dots(axes, film, direct, "o", BLUE, "direct message")
    _dots(axes, film, public, "s", GREEN, "on a channel, until the last was shown it")
    never = [saying for saying in direct if saying.delivered_ms is None]
    if never:
        times = [_at_s(film, saying) for saying in never]
        axes.plot(times, [0.97] * len(times), "x", color=RED, label="direct, never shown",
                  transform=axes.get_xaxis_transform())  # fmt: skip
    steps = [(at, percentile(_latencies(each), 50)) for at, each in windows(film)]
    known = [((at - film.begun_ms) / 1_000, ms / 1_000) for at, ms in steps if ms]
    if known:
        axes.plot(
            *zip(*known, strict=True),
            color=INK,
            label=f"median of {window_ms(film) // 1_000} s, direct",
        )
    if not film.sayings:
        axes.set_title("Nobody said anything")
    axes.set_yscale("log")
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.set_ylabel("seconds until shown")
    legend_above(axes, 2)


def _dots(
    axes: Axes, film: Film, sayings: Sequence[Saying], marker: str, color: str, label: str
) -> None:
    known = [
        (_at_s(film, saying), max(took_ms, 1) / 1_000)
        for saying in sayings
        if (took_ms := latency_ms(saying)) is not None
    ]
    if known:
        at, took = zip(*known, strict=True)
        axes.plot(
            at, took, marker, color=color, markersize=3.5, alpha=0.65, label=label,
            rasterized=len(known) > DOTS_MAX,
        )  # fmt: skip


def _draw_shares(axes: Axes, film: Film) -> None:
    steps = windows(film)
    at = [(middle_ms - film.begun_ms) / 1_000 for middle_ms, _ in steps]
    for within_ms, style, color in ((1_000, "--", BLUE), (None, "-", INK)):
        shares = [_share(sayings, within_ms) for _, sayings in steps]
        label = "shown in the end" if within_ms is None else "shown within 1 s"
        axes.plot(at, shares, style, color=color, label=label)
    axes.set_ylim(-5, 108)
    axes.set_ylabel("percent of\ndirect messages")
    legend_above(axes, 2)


def _share(sayings: Sequence[Saying], within_ms: int | None) -> float:
    took = [latency_ms(saying) for saying in sayings]
    there = [ms for ms in took if ms is not None and (within_ms is None or ms <= within_ms)]
    return 100 * len(there) / len(sayings)


def _latencies(sayings: Sequence[Saying]) -> list[int]:
    return sorted(ms for saying in sayings if (ms := latency_ms(saying)) is not None)


def _at_s(film: Film, saying: Saying) -> float:
    return (saying.said_ms - film.begun_ms) / 1_000


def _words(film: Film) -> Words:
    direct = [saying for saying in film.sayings if saying.channel is None]
    took = _latencies(direct)
    shown = f"{len(took)} of {len(direct)} direct messages were shown"
    if took:
        middle, worst = (f"{percentile(took, percent) / 1_000:.2g} s" for percent in (50, 100))
        shown += f", half of them within {middle}, the slowest after {worst}"
    befell = " Below, when what befell the world, as long as it was meant to last."
    return Words(
        name=NAME,
        title="How long it takes until what people say is shown",
        caption=(
            f"{shown}. A message to somebody who is dead, cut off or stands still waits until they"
            f" are back.{befell if film.faults else ''}"
        ),
        alternative=f"How long each message took, over the time it was said. {shown}.",
        sources=(film.command,),
    )
