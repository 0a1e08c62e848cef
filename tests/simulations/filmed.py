"""Small runs with a camera on them, and what tests ask of their films."""

from functools import cache

from simulations.decisions import Crash, Partition
from simulations.pictures.film import Film
from simulations.pictures.gathering import filmed
from simulations.scenario import DELIVERY_MS_MAX, Cast, Options, Run, Scenario

CRASH_AT_MS, DOWN_MS = 1_000, 2_000
PARTED_AT_MS, PARTED_MS = 5_000, 2_000
TALK_MS = 9_000


def play(run: Run) -> None:
    """The second node of a ring dies and comes back; then the ring is cut in two."""
    one, dies, *others = [host.name for host in run.nodes]
    groups = ((one, dies, "person-1"), (*others, "person-2", "person-3"))
    run.begin()
    run.workload.talk(every_ms=200, for_ms=TALK_MS, channel=run.channel)
    run.after(CRASH_AT_MS, lambda: run.faults.befall(Crash(host=dies, down_ms=DOWN_MS)))
    run.after(PARTED_AT_MS, lambda: run.faults.befall(Partition(groups, PARTED_MS)))
    run.pass_time(TALK_MS)
    run.calm(DELIVERY_MS_MAX)


FILMED = Scenario(
    name="filmed",
    question="is everything there to see?",
    cast=lambda _: Cast(nodes=4, shape="ring", people=3),
    play=play,
)


def a_run(seed: int = 1) -> Run:
    """Four nodes in a ring and three people who talk."""
    return Run(FILMED, Options(seed=seed))


@cache
def a_film(seed: int = 1) -> Film:
    """The film of it, which nobody changes."""
    return filmed(a_run(seed))[0]


def links_between(film: Film, one: str, other: str, at_ms: int) -> list[str]:
    """The state of each link between two hosts at one moment."""
    return [
        "cut" if link.is_cut(at_ms) else "open"
        for link in film.links_at(at_ms)
        if {link.one, link.other} == {one, other}
    ]
