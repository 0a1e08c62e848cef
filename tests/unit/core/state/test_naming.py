"""Which neighbours name their link with us, too."""

from overlay.core.state.naming import Naming
from overlay.limits import NAMED_AGAIN_MS, NAMED_BACK_MS
from overlay.messages.ids import NodeId

SOUTH, WEST = NodeId("south"), NodeId("west")


def test_a_new_link_has_a_while_to_be_named() -> None:
    """docs/protocol.md, section 5.6."""
    naming = Naming()

    assert naming.judge({SOUTH: False}, 1_000) == 1_000 + NAMED_BACK_MS
    assert not naming.is_dropped(SOUTH)
    again_ms = 1_000 + NAMED_BACK_MS + NAMED_AGAIN_MS
    assert naming.judge({SOUTH: False}, 1_000 + NAMED_BACK_MS) == again_ms

    assert naming.is_dropped(SOUTH)


def test_a_link_that_is_named_in_time_is_doubted_no_more() -> None:
    """docs/protocol.md, section 5.6."""
    naming = Naming()
    naming.judge({SOUTH: False, WEST: True}, 1_000)

    assert naming.judge({SOUTH: True, WEST: True}, 1_500) is None

    assert naming.is_returned(SOUTH)
    assert not naming.is_dropped(SOUTH)
    assert not naming.is_dropped(WEST)


def test_a_link_that_is_hidden_later_is_dropped_at_once() -> None:
    """docs/protocol.md, section 5.6."""
    naming = Naming()
    naming.judge({SOUTH: True}, 1_000)

    naming.judge({SOUTH: False}, 2_000)

    assert naming.is_dropped(SOUTH)


def test_whoever_changes_their_mind_is_believed_later() -> None:
    """docs/protocol.md, section 5.6."""
    naming = Naming()
    naming.judge({SOUTH: True}, 1_000)
    naming.judge({SOUTH: False}, 2_000)

    assert naming.judge({SOUTH: True}, 2_001) == 2_000 + NAMED_AGAIN_MS
    assert naming.is_dropped(SOUTH)
    naming.judge({SOUTH: True}, 2_000 + NAMED_AGAIN_MS)

    assert not naming.is_dropped(SOUTH)


def test_another_link_is_no_way_around_that() -> None:
    """docs/protocol.md, section 5.6."""
    naming = Naming()
    naming.judge({SOUTH: True}, 1_000)
    naming.judge({SOUTH: False}, 2_000)

    naming.judge({}, 3_000)
    naming.judge({SOUTH: True}, 3_500)
    assert naming.is_dropped(SOUTH)
    naming.judge({}, 2_000 + NAMED_AGAIN_MS)

    assert not naming.is_dropped(SOUTH)


def test_a_new_link_to_whom_was_known_before_has_its_while_too() -> None:
    """docs/protocol.md, section 5.6: it was another link that was named."""
    naming = Naming()
    naming.judge({SOUTH: True}, 1_000)
    naming.judge({}, 2_000)

    naming.judge({SOUTH: False}, 3_000)

    assert not naming.is_dropped(SOUTH)


def test_who_was_not_run_waits_longer() -> None:
    """docs/protocol.md, sections 5.6 and 10.4."""
    naming = Naming()
    naming.judge({SOUTH: False}, 1_000)

    naming.stretch(10_000)
    naming.judge({SOUTH: False}, 11_000)

    assert not naming.is_dropped(SOUTH)


def test_in_a_new_incarnation_all_links_are_new() -> None:
    """docs/protocol.md, sections 2.5 and 5.6."""
    naming = Naming()
    naming.judge({SOUTH: True}, 1_000)
    naming.judge({SOUTH: False}, 2_000)

    naming.clear()

    assert not naming.is_dropped(SOUTH)
