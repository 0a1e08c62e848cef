"""What a host's name or address says by itself."""

from ipaddress import ip_address
from typing import Final

LOCAL_NAME: Final = "localhost"


def is_loopback(host: str) -> bool:
    """Whether `host` can only mean this machine. Names other than `localhost` never do."""
    if host == LOCAL_NAME:
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def is_wildcard(host: str) -> bool:
    """Whether `host` stands for every address of a machine, so that nobody can be told it."""
    try:
        return ip_address(host).is_unspecified
    except ValueError:
        return not host
