"""Links of a world behave as those of a real one, faults included."""

from dataclasses import replace

from overlay import limits
from overlay.messages.ids import Address
from overlay.peering.effects import CloseLink, Dial, Hold, Send
from overlay.peering.events import (
    DialFailed,
    Drained,
    FrameReceived,
    LinkClosed,
    LinkId,
    LinkOpened,
)
from simulations.distributions import Fixed, Mostly
from simulations.network import LAST_WORDS_MS
from simulations.rules import Clogged, at_host, cut, slow
from simulations.weather import RESEND_MS, Conditions
from tests.simulations.doubles import STILL, a_pair

HASTY = Conditions(latency=Fixed(10), jitter=Mostly(300), lost_one_in=5)
"""Frames take anything, and some are lost once."""


def test_a_dial_opens_a_link_at_both_ends_after_a_round_trip() -> None:
    pair = a_pair()

    pair.does(pair.north, Dial(pair.south.address))
    pair.pass_time(100)

    (opened,) = pair.told_north
    (accepted,) = pair.told_south
    assert opened[0] == 20
    assert accepted[0] == 10
    assert isinstance(opened[1], LinkOpened)
    assert isinstance(accepted[1], LinkOpened)
    assert opened[1].dialled == pair.south.address
    assert accepted[1].dialled is None
    assert accepted[1].remote_address.startswith(pair.north.ip + ":")


def test_frames_arrive_in_order_whatever_the_weather() -> None:
    pair = a_pair()
    link = pair.link()
    pair.world.weather.conditions = HASTY
    frames = [b"[%d]" % number for number in range(200)]

    for frame in frames:
        pair.does(pair.north, Send(link, frame))
        pair.pass_time(1)
    pair.pass_time(10_000)

    assert [e.data for _, e in pair.told_south if isinstance(e, FrameReceived)] == frames


def test_a_dial_to_a_host_that_is_down_is_refused_after_a_round_trip() -> None:
    pair = a_pair()
    pair.world.kill(pair.south)

    pair.does(pair.north, Dial(pair.south.address))
    pair.pass_time(1_000)

    assert pair.told_north == [(20, DialFailed(pair.south.address, "refused"))]


def test_a_dial_to_a_host_that_is_gone_or_cut_off_times_out() -> None:
    gone, away = a_pair(), a_pair()
    gone.world.kill(gone.south, is_silent=True)
    away.world.weather.add(cut("node-2"))

    for pair in (gone, away):
        pair.does(pair.north, Dial(pair.south.address))
        pair.pass_time(10_000)

        failed = DialFailed(pair.south.address, "timed_out")
        assert pair.told_north == [(limits.DIAL_MS, failed)]


def test_a_dial_to_where_no_host_is_fails() -> None:
    pair = a_pair()
    nowhere = Address("ws://10.9.9.9:4000/overlay")

    pair.does(pair.north, Dial(nowhere))
    pair.pass_time(1_000)

    assert pair.told_north == [(20, DialFailed(nowhere, "unreachable"))]


def test_an_orderly_close_comes_after_everything_that_was_sent() -> None:
    pair = a_pair()
    link = pair.link()

    pair.does(pair.north, Send(link, b"[]"), CloseLink(link, "stopping"), Send(link, b"[0]"))
    pair.pass_time(1_000)

    assert pair.told_south == [
        (110, FrameReceived(link, b"[]")),
        (110, LinkClosed(link, "orderly")),
    ]
    assert pair.told_north == [(120, LinkClosed(link, "stopped"))]


def test_a_close_that_nobody_answers_is_over_all_the_same() -> None:
    pair = a_pair()
    link = pair.link()
    pair.world.weather.add(cut("node-2"))

    pair.does(pair.north, CloseLink(link, "duplicate_link"))
    pair.pass_time(5_000)

    assert pair.told_north == [(100 + LAST_WORDS_MS, LinkClosed(link, "orderly"))]
    assert pair.told_south == []


def test_a_reset_loses_what_is_under_way_and_is_told_at_both_ends() -> None:
    pair = a_pair()
    link = pair.link()
    (end,) = pair.world.network.open_links()

    pair.does(pair.north, Send(link, b"[]"))
    pair.world.network.reset(end)
    pair.does(pair.north, Send(link, b"[]"))
    pair.pass_time(1_000)

    assert pair.told_north == [(110, LinkClosed(link, "reset"))]
    assert pair.told_south == [(110, LinkClosed(link, "reset"))]


def test_a_machine_that_dies_resets_its_links_and_is_told_nothing_more() -> None:
    pair = a_pair()
    link = pair.link()

    pair.does(pair.north, Send(link, b"[]"))
    pair.world.kill(pair.south)
    pair.pass_time(1_000)

    assert pair.told_north == [(110, LinkClosed(link, "reset"))]
    assert pair.told_south == []


def test_a_host_that_falls_silent_resets_its_old_links_only_when_it_is_back() -> None:
    pair = a_pair()
    link = pair.link()
    pair.world.kill(pair.south, is_silent=True)

    pair.does(pair.north, Send(link, b"[]"))
    pair.pass_time(1_000)
    told_while_down = list(pair.told_north)
    pair.world.start(pair.south)
    pair.does(pair.north, Send(link, b"[]"))
    pair.pass_time(1_000)

    assert [type(event) for _, event in told_while_down] == []
    assert pair.told_north[-1] == (1_120, LinkClosed(link, "reset"))
    assert pair.told_south == []


def test_what_a_cut_holds_comes_in_order_once_it_is_lifted() -> None:
    pair = a_pair()
    link, rule = pair.link(), cut("node-1")

    pair.does(pair.north, Send(link, b"[0]"))
    pair.world.weather.add(rule)
    pair.does(pair.north, Send(link, b"[1]"), CloseLink(link, "stopping"))
    pair.pass_time(500)
    told_while_cut = list(pair.told_south)
    pair.world.lift(rule)
    pair.pass_time(1_000)

    at_ms = 600 + RESEND_MS + 10
    assert told_while_cut == []
    assert pair.told_south == [
        (at_ms, FrameReceived(link, b"[0]")),
        (at_ms, FrameReceived(link, b"[1]")),
        (at_ms, LinkClosed(link, "orderly")),
    ]


def test_what_was_under_way_as_a_cut_was_lifted_comes_behind_what_it_held() -> None:
    """Seed 2918 of swarm: a home's ack came before two refusals that it had sent earlier."""
    pair = a_pair()
    link, rule = pair.link(), cut("node-2")
    pair.world.weather.add(rule)
    pair.does(pair.north, Send(link, b"[0]"), Send(link, b"[1]"))
    pair.pass_time(100)
    pair.does(pair.north, Send(link, b"[2]"))
    pair.pass_time(5)

    pair.world.lift(rule)
    pair.pass_time(1_000)

    at_ms = 205 + RESEND_MS + 10
    told = [(at_ms, FrameReceived(link, data)) for data in (b"[0]", b"[1]", b"[2]")]
    assert pair.told_south == told


def test_what_is_cut_off_again_before_it_has_come_is_held_on() -> None:
    pair = a_pair()
    link, rule, another = pair.link(), cut("node-2"), cut("node-2")
    pair.world.weather.add(rule)
    pair.does(pair.north, Send(link, b"[0]"))
    pair.pass_time(100)

    pair.world.lift(rule)
    pair.world.weather.add(another)
    pair.pass_time(1_000)
    told_while_cut = list(pair.told_south)
    pair.world.lift(another)
    pair.pass_time(1_000)

    assert told_while_cut == []
    assert [event for _, event in pair.told_south] == [FrameReceived(link, b"[0]")]


def test_what_gets_to_a_slow_host_gets_there_late() -> None:
    pair = a_pair()
    link = pair.link()

    pair.world.weather.add(slow("node-2"))
    pair.does(pair.north, Send(link, b"[]"))
    pair.pass_time(5_000)

    ((at_ms, _),) = pair.told_south
    assert at_ms > 110 + 500


def test_a_machine_learns_of_its_outbox_with_whatever_it_is_told_next() -> None:
    pair = a_pair()
    link = pair.link()

    pair.does(pair.north, Send(link, b"[]"))
    pair.pass_time(50)
    told_before = list(pair.told_north)
    pair.does(pair.south, Send(link, b"[0]"))
    pair.pass_time(50)

    assert told_before == []
    assert pair.told_north == [(160, Drained(link, 0)), (160, FrameReceived(link, b"[0]"))]


def test_a_machine_that_may_wait_for_room_is_told_as_the_outbox_shrinks() -> None:
    slow_lines = replace(STILL, bytes_per_ms=1_000)
    pair = a_pair(slow_lines)
    link = pair.link()
    frame = b" " * 60_000

    pair.does(pair.north, Send(link, frame), Send(link, frame), Send(link, frame))
    pair.pass_time(1_000)

    assert pair.told_north == [(160, Drained(link, 120_000)), (220, Drained(link, 60_000))]
    assert [at_ms for at_ms, _ in pair.told_south] == [170, 230, 290]


def test_what_waits_behind_a_clog_goes_as_fast_as_the_link_takes_it_without() -> None:
    pair = a_pair()
    link, rule = pair.link(), at_host("node-2", Clogged(2))

    pair.world.weather.add(rule)
    pair.does(pair.north, *(Send(link, b" " * 1_000) for _ in range(20)))
    pair.does(pair.north, CloseLink(link, "stopping"))
    pair.pass_time(1_200)
    told_while_clogged = [at_ms for at_ms, _ in pair.told_south]
    pair.world.lift(rule)
    pair.pass_time(1_000)

    told_then = [(at_ms, type(event)) for at_ms, event in pair.told_south[2:]]
    assert told_while_clogged == [610, 1_110]
    assert told_then == [(1_310, FrameReceived)] * 18 + [(1_310, LinkClosed)]


def test_what_is_being_written_is_not_begun_anew_for_a_rule_that_held_others_up() -> None:
    pair = a_pair()
    link, elsewhere = pair.link(), cut("node-9")
    pair.world.weather.add(at_host("node-2", Clogged(2)))
    pair.world.weather.add(elsewhere)

    pair.does(pair.north, Send(link, b" " * 1_000))
    pair.pass_time(400)
    pair.world.lift(elsewhere)
    pair.pass_time(1_000)

    assert [at_ms for at_ms, _ in pair.told_south] == [610]


def test_an_outbox_that_would_outgrow_its_bound_ends_its_link() -> None:
    stuck = replace(STILL, bytes_per_ms=1)
    pair = a_pair(stuck)
    link = pair.link()
    frames = limits.OUTBOX_BYTES_MAX // limits.FRAME_BYTES_MAX + 1

    pair.does(pair.north, *(Send(link, b" " * limits.FRAME_BYTES_MAX) for _ in range(frames)))
    pair.pass_time(1_000)

    assert pair.told_north == [(100, LinkClosed(link, "stalled"))]
    assert pair.told_south == [(110, LinkClosed(link, "reset"))]


def test_a_frame_above_the_limit_is_refused_by_who_receives_it() -> None:
    pair = a_pair()
    link = pair.link()

    pair.does(pair.north, Send(link, b" " * (limits.FRAME_BYTES_MAX + 1)))
    pair.pass_time(1_000)

    assert [event for _, event in pair.told_south] == [LinkClosed(link, "too_large")]
    assert [event for _, event in pair.told_north][-1] == LinkClosed(link, "orderly")


def test_each_link_of_a_run_has_a_name_of_its_own() -> None:
    pair = a_pair(STILL)

    first, second = pair.link(), pair.link()

    assert (first, second) == (LinkId(1), LinkId(2))


def test_who_dialled_may_say_little_until_it_is_trusted() -> None:
    """docs/protocol.md, section 2.4."""
    long_frame = bytes(limits.OPENING_BYTES_MAX + 1)
    stranger, trusted = a_pair(), a_pair()
    for pair in (stranger, trusted):
        link = pair.link(is_trusted=pair is trusted)
        pair.does(pair.south, Send(link, long_frame))
        pair.does(pair.north, Send(link, long_frame))
        pair.pass_time(1_000)

    assert [e for _, e in stranger.told_south if isinstance(e, LinkClosed)] == [
        LinkClosed(LinkId(1), "too_large")
    ]
    for told in (trusted.told_north, trusted.told_south):
        assert [e.data for _, e in told if isinstance(e, FrameReceived)] == [long_frame]


def test_a_link_that_is_held_is_read_later_in_order_and_its_end_after_that() -> None:
    pair = a_pair()
    link = pair.link()
    pair.does(pair.south, Hold(link, 1_000))
    begun_ms = pair.world.calendar.now_ms

    pair.does(pair.north, Send(link, b"[1]"), Send(link, b"[2]"), CloseLink(link, "stopping"))
    pair.pass_time(900)
    assert not [e for _, e in pair.told_south if isinstance(e, FrameReceived)]
    pair.pass_time(2_000)

    frames = [(at_ms, e.data) for at_ms, e in pair.told_south if isinstance(e, FrameReceived)]
    assert frames == [(begun_ms + 1_000, b"[1]"), (begun_ms + 1_000, b"[2]")]
    assert isinstance(pair.told_south[-1][1], LinkClosed)


def test_a_link_that_is_held_again_is_not_read_in_between() -> None:
    pair = a_pair()
    link = pair.link()
    begun_ms = pair.world.calendar.now_ms
    for for_ms in (500, 1_000, 200):
        pair.does(pair.south, Hold(link, for_ms))

    pair.does(pair.north, Send(link, b"[1]"))
    pair.pass_time(2_000)

    (at_ms,) = [at_ms for at_ms, e in pair.told_south if isinstance(e, FrameReceived)]
    assert at_ms == begun_ms + 1_000
    pair.does(pair.south, Hold(LinkId(999), 1_000))
