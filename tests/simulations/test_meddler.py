"""A box on the way changes frames, and whoever receives them refuses or closes: safety holds."""

import pytest

from overlay.peering.effects import Send
from overlay.peering.events import FrameReceived, LinkClosed
from simulations.decisions import Lose, Meddle, Meddling
from simulations.rules import Lossy
from tests.simulations.doubles import a_pair
from tests.simulations.small import a_run, broken

ALWAYS_BROKEN = Lossy(lost_one_in=0, reset_one_in=1)


def a_job(what: Meddling, frames: int = 1) -> Meddle:
    return Meddle(sender="node-1", receiver="node-2", what=what, frames=frames, place=1)


@pytest.mark.parametrize(
    ("what", "arrives"),
    [
        ("duplicate", [b"[0]", b"[0]", b"[1]", b"[2]"]),
        ("reorder", [b"[1]", b"[0]", b"[2]"]),
        ("corrupt", [b"[1]", b"[1]", b"[2]"]),
        ("swallow", [b"[1]", b"[2]"]),
    ],
)
def test_the_next_frame_in_one_direction_is_changed_and_no_other(
    what: Meddling, arrives: list[bytes]
) -> None:
    pair = a_pair()
    link = pair.link()
    pair.world.network.meddler.take_job(a_job(what))

    for number in range(3):
        pair.does(pair.north, Send(link, b"[%d]" % number))
        pair.does(pair.south, Send(link, b"[%d]" % number))
        pair.pass_time(100)

    assert [e.data for _, e in pair.told_south if isinstance(e, FrameReceived)] == arrives
    assert [e.data for _, e in pair.told_north if isinstance(e, FrameReceived)] == [
        b"[0]",
        b"[1]",
        b"[2]",
    ]
    assert pair.world.network.meddler.is_idle


def test_a_box_that_rests_has_swallowed_what_it_kept_back() -> None:
    pair = a_pair()
    link, meddler = pair.link(), pair.world.network.meddler
    meddler.take_job(a_job("reorder"))

    pair.does(pair.north, Send(link, b"[0]"))
    touched = meddler.rest()
    pair.does(pair.north, Send(link, b"[1]"))
    pair.pass_time(100)

    assert touched == pair.world.network.open_links()
    assert [e.data for _, e in pair.told_south if isinstance(e, FrameReceived)] == [b"[1]"]


def test_an_empty_frame_is_left_as_it_is() -> None:
    pair = a_pair()
    pair.link()
    meddler = pair.world.network.meddler
    meddler.take_job(a_job("corrupt"))

    (end,) = pair.world.network.open_links()
    assert meddler.treat(end, "node-1", "node-2", b"") == [b""]


@pytest.mark.parametrize("what", ["duplicate", "reorder", "corrupt", "swallow"])
def test_whatever_a_box_does_nothing_wrong_is_shown_and_all_arrives_in_the_end(
    what: Meddling,
) -> None:
    run = a_run()
    run.begin()
    names = [host.name for host in (*run.nodes, *run.people)]
    for sender in names:
        for receiver in names:
            job = Meddle(sender=sender, receiver=receiver, what=what, frames=3, place=57)
            run.faults.befall(job)

    run.workload.talk(every_ms=100, for_ms=5_000, channel=run.channel)
    run.pass_time(5_000)
    run.calm()

    assert broken(run) == []
    assert [str(each) for each in run.unmet] == []
    assert run.world.network.meddler.done[what] > 5


def test_a_frame_can_end_its_link() -> None:
    pair = a_pair()
    link = pair.link()
    pair.world.weather.add(lambda _, __: ALWAYS_BROKEN)

    pair.does(pair.north, Send(link, b"[]"))
    pair.pass_time(1_000)

    assert [type(event) for _, event in (*pair.told_north, *pair.told_south)] == [LinkClosed] * 2


def test_a_host_with_lossy_links_is_heard_again() -> None:
    run = a_run()
    run.begin()

    north = run.nodes[0].name
    run.faults.befall(Lose(host=north, lost_one_in=2, reset_one_in=50, for_ms=20_000))
    run.pass_time(20_000)
    run.calm()
    run.faults.tally()

    assert broken(run) == []
    assert run.world.sometimes["frame that came a resend later"] > 10
    assert run.world.sometimes["frame that ended its link"] > 0
