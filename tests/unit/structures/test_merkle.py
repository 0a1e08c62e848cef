"""Hash trees over a batch of leaves."""

from hashlib import sha256

import pytest

from overlay.structures import merkle


def leaf(number: int) -> bytes:
    return sha256(b"leaf %d" % number).digest()


def inner(left: bytes, right: bytes) -> bytes:
    return sha256(b"overlay/1/inner\0" + left + right).digest()


def test_one_leaf_is_its_own_root() -> None:
    root, paths = merkle.build([leaf(0)])

    assert root == leaf(0)
    assert paths == [()]
    assert merkle.root_of(leaf(0), 0, ()) == leaf(0)


def test_two_leaves_are_hashed_in_their_order() -> None:
    root, paths = merkle.build([leaf(0), leaf(1)])

    assert root == inner(leaf(0), leaf(1))
    assert paths == [(leaf(1),), (leaf(0),)]


def test_three_leaves_are_padded_to_four_with_zeros() -> None:
    root, paths = merkle.build([leaf(0), leaf(1), leaf(2)])

    left, right = inner(leaf(0), leaf(1)), inner(leaf(2), bytes(32))
    assert root == inner(left, right)
    assert paths == [(leaf(1), right), (leaf(0), right), (bytes(32), left)]


def test_a_leaf_at_another_index_leads_to_another_root() -> None:
    root, paths = merkle.build([leaf(number) for number in range(4)])

    assert merkle.root_of(leaf(2), 2, paths[2]) == root
    assert merkle.root_of(leaf(2), 3, paths[2]) != root


@pytest.mark.parametrize(("index", "steps"), [(1, 0), (2, 1), (4, 2), (-1, 0), (-1, 2)])
def test_an_index_that_no_tree_of_that_depth_has_is_refused(index: int, steps: int) -> None:
    with pytest.raises(ValueError, match="no leaf"):
        merkle.root_of(leaf(0), index, [leaf(1)] * steps)


@pytest.mark.parametrize("leaves", [[], [leaf(0), b"short"]])
def test_a_tree_of_nothing_or_of_other_things_is_refused(leaves: list[bytes]) -> None:
    with pytest.raises(ValueError, match="at least one leaf"):
        merkle.build(leaves)
