"""What a host's name or address says by itself."""

from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import Final

LOCAL_NAME: Final = "localhost"

_MAPPED_BITS: Final = 96
"""Before an IPv4 address that is written as an IPv6 one."""

Network = IPv4Network | IPv6Network


def ip_of(host: str) -> IPv4Address | IPv6Address | None:
    """The address that `host` is, without brackets; None for a name."""
    try:
        return ip_address(host)
    except ValueError:
        return None


def is_loopback(host: str) -> bool:
    """Whether `host` can only mean this machine. Names other than `localhost` never do."""
    ip = ip_of(host)
    return host == LOCAL_NAME if ip is None else ip.is_loopback


def is_wildcard(host: str) -> bool:
    """Whether `host` stands for every address of a machine, so that nobody can be told it."""
    ip = ip_of(host)
    return not host if ip is None else ip.is_unspecified


def scheme_of(endpoint: str) -> str:
    """How links go to `HOST:PORT`: `ws` on this machine, `wss` elsewhere."""
    return "ws" if is_loopback(endpoint.rpartition(":")[0].strip("[]")) else "wss"


def block_of(remote_address: str) -> str:
    """Whom an address stands for: of IPv6 the 64 bits that one customer gets at least.

    What is no address stands for itself.
    """
    address = ip_of(remote_address)
    if address is None:
        return remote_address
    if isinstance(address, IPv4Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(IPv6Network((int(address) >> 64 << 64, 64)))


def network_of(text: str) -> Network | None:
    """The addresses that `192.0.2.7`, `192.0.2.0/24` or `2001:db8::/32` name; None of other text.

    Bits beyond the length are not looked at. IPv4 written as IPv6 is IPv4.
    """
    try:
        network = ip_network(text, strict=False)
    except ValueError:
        return None
    if isinstance(network, IPv4Network):
        return network
    mapped = network.network_address.ipv4_mapped
    if mapped is not None and network.prefixlen >= _MAPPED_BITS:
        return IPv4Network((mapped, network.prefixlen - _MAPPED_BITS))
    return network


def name_of(network: Network) -> str:
    """As a person writes it: one address without its length."""
    return str(network.network_address) if network.num_addresses == 1 else str(network)
