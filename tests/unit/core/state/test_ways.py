"""How units fared: which first hops lead where, where earlier attempts went, what retries cost."""

from overlay import limits
from overlay.core.state.ways import (
    BAD,
    DOUBTFUL,
    PROVEN,
    UNKNOWN,
    Detours,
    LostReceipts,
    Retries,
    Ways,
)
from overlay.messages.ids import ClientId, LeafHash, NodeId
from overlay.messages.routing import UnitKey
from tests.support.people import a_node_called, hash_of

HOME, SOUTH, WEST = (a_node_called(name).id for name in ("east", "south", "west"))
LEAF = LeafHash(hash_of("an envelope"))


def test_nothing_is_remembered_of_homes_to_which_nothing_failed() -> None:
    """docs/protocol.md, section 6.4."""
    ways = Ways()

    ways.succeeded(HOME, SOUTH, 0)

    assert (len(ways), ways.verdicts(HOME, 0)) == (0, {})


def test_failures_and_successes_are_weighed_for_each_first_hop() -> None:
    """docs/protocol.md, section 6.4."""
    ways = Ways()
    ways.failed(HOME, SOUTH, 0)
    assert ways.verdicts(HOME, 0) == {SOUTH: DOUBTFUL}
    ways.failed(HOME, SOUTH, 0)
    ways.succeeded(HOME, WEST, 0)
    assert ways.verdicts(HOME, 0) == {SOUTH: BAD, WEST: PROVEN}
    assert ways.verdicts(SOUTH, 0) == {}

    ways.succeeded(HOME, SOUTH, 0)
    ways.failed(HOME, WEST, 0)

    assert ways.verdicts(HOME, 0) == {SOUTH: PROVEN, WEST: DOUBTFUL}


def test_bad_memories_fade() -> None:
    """docs/protocol.md, section 6.4: by half in 30 s."""
    ways = Ways()
    ways.failed(HOME, SOUTH, 0)
    ways.failed(HOME, SOUTH, 0)

    verdicts = [
        ways.verdicts(HOME, number * limits.WAY_HALVES_MS)[SOUTH] for number in (0, 1, 8, 10**6)
    ]

    assert verdicts == [BAD, DOUBTFUL, UNKNOWN, UNKNOWN]


def test_memories_are_bounded() -> None:
    """docs/protocol.md, section 12."""
    ways = Ways()
    for number in range(limits.WAYS_HOMES_MAX + 1):
        ways.failed(NodeId(f"home {number}"), SOUTH, 0)
    for number in range(limits.NODE_LINKS_MAX + 1):
        ways.failed(HOME, NodeId(f"hop {number}"), number)

    assert len(ways) == limits.WAYS_HOMES_MAX
    assert len(ways.verdicts(HOME, 1_000)) == limits.NODE_LINKS_MAX
    assert NodeId("hop 0") not in ways.verdicts(HOME, 1_000)


def test_detours_count_what_went_where_and_know_the_last_hop() -> None:
    """docs/protocol.md, section 6.4."""
    detours = Detours()
    assert detours.get(LEAF, HOME) is None

    detours.went(LEAF, HOME, SOUTH, WEST)
    detours.went(LEAF, HOME, SOUTH)

    assert detours.get(LEAF, HOME) == {WEST: 1, SOUTH: 2}
    assert list(detours.get(LEAF, HOME) or ()) == [WEST, SOUTH]
    assert len(detours) == 1


def test_what_comes_again_shows_that_its_receipt_was_lost() -> None:
    """docs/protocol.md, section 6.4."""
    ways = Ways()
    receipts = LostReceipts(ways)
    first, second, third = (UnitKey(LEAF, HOME, attempt) for attempt in (1, 2, 3))
    receipts.on_arrived(second, WEST, 0)
    receipts.on_arrived(first, WEST, 0)
    receipts.on_arrived(third, WEST, 0)
    assert len(ways) == 0
    receipts.sent(WEST, SOUTH)

    receipts.on_arrived(first, WEST, 0)
    assert len(ways) == 0
    receipts.on_arrived(third, WEST, 0)

    assert ways.verdicts(WEST, 0) == {SOUTH: DOUBTFUL}


def test_who_asks_again_shows_that_our_answer_was_lost() -> None:
    """docs/protocol.md, sections 6.4 and 8.2."""
    ways = Ways()
    receipts = LostReceipts(ways)
    client = ClientId("a client")
    receipts.sent(WEST, SOUTH)

    receipts.on_asked(WEST, client, 0)
    receipts.on_asked(WEST, ClientId("another client"), 0)
    assert len(ways) == 0
    receipts.on_asked(WEST, client, 1_000)

    assert ways.verdicts(WEST, 1_000) == {SOUTH: DOUBTFUL}


def test_nothing_is_held_against_ways_that_nothing_took() -> None:
    """docs/protocol.md, section 6.4."""
    ways = Ways()

    LostReceipts(ways).on_lost(WEST, 0)

    assert len(ways) == 0


def test_retries_are_a_share_of_what_is_sent() -> None:
    """docs/protocol.md, section 6.2."""
    retries = Retries()
    assert sum(retries.take() for _ in range(1_000)) == limits.RETRIES_FIRST

    for _ in range(10 * limits.RETRY_SHARE):
        retries.earn()
    assert sum(retries.take() for _ in range(1_000)) == 10

    for _ in range(2 * limits.RETRIES_MAX * limits.RETRY_SHARE):
        retries.earn()
    assert sum(retries.take() for _ in range(2 * limits.RETRIES_MAX)) == limits.RETRIES_MAX
