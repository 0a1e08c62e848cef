"""Chapter 10: a node that was not run for a while blames nobody for it."""

from dataclasses import replace

from overlay import limits
from overlay.core.facts import LagNoticed
from overlay.messages.links import Heartbeat
from tests.protocol.chain import SOUTH, alive, chained
from tests.protocol.harness import NodeUnderTest
from tests.support.farend import FarEnd
from tests.support.people import a_client

ALICE = a_client("alice")


def is_paused(north: NodeUnderTest, for_ms: int) -> None:
    """Nobody runs the node for a while; then its deadlines come first."""
    north.now_ms += for_ms
    north.settles()


# 10.4 Own lag


def test_who_was_paused_blames_nobody_for_what_it_did_not_hear() -> None:
    """docs/protocol.md, section 10.4."""
    north, south = chained()

    for _ in range(5):
        is_paused(north, 20_000)

    assert [link.is_suspected for link in north.node.snapshot().links] == [False]
    assert south.is_open
    assert [fact.factor for fact in north.facts_of(LagNoticed)] == [1, 2, 3, 4, 4]


def test_who_was_paused_still_finds_out_who_is_silent() -> None:
    """docs/protocol.md, section 10.4: later by what it missed."""
    north, south = chained()

    north.passes(2_000)
    is_paused(north, 10_000)
    north.passes(2_000)
    assert south.is_open
    north.passes(1_700)

    assert south.close_code == "silent"


def test_a_suspicion_waits_as_long_as_we_were_paused() -> None:
    """docs/protocol.md, section 10.4."""
    north, south = chained()
    north.passes(5_000)
    assert [link.is_suspected for link in north.node.snapshot().links] == [True]

    is_paused(north, 10_000)
    assert south.is_open
    south.says(Heartbeat())

    assert [link.is_suspected for link in north.node.snapshot().links] == [False]


def test_a_node_that_does_not_mind_its_lag_blames_others() -> None:
    """docs/protocol.md, section 10.4: what minding it is worth."""
    north, _ = chained()
    north.settings = replace(north.settings, minds_own_lag=False)
    north.node = north._made()
    north.settles()
    south = north.linked(SOUTH)

    is_paused(north, 20_000)
    is_paused(north, 20_000)

    assert south.close_code == "silent"
    assert north.facts_of(LagNoticed) == []


def test_a_handshake_may_take_longer_by_what_we_missed_of_it() -> None:
    """docs/protocol.md, sections 2.4 and 10.4."""
    north, _ = chained()
    slow = north.accepts(FarEnd(ALICE, dials=True, is_mute=True))

    is_paused(north, 6_000)
    assert slow.is_open
    north.passes(limits.HANDSHAKE_MS)

    assert slow.close_code == "handshake_timeout"


def test_a_lost_link_is_named_longer_by_what_we_missed() -> None:
    """docs/protocol.md, sections 10.1 and 10.4: its redial may have been answered meanwhile."""
    north, south = chained()
    north.passes(1_000)
    south.ends("reset")

    is_paused(north, 5_000)

    assert alive(north) == ["east", "north", "south", "west"]
    north.passes(limits.LAG_MS)
    assert alive(north) == ["north"]


def test_a_node_that_is_late_all_the_time_says_so_now_and_then() -> None:
    """docs/protocol.md, section 10.4."""
    north, south = chained()

    for _ in range(30):
        is_paused(north, 2_000)
        south.says(Heartbeat())

    assert 5 <= len(north.facts_of(LagNoticed)) <= 7
    assert south.is_open
