"""Where to dial next."""

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
