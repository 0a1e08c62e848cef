"""Which neighbours name their link with us, too."""

from overlay.core.state.naming import Named, Naming
from overlay.limits import NAMED_AGAIN_MS, NAMED_BACK_MS, NAMING_TRIES_MAX
from overlay.messages.ids import NodeId

SOUTH, WEST = NodeId("south"), NodeId("west")


def test_a_new_link_has_a_while_to_be_named() -> None:
    """docs/protocol.md, section 5.6."""
    naming = Naming()

    assert naming.judge({SOUTH: "no"}, 1_000) == 1_000 + NAMED_BACK_MS
    assert not naming.is_dropped(SOUTH)
    again_ms = 1_000 + NAMED_AGAIN_MS
    assert naming.judge({SOUTH: "no"}, 1_000 + NAMED_BACK_MS) == again_ms

    assert naming.is_dropped(SOUTH)


def test_a_link_that_is_named_in_time_is_doubted_no_more() -> None:
    """docs/protocol.md, section 5.6."""
    naming = Naming()
    naming.judge({SOUTH: "no", WEST: "meant"}, 1_000)

    assert naming.judge({SOUTH: "meant", WEST: "meant"}, 1_500) is None

    assert naming.is_returned(SOUTH)
    assert not naming.is_dropped(SOUTH)
    assert not naming.is_dropped(WEST)


def test_a_link_that_is_hidden_later_is_dropped_at_once() -> None:
    """docs/protocol.md, section 5.6."""
    naming = Naming()
    naming.judge({SOUTH: "meant"}, 1_000)

    naming.judge({SOUTH: "no"}, 2_000)

    assert naming.is_dropped(SOUTH)


def test_whoever_changes_their_mind_is_believed_later() -> None:
    """docs/protocol.md, section 5.6."""
    naming = Naming()
    naming.judge({SOUTH: "meant"}, 1_000)
    naming.judge({SOUTH: "no"}, 2_000)

    assert naming.judge({SOUTH: "meant"}, 2_001) == 2_000 + NAMED_AGAIN_MS
    assert naming.is_dropped(SOUTH)
    naming.judge({SOUTH: "meant"}, 2_000 + NAMED_AGAIN_MS)

    assert not naming.is_dropped(SOUTH)


def test_another_link_is_no_way_around_that() -> None:
    """docs/protocol.md, section 5.6."""
    naming = Naming()
    naming.judge({SOUTH: "meant"}, 1_000)
    naming.judge({SOUTH: "no"}, 2_000)

    naming.judge({}, 3_000)
    naming.judge({SOUTH: "meant"}, 3_500)
    assert naming.is_dropped(SOUTH)
    naming.judge({}, 2_000 + NAMED_AGAIN_MS)

    assert not naming.is_dropped(SOUTH)


def test_a_new_link_to_whom_was_known_before_has_its_while_too() -> None:
    """docs/protocol.md, section 5.6: it was another link that was named."""
    naming = Naming()
    naming.judge({SOUTH: "meant"}, 1_000)
    naming.judge({}, 2_000)

    naming.judge({SOUTH: "no"}, 3_000)

    assert not naming.is_dropped(SOUTH)


def test_who_was_not_run_waits_longer() -> None:
    """docs/protocol.md, sections 5.6 and 10.4."""
    naming = Naming()
    naming.judge({SOUTH: "no"}, 1_000)

    naming.stretch(10_000)
    naming.judge({SOUTH: "no"}, 11_000)

    assert not naming.is_dropped(SOUTH)


def test_what_neither_end_names_any_more_is_named_again_ever_more_rarely() -> None:
    """docs/protocol.md, section 5.6: each would wait for the other for good. Seed 2718 of swarm."""
    naming, begun_ms = Naming(), 1_000
    naming.judge({SOUTH: "meant"}, begun_ms)
    naming.judge({SOUTH: "no"}, begun_ms)
    for tries in range(NAMING_TRIES_MAX + 3):
        again_ms = begun_ms + NAMED_AGAIN_MS * 2 ** min(tries, NAMING_TRIES_MAX)
        assert naming.judge({SOUTH: "no"}, again_ms - 1) == again_ms
        assert naming.is_dropped(SOUTH)

        assert naming.judge({SOUTH: "no"}, again_ms) == again_ms + NAMED_BACK_MS
        assert not naming.is_dropped(SOUTH)
        naming.judge({SOUTH: "no"}, again_ms + NAMED_BACK_MS)
        assert naming.is_dropped(SOUTH)
        begun_ms = again_ms

    assert naming.judge({SOUTH: "meant"}, begun_ms + NAMED_AGAIN_MS) is None
    assert not naming.is_dropped(SOUTH)


def test_who_begins_to_name_a_dropped_link_is_answered_sooner_and_once() -> None:
    """docs/protocol.md, section 5.6: it names others, too, of whom nobody answers yet."""
    naming, begun_ms = Naming(), 1_000
    for again_ms in (begun_ms, begun_ms + NAMED_AGAIN_MS):
        naming.judge({SOUTH: "no"}, again_ms)
        naming.judge({SOUTH: "no"}, again_ms + NAMED_BACK_MS)
    at_ms = begun_ms + 2 * NAMED_AGAIN_MS
    naming.judge({SOUTH: "no"}, at_ms)
    assert naming.is_dropped(SOUTH)

    naming.judge({SOUTH: "claimed"}, at_ms)
    assert not naming.is_dropped(SOUTH)
    naming.judge({SOUTH: "claimed"}, at_ms + NAMED_BACK_MS)
    naming.judge({SOUTH: "claimed"}, at_ms + NAMED_AGAIN_MS)

    assert naming.is_dropped(SOUTH)


def test_who_was_dialled_as_dead_for_what_it_claims_is_named_when_that_is_true() -> None:
    """docs/protocol.md, section 5.6: many who named it for a while would make it true."""
    naming = Naming()

    assert naming.judge({SOUTH: "sought"}, 1_000) is None
    assert naming.is_dropped(SOUTH)
    naming.judge({SOUTH: "sought"}, 1_000 + NAMED_AGAIN_MS)
    assert naming.is_dropped(SOUTH)
    assert naming.waiting() == [SOUTH]
    naming.judge({SOUTH: "meant"}, 1_001 + NAMED_AGAIN_MS)

    assert not naming.is_dropped(SOUTH)
    assert naming.is_returned(SOUTH)


def test_who_claims_no_more_than_it_has_is_tried_at_once_like_any_new_link() -> None:
    """docs/protocol.md, section 5.6: nothing is held against who was never named."""
    naming = Naming()
    naming.judge({SOUTH: "sought"}, 1_000)

    assert naming.judge({SOUTH: "no"}, 1_001) == 1_001 + NAMED_BACK_MS

    assert not naming.is_dropped(SOUTH)
    assert naming.waiting() == []
    naming.judge({SOUTH: "sought"}, 1_001 + NAMED_BACK_MS)
    assert naming.is_dropped(SOUTH)


def test_of_many_who_claim_less_at_once_no_more_are_tried_than_are_named_back() -> None:
    """docs/protocol.md, section 5.6: or liars could have us seem dead so."""
    naming, liars = Naming(), [NodeId(f"liar-{number}") for number in range(3)]
    honest: dict[NodeId, Named] = {SOUTH: "meant"}
    naming.judge(honest | dict.fromkeys(liars, "sought"), 1_000)

    naming.judge(honest | dict.fromkeys(liars, "no"), 2_000)

    assert [node for node in liars if not naming.is_dropped(node)] == liars[:1]


def test_what_was_thought_of_an_earlier_link_gives_a_sought_one_no_trial() -> None:
    """docs/protocol.md, section 5.6: who hides us and closes is dialled as dead."""
    naming = Naming()
    naming.judge({SOUTH: "meant"}, 1_000)
    naming.judge({SOUTH: "no"}, 2_000)
    naming.judge({}, 3_000)

    for at_ms in (60_000, 60_001, 60_001 + NAMED_AGAIN_MS):
        assert naming.judge({SOUTH: "sought"}, at_ms) is None
        assert naming.is_dropped(SOUTH)
    naming.judge({SOUTH: "no"}, 70_000)

    assert not naming.is_dropped(SOUTH)


def test_it_is_named_at_once_though_others_are_believed_later() -> None:
    """docs/protocol.md, section 5.6: it has said nothing else before."""
    naming = Naming()
    naming.judge({SOUTH: "sought"}, 1_000)

    naming.judge({SOUTH: "meant"}, 1_001)

    assert not naming.is_dropped(SOUTH)


def test_half_of_what_is_named_is_named_back_all_the_same() -> None:
    """docs/protocol.md, section 5.6: neighbours who hide their links must not make us dead."""
    naming = Naming()
    named: dict[NodeId, Named] = {SOUTH: "meant", WEST: "no", NodeId("north"): "no"}
    naming.judge(named, 1_000)
    naming.judge(named, 1_000 + NAMED_BACK_MS)

    naming.judge(named, 1_000 + NAMED_AGAIN_MS)

    assert [node for node in named if not naming.is_dropped(node)] == [SOUTH, WEST]


def test_what_is_only_tried_is_named_no_more_when_others_stop_naming_us() -> None:
    """docs/protocol.md, section 5.6."""
    naming, north = Naming(), NodeId("north")
    named: dict[NodeId, Named] = {SOUTH: "meant", north: "meant", WEST: "no"}
    naming.judge(named, 1_000)
    naming.judge(named, 1_000 + NAMED_BACK_MS)
    naming.judge(named, 1_000 + NAMED_AGAIN_MS)
    assert not naming.is_dropped(WEST)

    naming.judge({}, 1_000 + NAMED_AGAIN_MS + 1)
    naming.judge({SOUTH: "meant", north: "no", WEST: "no"}, 1_000 + NAMED_AGAIN_MS + 2)

    assert naming.is_dropped(WEST)
    assert not naming.is_dropped(north)


def test_in_a_new_incarnation_all_links_are_new() -> None:
    """docs/protocol.md, sections 2.5 and 5.6."""
    naming = Naming()
    naming.judge({SOUTH: "meant"}, 1_000)
    naming.judge({SOUTH: "no"}, 2_000)

    naming.clear()

    assert not naming.is_dropped(SOUTH)
