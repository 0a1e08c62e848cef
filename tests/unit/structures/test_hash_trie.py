"""A set of hashes with a fingerprint of the whole and of each part."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as some

from overlay.crypto.encoding import encode
from overlay.structures.hash_trie import DEPTH, HashTrie


def hash_of(number: int) -> str:
    return encode(sha256(str(number).encode()).digest())


def a_trie(*numbers: int) -> HashTrie:
    trie = HashTrie()
    for number in numbers:
        trie.add(hash_of(number))
    return trie


def test_nothing_has_no_fingerprint() -> None:
    trie = HashTrie()

    assert (trie.fingerprint(), trie.fingerprint("A"), trie.fingerprint("AB")) == ("", "", "")
    assert (len(trie), trie.leaves(), trie.children()) == (0, [], {})
    assert hash_of(1) not in trie


@given(some.permutations(range(40)), some.sets(some.integers(0, 39)))
def test_equal_sets_have_equal_fingerprints_however_they_came_about(
    order: list[int], removed: set[int]
) -> None:
    """docs/protocol.md, section 5.7."""
    trie, expected = HashTrie(), a_trie(*(each for each in range(40) if each not in removed))
    for number in order:
        trie.add(hash_of(number))
        trie.fingerprint()
    for number in sorted(removed):
        trie.discard(hash_of(number))

    assert trie.fingerprint() == expected.fingerprint()
    assert trie.children() == expected.children()
    assert trie.leaves() == expected.leaves()


def test_adding_and_removing_what_makes_no_difference_changes_nothing() -> None:
    trie = a_trie(1, 2)
    before = trie.fingerprint()

    trie.add(hash_of(1))
    trie.discard(hash_of(3))

    assert (trie.fingerprint(), len(trie)) == (before, 2)
    assert hash_of(1) in trie


def test_one_hash_more_shows_in_each_part_that_holds_it_and_in_no_other() -> None:
    """docs/protocol.md, section 5.7."""
    trie = a_trie(*range(500))
    new = hash_of(1_000)
    before = [trie.fingerprint(new[:length]) for length in range(DEPTH + 1)]
    others = {
        prefix: value for prefix, value in trie.children().items() if not new.startswith(prefix)
    }

    trie.add(new)

    after = [trie.fingerprint(new[:length]) for length in range(DEPTH + 1)]
    assert all(one != other for one, other in zip(before, after, strict=True))
    assert others.items() <= trie.children().items()


def test_parts_hold_everything_once() -> None:
    trie = a_trie(*range(500))

    assert sum(trie.count(prefix) for prefix in trie.children()) == trie.count() == len(trie) == 500
    found = [leaf for prefix in trie.children() for leaf in trie.leaves(prefix)]
    assert sorted(found) == sorted(map(hash_of, range(500)))


def test_the_fingerprint_is_as_the_protocol_says() -> None:
    """docs/protocol.md, section 5.7: so that others can compute it."""
    first, second = sorted(
        (hash_of(0)[:2] + hash_of(number)[2:] for number in range(2)), reverse=True
    )
    trie = HashTrie()
    for leaf in (first, second):
        trie.add(leaf)
    prefix = first[:2]

    def fingerprint(content: str) -> str:
        return encode(sha256(content.encode()).digest())

    innermost = fingerprint("2" + second + first)
    middle = fingerprint("1" + prefix + innermost)
    assert trie.fingerprint(prefix) == innermost
    assert trie.fingerprint() == fingerprint("0" + prefix[:1] + middle)


@pytest.mark.parametrize("length", range(DEPTH + 1))
def test_what_was_emptied_is_as_if_it_had_never_been(length: int) -> None:
    trie = a_trie(1)

    trie.discard(hash_of(1))

    assert trie.fingerprint(hash_of(1)[:length]) == ""
    assert trie.count(hash_of(1)[:length]) == 0


def test_who_holds_the_same_of_what_is_shared_has_the_same_fingerprint() -> None:
    common = HashTrie(a_trie(*range(40)))
    north, south = HashTrie(common), HashTrie(common)

    for trie in (north, south):
        trie.add(hash_of(50))
        trie.discard(hash_of(7))
    expected = a_trie(*(number for number in range(40) if number != 7), 50)

    assert north.fingerprint() == south.fingerprint() == expected.fingerprint()
    assert north.children() == expected.children()
    assert common.fingerprint() == a_trie(*range(40)).fingerprint() != north.fingerprint()
