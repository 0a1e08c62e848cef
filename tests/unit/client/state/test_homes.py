"""Where to dial next."""

from random import Random

from overlay import limits
from overlay.client.state.homes import Homes
from tests.support.people import address_of
from tests.unit.client.homes import home_called


def test_before_any_home_what_was_asked_for_comes_first() -> None:
    homes = Homes((address_of("north"),), (home_called("south"), home_called("north")))

    assert [homes.next() for _ in range(3)] == [
        address_of("north"),
        address_of("south"),
        address_of("north"),
    ]


def test_after_a_home_its_ranking_comes_first_and_it_is_tried_too() -> None:
    homes = Homes((address_of("north"),), ())
    assert homes.next() == address_of("north")
    homes.rank((home_called("south"),))
    homes.found(address_of("west"))

    assert [homes.next() for _ in range(3)] == [
        address_of("south"),
        address_of("west"),
        address_of("north"),
    ]


def test_an_empty_ranking_does_not_make_a_client_forget() -> None:
    homes = Homes((), (home_called("south"),))

    assert not homes.rank(())
    assert homes.next() == address_of("south")


def waits_between(homes: Homes, dials: int) -> list[int]:
    random, waits = Random(1), []
    for _ in range(dials):
        homes.next()
        waits.append(homes.wait_ms(random, 0))
    return waits


def test_all_are_tried_quickly_once_and_ever_more_slowly_from_then_on() -> None:
    names = ("south", "east", "west")
    homes = Homes((address_of("north"),), tuple(home_called(name) for name in names))

    waits = waits_between(homes, 20)

    assert max(waits[:4]) <= limits.RESUME_FIRST_MS
    assert all(later > earlier for earlier, later in zip(waits[4:9], waits[6:11], strict=True))
    slowest_ms = limits.RESUME_MAX_MS / 4
    assert all(slowest_ms / 2 <= wait <= slowest_ms for wait in waits[-4:])


def test_a_home_that_was_found_makes_the_next_search_quick_again() -> None:
    homes = Homes((address_of("north"),), ())
    waits_between(homes, 8)

    homes.found(address_of("south"))

    assert homes.wait_ms(Random(1), 0) <= limits.RESUME_FIRST_MS
    assert max(waits_between(homes, 1)) <= limits.RESUME_FIRST_MS


def three_homes() -> Homes:
    return Homes(tuple(address_of(name) for name in ("north", "south", "west")), ())


def test_a_home_that_has_said_when_to_come_again_is_passed_over_until_then() -> None:
    """docs/protocol.md, section 11."""
    homes, random = three_homes(), Random(1)
    homes.next()

    homes.avoid(address_of("north"), 60_000)
    homes.avoid(address_of("south"), 60_000)
    tried = []
    for _ in range(4):
        assert homes.wait_ms(random, 0) < 60_000
        tried.append(homes.next())
    homes.wait_ms(random, 60_000)

    assert tried == [address_of("west")] * 4
    assert homes.next() == address_of("north")


def test_where_all_have_said_so_the_soonest_is_waited_for() -> None:
    """docs/protocol.md, section 11."""
    homes = three_homes()
    for name, until_ms in (("north", 9_000), ("south", 5_000), ("west", 7_000)):
        homes.avoid(address_of(name), until_ms)

    assert homes.wait_ms(Random(1), 1_000) == 4_000
    assert homes.next() == address_of("south")


def test_a_home_that_serves_all_the_same_is_not_passed_over() -> None:
    homes = three_homes()
    homes.avoid(address_of("north"), 60_000)

    homes.found(address_of("north"))
    homes.wait_ms(Random(1), 0)

    assert homes.next() == address_of("north")


def test_a_home_that_nobody_names_any_more_is_forgotten() -> None:
    homes = Homes((address_of("north"),), ())

    homes.avoid(address_of("elsewhere"), 60_000)

    assert homes.wait_ms(Random(1), 0) <= limits.RESUME_FIRST_MS
    assert homes.next() == address_of("north")
