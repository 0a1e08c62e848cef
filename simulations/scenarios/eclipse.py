"""Does a node see the overlay, and is it seen, when all its neighbours but one conspire?"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from simulations.checkers.liveness.conditions import NotEclipsed
from simulations.crossings import Talk, connected, figures, links_of
from simulations.decisions import Crash
from simulations.liars.conspiracy import Conspiracy
from simulations.machines import ClientHost, NodeHost
from simulations.scenario import (
    KEYS_MS_MAX,
    SETTLE_MS_MAX,
    Cast,
    Run,
    Scenario,
    Unplayable,
)

DOWN_MS = 1_000
SEEN_MS_MAX = 12_000
"""L1 at 50 nodes, from the moment in which it begins."""
TALK_MS = 2_000
LISTEN_MS = 95_000 + KEYS_MS_MAX
"""Twelve attempts and what the last of them takes, once the keys of its recipient have come."""
ATTEMPTS_MAX, BAR = 12, 970
"""As past black holes, which its neighbours are: in so many attempts so many of a thousand."""


def play(run: Run) -> None:
    conspiracy = Conspiracy(run, run.world.generator("eclipse"))
    victim = conspiracy.victim
    run.begin()
    conspiracy.tell(lies=True)
    # It begins with nothing: whatever it knows from now on it was told by its neighbours.
    run.faults.befall(Crash(host=victim.name, down_ms=DOWN_MS, disk="none"))
    run.pass_time(DOWN_MS + 1)
    began_ms = run.world.now_ms
    is_seen = partial(_is_seen, victim, _reached(run, victim))
    run.wait_until(is_seen, "the victim sees all that is honest, and is seen", SEEN_MS_MAX)
    run.measure("seen_after_ms", run.world.now_ms - began_ms)
    run.liveness.wait_for(NotEclipsed())
    run.measure("records_hidden", conspiracy.hidden)
    _talk(run, victim)


def _reached(run: Run, victim: NodeHost) -> list[NodeHost]:
    """Who is linked with it by honest nodes: of anybody else it hears what liars like to say."""
    liars = [host for host in run.nodes if not host.is_honest]
    between = connected(links_of(run), liars)
    honest = (host for host in run.nodes if host.is_honest)
    return [host for host in honest if between(victim.name, host.name) is not None]


def _is_seen(victim: NodeHost, honest: Sequence[NodeHost]) -> bool:
    """Whether it sees all of these alive, and all of them it."""
    seen = {host.key.id: _alive_to(host) for host in honest}
    return all(
        victim.key.id in seen[host.key.id] and host.key.id in seen[victim.key.id] for host in honest
    )


def _alive_to(host: NodeHost) -> list[str]:
    status = host.node.snapshot() if host.node is not None else None
    return [member.id for member in status.members if member.is_alive] if status else []


def _talk(run: Run, victim: NodeHost) -> None:
    """Somebody who is served by the victim writes to others, and they write back."""
    person, *others = run.people
    _move(run, person, victim)
    is_served = "somebody is served there"
    run.wait_until(lambda: run.workload.has_home(person), is_served, SETTLE_MS_MAX)
    friends = _within_reach(run, victim, others)
    talk = Talk(run, [pair for each in friends for pair in ((person, each), (each, person))])
    talk.warm()
    written = talk.write(TALK_MS, LISTEN_MS)
    arrived = figures(written, lambda one, other: 1, attempts_max=ATTEMPTS_MAX)
    run.measure("eclipsed_sent", arrived.sent)
    run.measure("eclipsed_delivered", arrived.delivered)
    run.measure("eclipsed_p99_ms", arrived.p99_ms)
    holds = arrived.delivered * 1_000 >= arrived.sent * BAR
    run.expect(f"{BAR / 10} % delivered in {ATTEMPTS_MAX} attempts", holds=holds)


def _within_reach(run: Run, victim: NodeHost, people: Sequence[ClientHost]) -> Sequence[ClientHost]:
    """Those whose home is honest now, and linked with the victim by honest nodes.

    Who was served by the victim before it was restarted may have gone on at a
    conspirator. Raises Unplayable where there is nobody.
    """
    homes = {host.name for host in _reached(run, victim) if host is not victim}
    friends = [each for each in people if run.workload.home_of(each) in homes]
    if not friends:
        raise Unplayable("nobody is left whom honest nodes link with the victim: take more nodes")
    return friends


def _move(run: Run, person: ClientHost, home: NodeHost) -> None:
    """A person starts their client anew, and names another node."""
    if person.is_up:
        run.world.kill(person)
    person.settings = replace(person.settings, addresses=(home.address,))
    run.world.start(person)


SCENARIO = Scenario(
    name="eclipse",
    question="does a node see the overlay, and is it seen, when all its neighbours but one lie?",
    cast=lambda _: Cast(nodes=30, shape="random", people=10),
    play=play,
)
