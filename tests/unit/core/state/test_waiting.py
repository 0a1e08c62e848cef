"""How long a keeper waits for receipts, and what it cannot even send."""

from random import Random

import pytest

from overlay import limits
from overlay.core.state.waiting import ReceiptTimes, Stuck, busy_wait_ms
from overlay.messages.ids import LeafHash
from tests.support.people import a_client, a_node_called, hash_of

SOUTH, EAST = a_node_called("south").id, a_node_called("east").id
ALICE, BOB = a_client("alice").id, a_client("bob").id


def test_a_receipt_is_waited_for_three_usual_times_doubling_within_bounds() -> None:
    """docs/protocol.md, section 6.4."""
    times = ReceiptTimes()
    assert times.usual_ms(SOUTH) is None
    assert [times.wait_ms(SOUTH, made) for made in range(6)] == [
        1_000,
        2_000,
        4_000,
        8_000,
        limits.ATTEMPT_MAX_MS,
        limits.ATTEMPT_MAX_MS,
    ]

    times.measured(SOUTH, 1_500, 0)

    assert [times.wait_ms(SOUTH, made) for made in range(3)] == [4_500, 9_000, 10_000]


def test_each_home_has_its_own_time_and_a_new_one_that_of_all() -> None:
    """docs/protocol.md, section 6.4."""
    times = ReceiptTimes()
    times.measured(SOUTH, 800, 0)
    assert times.wait_ms(EAST, 0) == 2_400

    times.measured(EAST, 40, 0)

    assert (times.usual_ms(SOUTH), times.usual_ms(EAST)) == (800, 40)
    assert times.wait_ms(EAST, 0) == limits.ATTEMPT_FIRST_MS


@pytest.mark.parametrize(
    ("busy", "told_ms", "least_ms"),
    [
        (0, None, limits.BUSY_RETRY_MS),
        (1, 700, 700),
        (2, 700, 1_400),
        (0, 1, 1),
        (40, None, limits.BUSY_RETRY_MAX_MS),
    ],
)
def test_what_found_no_room_waits_up_to_half_as_long_again(
    busy: int, told_ms: int | None, least_ms: int
) -> None:
    """docs/protocol.md, section 6.4."""
    random = Random(1)

    waits = [busy_wait_ms(busy, told_ms, random) for _ in range(1_000)]

    assert least_ms <= min(waits) <= max(waits) <= least_ms * 3 // 2
    assert max(waits) - min(waits) >= least_ms * 2 // 5 - 1


def test_clients_are_relieved_once_when_enough_has_moved() -> None:
    """docs/protocol.md, section 1.4."""
    stuck = Stuck()
    leaves = [LeafHash(hash_of(f"{number}")) for number in range(limits.STUCK_MAX)]
    for leaf in leaves:
        assert not stuck.is_so(ALICE)
        stuck.add(leaf, SOUTH, ALICE)
    assert stuck.is_so(ALICE)
    assert not stuck.is_so(BOB)
    stuck.hold_back(ALICE)
    assert stuck.take_relieved() == []

    stuck.remove(leaves[0], SOUTH)
    stuck.remove(leaves[0], SOUTH)

    assert (stuck.take_relieved(), stuck.take_relieved()) == ([ALICE], [])
