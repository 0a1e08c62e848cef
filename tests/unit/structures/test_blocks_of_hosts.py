"""Whom an address stands for, and which network a text names."""

from ipaddress import ip_network

import pytest

from overlay.structures.hosts import block_of, name_of, network_of


@pytest.mark.parametrize(
    ("address", "block"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("10.0.0.1:4000", "10.0.0.1:4000"),
        ("", ""),
    ],
)
def test_an_address_of_ipv6_stands_for_its_network_of_64_bits(address: str, block: str) -> None:
    """docs/protocol.md, section 1.6."""
    assert block_of(address) == block


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("192.0.2.7/24", "192.0.2.0/24"),
        ("2001:DB8::1/32", "2001:db8::/32"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.0/120", "192.0.2.0/24"),
        ("::/0", "::/0"),
    ],
)
def test_a_network_has_one_name_however_it_is_written(text: str, name: str) -> None:
    network = network_of(text)

    assert network is not None
    assert name_of(network) == name
    assert network_of(name) == network == ip_network(name)


@pytest.mark.parametrize("text", ["", "alice", "192.0.2", "192.0.2.0/33", "1.2.3.4:80", "A" * 43])
def test_other_text_names_no_network(text: str) -> None:
    assert network_of(text) is None
