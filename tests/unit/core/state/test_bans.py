"""Whom the operator wants nothing to do with."""

import pytest

from overlay import limits
from overlay.core.state.bans import Ban, Bans, has_loopback, named
from overlay.structures.hosts import network_of
from tests.support.people import a_node_called

SOUTH = a_node_called("south").id


def bans(*who: str) -> Bans:
    made = Bans()
    for each in who:
        assert made.put(Ban(who=each))
    return made


def banned_as(made: Bans, address: str) -> str | None:
    ban = made.of_address(address)
    return ban.who if ban is not None else None


def test_an_id_is_banned_by_itself() -> None:
    made = bans(SOUTH)

    assert SOUTH in made
    assert "other" not in made
    assert made.get(SOUTH) == Ban(who=SOUTH)
    assert made.of_address("192.0.2.1") is None


def test_an_address_is_banned_with_its_smallest_network_that_is() -> None:
    made = bans("192.0.2.0/24", "192.0.2.7", "192.0.0.0/16", "2001:db8::/32")

    assert banned_as(made, "192.0.2.7") == "192.0.2.7"
    assert banned_as(made, "::ffff:192.0.2.8") == "192.0.2.0/24"
    assert banned_as(made, "192.0.3.1") == "192.0.0.0/16"
    assert banned_as(made, "2001:db8:9::1") == "2001:db8::/32"
    assert banned_as(made, "198.51.100.1") is None
    assert banned_as(made, "10.0.0.1:4000") is None
    assert banned_as(made, "192.0.2.0/25") is None


def test_a_ban_that_has_ended_leaves_nothing_behind() -> None:
    made = bans("192.0.2.0/24", "198.51.100.0/24", SOUTH)

    assert made.pop("192.0.2.0/24") is not None
    assert made.pop(SOUTH) is not None
    assert made.pop(SOUTH) is None
    assert made.pop("192.0.2.0/24") is None

    assert banned_as(made, "192.0.2.7") is None
    assert [ban.who for ban in made] == ["198.51.100.0/24"]
    made.pop("198.51.100.0/24")
    assert banned_as(made, "198.51.100.1") is None


def test_there_are_so_many_bans_at_most_and_one_may_be_changed_all_the_same() -> None:
    made = bans(*(f"id {number}" for number in range(limits.BANS_MAX)))

    assert not made.put(Ban(who="one more"))
    assert made.put(Ban(who="id 1", reason="anew"))
    assert len(made) == limits.BANS_MAX


def test_a_ban_says_how_long_it_lasts() -> None:
    assert Ban(who=SOUTH).left_ms(5) is None
    assert Ban(who=SOUTH, until_ms=9).left_ms(5) == 4
    assert Ban(who=SOUTH, until_ms=9).left_ms(9) == 1


def test_a_network_is_named_in_one_way_and_an_id_as_it_is() -> None:
    assert named("192.0.2.9/24") == "192.0.2.0/24"
    assert named(SOUTH) == SOUTH


@pytest.mark.parametrize(
    ("text", "holds"),
    [("127.0.0.1", True), ("0.0.0.0/0", True), ("::/0", True), ("10.0.0.0/8", False)],
)
def test_a_network_may_hold_this_machine(text: str, holds: bool) -> None:
    network = network_of(text)
    assert network is not None

    assert has_loopback(network) is holds
