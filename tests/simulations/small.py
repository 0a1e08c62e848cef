"""A small scenario in which machines can be exchanged for broken ones before it is played."""

from overlay.peering.effects import Forget
from overlay.peering.events import Ticket
from overlay.peering.rows import RowKey
from simulations.liars.base import enlist_client
from simulations.liars.equivocator import TwoTonguedClient
from simulations.machines import Host
from simulations.scenario import DELIVERY_MS_MAX, Cast, Options, Run, Scenario

TALK_MS = 3_000


def play(run: Run) -> None:
    run.begin()
    run.workload.talk(every_ms=100, for_ms=TALK_MS, channel=run.channel)
    run.pass_time(TALK_MS)
    run.calm(DELIVERY_MS_MAX)


SMALL = Scenario(
    name="small",
    question="does anything break?",
    cast=lambda _: Cast(nodes=3, shape="line", people=3),
    play=play,
)


def a_run(*, seed: int = 1) -> Run:
    """Three nodes in a line and three people who talk."""
    return Run(SMALL, Options(seed=seed))


def crash_at(run: Run, host: Host, at_ms: int) -> None:
    """Have a host's machine die, and come back a second later."""
    run.after(at_ms, lambda: run.faults.crash(host, down_ms=1_000))


def lose_disk_at(run: Run, host: Host, at_ms: int) -> None:
    """Have a host's machine die, and come back a second later with nothing on its disk."""

    def wipe() -> None:
        run.world.kill(host)
        keys = [RowKey(row.table, row.key) for row in host.disk.rows()]
        host.disk.perform(Forget(keys, Ticket(0)), run.world.calendar, lambda _: None)
        host.disk.losses += 1
        run.world.after(1_000, lambda: run.world.start(host))

    run.world.after(at_ms, wipe)


def saying_two_things(run: Run) -> TwoTonguedClient:
    """Have somebody say three things in public, and each time another under the same counter."""
    speaker = run.people[0]
    clients = enlist_client(speaker, TwoTonguedClient)
    run.begin()
    clients[-1].is_lying = True
    for wait_ms in (0, 500, 1_000):
        run.after(wait_ms, lambda: run.workload.say_in(speaker, run.channel))
    run.pass_time(3_000)
    return clients[-1]


def broken(run: Run) -> list[str]:
    """The checkers that found something in a run that is over, each once."""
    return sorted({violation.checker for violation in run.violations})
