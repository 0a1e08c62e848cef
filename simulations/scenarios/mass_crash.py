"""Does everybody who is left get what is said while most of an overlay has just died?

A scenario for each share, as in HyParView (Leitão, Pereira, Rodrigues, DSN 2007, figure 2):
every node has five links, a share of all nodes dies at one moment with their sockets reset, and
from that moment on somebody who is left says something every so often. How many of those who
are left get it, on average, is the reliability. Then it is waited until they are one overlay.
"""

from simulations.broadcasts import Broadcasts
from simulations.checkers.liveness.conditions import Agreement, OneComponent
from simulations.crossings import chosen
from simulations.scenario import Cast, Run, Scenario
from simulations.scenarios.broadcast import say_meanwhile

SHARES = (10, 20, 30, 40, 50, 60, 70, 80, 90, 95)
"""Percent of the nodes that die."""

BARS = {90: 990, 95: 910}
"""Of a thousand who are left so many get it, as published; all of them up to 80 %."""

PEOPLE = 4
WARM_MS = 2_000
MESSAGES = 50
EVERY_MS = 100
"""So messages are said for five seconds, most of them before anything is healed."""

SOON_MS = 5_000
"""As long as delivery may take (L2)."""

NOTICED_MS = 1_000
"""By then every death is known to those who had a link with it."""

AFTER_MESSAGES = 5


def play(run: Run, percent: int) -> None:
    broadcasts = Broadcasts()
    run.world.watch(broadcasts)
    run.begin()
    for speaker in run.people:
        run.workload.say_in(speaker, run.channel)
        run.pass_time(WARM_MS // PEOPLE)
    broadcasts.clear()
    dead = chosen(run, percent, run.world.generator("dead"))
    for host in dead:
        run.faults.crash(host, down_ms=None)
    say_meanwhile(run, run.people, MESSAGES, EVERY_MS)
    run.pass_time(NOTICED_MS)
    run.measure("healed_ms", NOTICED_MS + run.liveness.wait_for(OneComponent(len(dead))))
    run.liveness.wait_for(Agreement())
    run.pass_time(max(MESSAGES * EVERY_MS + SOON_MS - run.world.now_ms, SOON_MS))
    _note(run, broadcasts, percent)
    broadcasts.clear()
    say_meanwhile(run, run.people, AFTER_MESSAGES, EVERY_MS)
    run.pass_time(AFTER_MESSAGES * EVERY_MS + SOON_MS)
    live = sum(host.is_up for host in run.nodes)
    reached = [len(each.reached) for each in broadcasts.all()]
    run.measure("reached_after_healing_least", min(reached, default=0))
    run.expect("all get what is said after that", holds=reached == [live] * AFTER_MESSAGES)


def _note(run: Run, broadcasts: Broadcasts, percent: int) -> None:
    live = {host.name for host in run.nodes if host.is_up}
    found = broadcasts.all()
    got = [len(live & each.reached.keys()) for each in found]
    soon = [
        sum(name in live and at_ms <= each.at_ms + SOON_MS for name, at_ms in each.reached.items())
        for each in found
    ]
    everybody = len(live) * max(len(found), 1)
    permille = sum(got) * 1_000 // everybody
    run.measure("live_nodes", len(live))
    run.measure("said", len(found))
    run.measure("reliability_permille", permille)
    run.measure("reliability_soon_permille", sum(soon) * 1_000 // everybody)
    run.measure("reached_first_permille", got[0] * 1_000 // len(live) if got else 0)
    run.measure("reached_least_permille", min(got, default=0) * 1_000 // len(live))
    bar = BARS.get(percent, 1_000)
    run.expect(f"{bar / 10} % get what is said meanwhile", holds=permille >= bar)
    run.expect("everything is said", holds=len(found) == MESSAGES)


def _scenario(percent: int) -> Scenario:
    return Scenario(
        name=f"mass_crash_{percent}",
        question=f"who gets what is said just after {percent} % of all nodes have died at once?",
        cast=lambda _: Cast(nodes=100, shape="even", people=PEOPLE, is_converged=True),
        play=lambda run: play(run, percent),
    )


ALL = tuple(_scenario(percent) for percent in SHARES)
