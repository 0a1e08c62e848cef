"""Addresses as people write them."""

import pytest

from overlay.structures.hosts import is_loopback
from overlay.transport.addresses import Endpoint, parse_address
from overlay.transport.link import BadAddress


@pytest.mark.parametrize(
    ("address", "endpoint"),
    [
        ("ws://127.0.0.1:7001/overlay", Endpoint("127.0.0.1", 7001)),
        ("ws://localhost:7001/overlay", Endpoint("localhost", 7001)),
        ("ws://[::1]:7001/overlay", Endpoint("::1", 7001)),
        ("ws://127.8.0.1:1/overlay", Endpoint("127.8.0.1", 1)),
    ],
)
def test_an_address_on_this_machine_names_a_host_and_a_port(
    address: str, endpoint: Endpoint
) -> None:
    assert parse_address(address) == endpoint
    assert address == f"ws://{endpoint}/overlay"


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("wss://127.0.0.1:7001/overlay", "TLS is not built yet"),
        ("http://127.0.0.1:7001/overlay", "must begin with ws://"),
        ("127.0.0.1:7001", "must begin with ws://"),
        ("", "must begin with ws://"),
        ("ws://127.0.0.1/overlay", "must name a host and a port"),
        ("ws://127.0.0.1:0/overlay", "must name a host and a port"),
        ("ws://:7001/overlay", "must name a host and a port"),
        ("ws://alice@127.0.0.1:7001/overlay", "must name a host and a port"),
        ("ws://127.0.0.1:70000/overlay", "is no URL"),
        ("ws://127.0.0.1:port/overlay", "is no URL"),
        ("ws://[::1:7001/overlay", "is no URL"),
        ("ws://127.0.0.1:7001", "must end with /overlay"),
        ("ws://127.0.0.1:7001/overlay/", "must end with /overlay"),
        ("ws://127.0.0.1:7001/overlay?to=bob", "must end with /overlay"),
        ("ws://127.0.0.1:7001/overlay#top", "must end with /overlay"),
        ("ws://127.0.0.1:7001/overlay\r\nHost: north", "must end with /overlay"),
        ("ws://192.0.2.1:7001/overlay", "is not loopback"),
        ("ws://north.example:7001/overlay", "is not loopback"),
        ("ws://127.0.0.1.example:7001/overlay", "is not loopback"),
    ],
)
def test_any_other_address_is_refused_saying_what_is_wrong(address: str, words: str) -> None:
    with pytest.raises(BadAddress, match=words):
        parse_address(address)


def test_only_loopback_and_localhost_can_only_mean_this_machine() -> None:
    hosts = ["127.0.0.1", "::1", "localhost", "0.0.0.0", "::", "10.0.0.1", "localhost.example", ""]

    assert [is_loopback(host) for host in hosts] == [True] * 3 + [False] * 5
