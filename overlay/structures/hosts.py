"""What a host's name or address says by itself."""

from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final

LOCAL_NAME: Final = "localhost"


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
