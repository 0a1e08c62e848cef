"""Where a node listens, as people write it."""

from typing import Final, NamedTuple
from urllib.parse import urlsplit

from overlay.structures.hosts import is_loopback
from overlay.transport.link import BadAddress

OVERLAY_PATH: Final = "/overlay"
"""The one path whose WebSocket upgrade becomes a link."""


class Endpoint(NamedTuple):
    """A host, without brackets, and a TCP port."""

    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


def parse_address(address: str) -> Endpoint:
    """Read `ws://HOST:PORT/overlay`.

    Raises: `BadAddress`, which says what is wrong with it.
    """
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise BadAddress(f"{address!r} is no URL: {error}") from None
    if parts.scheme == "wss":
        raise BadAddress(f"{address!r}: TLS is not built yet, only ws:// to loopback works")
    if parts.scheme != "ws":
        raise BadAddress(f"{address!r} must begin with ws://")
    if not host or not port or "@" in parts.netloc:
        raise BadAddress(f"{address!r} must name a host and a port: ws://HOST:PORT{OVERLAY_PATH}")
    if address != f"ws://{parts.netloc}{OVERLAY_PATH}":
        raise BadAddress(f"{address!r} must end with {OVERLAY_PATH}, right after the port")
    if not is_loopback(host):
        raise BadAddress(f"{address!r} is not loopback, and TLS is not built yet")
    return Endpoint(host, port)
