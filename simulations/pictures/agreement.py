"""The figure of how far the nodes of a run agree on who is there, over time."""

from functools import partial

from matplotlib.axes import Axes

from simulations.pictures.drawing import (
    BLUE,
    GREEN,
    INK,
    ORANGE,
    Picture,
    Words,
    legend_above,
    picture,
)
from simulations.pictures.film import Film
from simulations.pictures.strips import draw_faults, over_time, over_time_inches
from simulations.pictures.telling import seconds

NAME = "agreement"


def agreed_after_ms(film: Film) -> int | None:
    """How long after the last time that not all nodes agreed the run still went on; None if
    they do not agree at its end."""
    if not film.looks or film.looks[-1].alike < film.looks[-1].nodes:
        return None
    unlike = [look.at_ms for look in film.looks if look.alike < look.nodes]
    return film.end_ms - unlike[-1] if unlike else film.end_ms


def agreement_picture(film: Film) -> Picture:
    panels = [(4.0, _draw_shares), (3.0, _draw_counts)]
    if film.faults:
        panels.append((1.7, draw_faults))
    return picture(_words(film), 8.4, over_time_inches(panels), partial(over_time, film, panels))


def _draw_shares(axes: Axes, film: Film) -> None:
    at = [(look.at_ms - film.begun_ms) / 1_000 for look in film.looks]
    alike = [100 * look.alike / look.nodes for look in film.looks]
    largest = [100 * look.largest / look.nodes for look in film.looks]
    axes.plot(at, largest, "--", color=ORANGE, label="in the largest connected part", linewidth=1.4)
    axes.plot(at, alike, color=BLUE, label="hold the directory that most hold", linewidth=1.4)
    axes.fill_between(at, alike, step=None, color=BLUE, alpha=0.12, linewidth=0)
    axes.set_ylim(0, 106)
    axes.set_ylabel("percent of the\nnodes that run")
    legend_above(axes, 2)


def _draw_counts(axes: Axes, film: Film) -> None:
    at = [(look.at_ms - film.begun_ms) / 1_000 for look in film.looks]
    axes.step(at, [look.nodes for look in film.looks], where="post", color=GREEN, label="run")
    axes.step(
        at, [look.islands for look in film.looks], "--", where="post", color=INK,
        label="connected parts",
    )  # fmt: skip
    axes.set_ylim(0, len(film.nodes) + 2)
    axes.set_ylabel("nodes, parts")
    axes.legend(loc="center right", fontsize=9)


def _words(film: Film) -> Words:
    rest_ms = agreed_after_ms(film)
    if rest_ms is None:
        end = "At its end they did not agree."
    else:
        end = f"For the last {seconds(rest_ms)} of the run all agreed, without a break."
    return Words(
        name=NAME,
        title="How far nodes agree on who is there",
        caption=(
            "Four times a second every node that runs is asked for the digest of its directory."
            " Parts that are cut off from each other hold different directories until they are"
            f" one again. {end}"
        ),
        alternative=(
            "The share of nodes that hold the same directory over time, beside the number of"
            f" connected parts. {end}"
        ),
        sources=(film.command,),
    )
