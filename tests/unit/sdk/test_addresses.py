"""Addresses and names as people write them."""

import pytest

from overlay.errors import UsageError
from overlay.messages.ids import AccountId
from overlay.sdk.addresses import Called, read_account, read_addresses, readings
from tests.support.people import key_of

ACCOUNT = key_of("alice").id
NORTH, SOUTH = "ws://127.0.0.1:7701/overlay", "ws://127.0.0.1:7702/overlay"


def test_a_host_and_a_port_are_enough() -> None:
    assert read_addresses("127.0.0.1:7701") == (NORTH,)


def test_a_whole_address_is_taken_as_it_is() -> None:
    assert read_addresses(NORTH) == (NORTH,)


def test_several_addresses_keep_their_order_and_are_tried_once() -> None:
    written = ["127.0.0.1:7702", NORTH, SOUTH]

    assert read_addresses(written) == (SOUTH, NORTH)


def test_an_address_of_the_newer_internet_is_an_address() -> None:
    assert read_addresses("[::1]:7701") == ("ws://[::1]:7701/overlay",)


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("north", "^'north' must name a host and a port: HOST:PORT"),
        ("127.0.0.1:99999", "^'127.0.0.1:99999' must name a port from 1 to 65535: HOST:PORT"),
        ("http://127.0.0.1:7701/overlay", "must begin with wss://"),
        ("ws://127.0.0.1:7701/other", "must end with /overlay"),
        ("ws://10.0.0.1:7701/overlay", "goes without TLS to another machine"),
    ],
)
def test_an_address_that_cannot_be_dialled_is_refused_with_the_reason(
    written: str, says: str
) -> None:
    with pytest.raises(UsageError, match=says):
        read_addresses(written)


def test_no_address_at_all_is_refused() -> None:
    with pytest.raises(UsageError, match="give the address"):
        read_addresses([])


def test_an_id_is_told_from_a_name() -> None:
    assert read_account(ACCOUNT) == AccountId(ACCOUNT)
    assert read_account("alice") is None
    assert read_account(ACCOUNT[:-1]) is None


def test_what_stands_after_the_last_at_is_a_node_or_part_of_the_name() -> None:
    assert readings("bob") == [Called("bob", None)]
    assert readings("bob@north") == [Called("bob", "north"), Called("bob@north", None)]
    assert readings("a@b@north") == [Called("a@b", "north"), Called("a@b@north", None)]


@pytest.mark.parametrize("name", ["@north", "bob@", "@"])
def test_an_at_at_an_end_is_part_of_the_name(name: str) -> None:
    assert readings(name) == [Called(name, None)]
