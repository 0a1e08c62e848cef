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
