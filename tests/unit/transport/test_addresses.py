"""Addresses as people write them."""

import pytest

from overlay.structures.hosts import is_loopback
from overlay.transport.addresses import (
    Endpoint,
    is_secured,
    parse_address,
    parse_written,
    whole_address,
)
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
        ("http://127.0.0.1:7001/overlay", "must begin with wss:// or ws://"),
        ("127.0.0.1:7001", "must begin with wss:// or ws://"),
        ("", "must begin with wss:// or ws://"),
        ("ws://127.0.0.1/overlay", "must name a host and a port"),
        ("ws://127.0.0.1:0/overlay", "must name a port from 1 to 65535"),
        ("ws://:7001/overlay", "must name a host and a port"),
        ("ws://alice@127.0.0.1:7001/overlay", "must name a host and a port"),
        ("ws://127.0.0.1:70000/overlay", "must name a port from 1 to 65535"),
        ("ws://127.0.0.1:port/overlay", "must name a port from 1 to 65535"),
        ("ws://[::1:7001/overlay", "is no address: wss://HOST:PORT/overlay"),
        ("ws://127.0.0.1:7001", "must end with /overlay"),
        ("ws://127.0.0.1:7001/overlay/", "must end with /overlay"),
        ("ws://127.0.0.1:7001/overlay?to=bob", "must end with /overlay"),
        ("ws://127.0.0.1:7001/overlay#top", "must end with /overlay"),
        ("ws://127.0.0.1:7001/overlay\r\nHost: north", "must end with /overlay"),
        ("ws://192.0.2.1:7001/overlay", "goes without TLS to another machine"),
        ("ws://north.example:7001/overlay", "goes without TLS to another machine"),
        ("ws://127.0.0.1.example:7001/overlay", "goes without TLS to another machine"),
        ("wss://.:7001/overlay", "must name a host and a port"),
        ("wss://north..example:7001/overlay", "must name a host and a port"),
        (f"wss://{'n' * 64}.example:7001/overlay", "must name a host and a port"),
        (f"wss://{'.'.join(['n' * 60] * 5)}:7001/overlay", "must name a host and a port"),
        ("wss://\ufffd:7001/overlay", "must name a host and a port"),
        ("wss://no\0rth:7001/overlay", "must name a host and a port"),
        ("wss://no rth:7001/overlay", "must name a host and a port"),
    ],
)
def test_any_other_address_is_refused_saying_what_is_wrong(address: str, words: str) -> None:
    with pytest.raises(BadAddress, match=words):
        parse_address(address)


def test_a_host_in_other_letters_is_asked_for_in_those_of_idna() -> None:
    assert parse_address("wss://nörd.example:7001/overlay").host == "xn--nrd-sna.example"
    assert parse_address("ws://\uff4cocalhost:7001/overlay").host == "localhost"


@pytest.mark.parametrize("written", ["127.0.0.1:7001", "ws://127.0.0.1:7001/overlay"])
def test_people_may_write_a_host_and_a_port_alone(written: str) -> None:
    assert parse_written(written) == Endpoint("127.0.0.1", 7001)
    assert whole_address(written) == "ws://127.0.0.1:7001/overlay"


SHORT = "HOST:PORT, such as 127.0.0.1:7701"


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("7701", f"'7701' must name a host and a port: {SHORT}"),
        ("localhost", f"'localhost' must name a host and a port: {SHORT}"),
        ("", f"'' must name a host and a port: {SHORT}"),
        ("foo:bar", f"'foo:bar' must name a port from 1 to 65535: {SHORT}"),
        ("127.0.0.1:7701/", f"'127.0.0.1:7701/' must end right after the port: {SHORT}"),
        ("[::1:7701", f"'[::1:7701' is no address: {SHORT}"),
        (
            "http://127.0.0.1:7701",
            f"'http://127.0.0.1:7701' must begin with wss:// or ws://, or be short: {SHORT}",
        ),
        (
            "ws://127.0.0.1:7701",
            "'ws://127.0.0.1:7701' must end with /overlay, right after the port",
        ),
        (
            "ws://10.0.0.1:7701/overlay",
            "'ws://10.0.0.1:7701/overlay' goes without TLS to another machine: write wss://,"
            " or say --insecure",
        ),
    ],
)
def test_what_people_wrote_is_quoted_as_they_wrote_it(written: str, words: str) -> None:
    with pytest.raises(BadAddress) as refused:
        parse_written(written)

    assert str(refused.value) == words


@pytest.mark.parametrize(
    ("written", "whole"),
    [
        ("10.0.0.1:7701", "wss://10.0.0.1:7701/overlay"),
        ("north.example:7701", "wss://north.example:7701/overlay"),
        ("[2001:db8::1]:7701", "wss://[2001:db8::1]:7701/overlay"),
        ("[::1]:7701", "ws://[::1]:7701/overlay"),
    ],
)
def test_what_is_short_goes_over_tls_beyond_this_machine(written: str, whole: str) -> None:
    assert whole_address(written) == whole
    assert str(parse_written(written)) == written
    assert is_secured(whole) == whole.startswith("wss")


def test_who_allows_it_speaks_to_other_machines_without_tls() -> None:
    address = "ws://192.0.2.1:7001/overlay"

    assert parse_address(address, allows_plain=True) == Endpoint("192.0.2.1", 7001)
    assert parse_written(address, allows_plain=True) == Endpoint("192.0.2.1", 7001)


def test_only_loopback_and_localhost_can_only_mean_this_machine() -> None:
    hosts = ["127.0.0.1", "::1", "localhost", "0.0.0.0", "::", "10.0.0.1", "localhost.example", ""]

    assert [is_loopback(host) for host in hosts] == [True] * 3 + [False] * 5
