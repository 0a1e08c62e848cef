"""Counters that no crash can make anyone use twice."""

from random import Random

import pytest

from overlay.structures.blocks import CounterBlock


def a_reserved_block(block_size: int) -> CounterBlock:
    block = CounterBlock(block_size, 0)
    block.ceiling_wanted()
    block.reserved(block_size)
    return block


def test_nothing_is_handed_out_before_its_ceiling_is_durable() -> None:
    block = CounterBlock(4, 0)

    assert block.take() is None
    assert block.ceiling_wanted() == 4
    assert block.take() is None


def test_counters_rise_from_one_up_to_the_ceiling() -> None:
    block = a_reserved_block(4)

    assert [block.take() for _ in range(5)] == [1, 2, 3, 4, None]


def test_a_restart_skips_all_that_may_have_been_used() -> None:
    block = CounterBlock(4, 12)

    assert block.ceiling_wanted() == 16
    block.reserved(16)
    assert block.take() == 13


def test_a_new_ceiling_is_wanted_once_half_a_block_is_used() -> None:
    block = a_reserved_block(4)

    block.take()
    assert block.ceiling_wanted() is None
    block.take()
    assert block.ceiling_wanted() == 8


def test_a_ceiling_is_asked_for_once_while_it_is_being_stored() -> None:
    block = CounterBlock(4, 0)

    assert block.ceiling_wanted() == 4
    assert block.ceiling_wanted() is None


def test_counters_go_on_without_a_gap_when_the_next_block_is_durable_in_time() -> None:
    block = a_reserved_block(4)
    taken = [block.take(), block.take(), block.take()]

    ceiling = block.ceiling_wanted()
    taken.append(block.take())
    assert ceiling == 8
    block.reserved(ceiling)

    assert [*taken, block.take()] == [1, 2, 3, 4, 5]


def test_a_ceiling_that_could_not_be_stored_is_asked_for_again() -> None:
    block = CounterBlock(4, 0)
    block.ceiling_wanted()

    block.not_reserved()

    assert block.take() is None
    assert block.ceiling_wanted() == 4


def test_blocks_of_one_work() -> None:
    block = a_reserved_block(1)

    assert block.take() == 1
    assert block.take() is None
    assert block.ceiling_wanted() == 2


@pytest.mark.parametrize(("block_size", "ceiling"), [(0, 0), (4, -1)])
def test_blocks_that_cannot_be_are_refused(block_size: int, ceiling: int) -> None:
    with pytest.raises(ValueError, match="no counters"):
        CounterBlock(block_size, ceiling)


PLAN = ["take"] * 10 + ["want"] * 5 + ["stored"] * 5 + ["stored, then crash", "crash"]


@pytest.mark.parametrize("seed", range(20))
def test_no_counter_comes_twice_whenever_it_crashes(seed: int) -> None:
    random = Random(seed)
    on_disk = 0
    being_stored: int | None = None
    block = CounterBlock(4, on_disk)
    taken: list[int] = []

    for happens in random.choices(PLAN, k=500):
        if happens == "take" and (counter := block.take()) is not None:
            taken.append(counter)
        if happens == "want":
            being_stored = block.ceiling_wanted() or being_stored
        if happens.startswith("stored") and being_stored is not None:
            on_disk = being_stored
            being_stored = None
            if happens == "stored":
                block.reserved(on_disk)
        if happens.endswith("crash"):
            block = CounterBlock(4, on_disk)
            being_stored = None

    assert len(taken) > 50
    assert taken == sorted(set(taken))
