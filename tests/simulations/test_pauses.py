"""A process that is paused keeps its links; what came meanwhile comes at once, to a late clock."""

from overlay import limits
from overlay.peering.effects import Dial, Send
from overlay.peering.events import DialFailed, FrameReceived, LinkOpened, Wake
from simulations.decisions import Pause
from simulations.machines import Host
from simulations.scenario import Options, Run
from tests.simulations.doubles import a_pair, running
from tests.simulations.small import SMALL, a_run


def test_frames_wait_for_a_paused_process_and_come_at_once_in_order() -> None:
    pair = a_pair()
    link = pair.link()

    was_paused_now = pair.world.pause(pair.south)
    was_paused_again = pair.world.pause(pair.south)
    for number in range(3):
        pair.does(pair.north, Send(link, b"[%d]" % number))
        pair.pass_time(500)
    told_while_paused = list(pair.told_south)
    pair.world.resume(running(pair.south))

    assert (was_paused_now, was_paused_again) == (True, False)
    assert told_while_paused == []
    assert pair.told_south == [(1_600, FrameReceived(link, b"[%d]" % n)) for n in range(3)]
    assert pair.told_north == []


def test_a_dial_to_a_paused_process_is_taken_when_it_goes_on() -> None:
    pair = a_pair()
    pair.world.pause(pair.south)

    pair.does(pair.north, Dial(pair.south.address))
    pair.pass_time(1_000)
    told_while_paused = [*pair.told_north, *pair.told_south]
    pair.world.resume(running(pair.south))
    pair.pass_time(limits.DIAL_MS)

    assert told_while_paused == []
    assert [at_ms for at_ms, event in pair.told_south if isinstance(event, LinkOpened)] == [1_000]
    assert [at_ms for at_ms, event in pair.told_north if isinstance(event, LinkOpened)] == [1_010]
    assert len(pair.told_north) == 1


def test_a_dial_to_a_process_that_is_paused_for_long_times_out() -> None:
    pair = a_pair()
    pair.world.pause(pair.south)

    pair.does(pair.north, Dial(pair.south.address))
    pair.pass_time(60_000)
    pair.world.resume(running(pair.south))
    pair.pass_time(60_000)

    assert pair.told_north == [(limits.DIAL_MS, DialFailed(pair.south.address, "timed_out"))]
    assert pair.told_south == []


def test_a_paused_process_can_be_killed_and_nothing_wakes_it() -> None:
    run = a_run()
    run.begin()
    north = run.nodes[0]
    process = running(north)

    run.faults.befall(Pause(host=north.name, for_ms=5_000))
    run.pass_time(100)
    run.faults.crash(north, down_ms=1_000)
    run.pass_time(20_000)

    assert not process.is_alive
    assert north.is_up
    assert run.world.sometimes["pause of a node"] == 1
    assert run.violations == []


def test_a_machine_can_be_woken_before_it_is_handed_what_waited_or_after() -> None:
    firsts = []
    for wakes_first in (True, False):
        lines: list[str] = []
        run = Run(SMALL, Options(), lines.append)
        run.begin()
        north = run.nodes[0]
        lines.clear()
        run.faults.befall(Pause(host=north.name, for_ms=2_000, wakes_first=wakes_first))
        run.pass_time(2_000)
        firsts.append(next(event for event in events_of(north, lines) if event != "Drained"))

    assert firsts == [Wake.__name__, FrameReceived.__name__]


def events_of(host: Host, lines: list[str]) -> list[str]:
    words = [line.replace("(", " ").split() for line in lines]
    return [event for _, name, event, *_ in words if name == host.name]


def test_the_calm_lets_every_paused_process_go_on() -> None:
    run = a_run()
    run.begin()

    run.faults.befall(Pause(host=run.nodes[0].name, for_ms=3_600_000))
    run.pass_time(1_000)
    run.faults.end()

    assert not running(run.nodes[0]).is_paused
