"""Where a node listens, as people write it."""

from typing import Final, NamedTuple
from urllib.parse import SplitResult, urlsplit

from overlay.structures.hosts import is_loopback
from overlay.transport.link import BadAddress

OVERLAY_PATH: Final = "/overlay"
"""The one path whose WebSocket upgrade becomes a link."""

_WHOLE: Final = f"ws://HOST:PORT{OVERLAY_PATH}"
_SHORT: Final = "HOST:PORT, such as 127.0.0.1:7701"
_PORTS: Final = range(1, 65_536)


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
    return _parse(address, address, _WHOLE)


def parse_written(written: str) -> Endpoint:
    """Read `HOST:PORT`, or a whole address, as people write them.

    Raises: `BadAddress`, which quotes what was written and nothing else.
    """
    return _parse(whole_address(written), written, _SHORT)


def whole_address(written: str) -> str:
    """What was written as a whole address, if it was `HOST:PORT`; not checked."""
    return written if "://" in written else f"ws://{written}{OVERLAY_PATH}"


def _parse(address: str, written: str, form: str) -> Endpoint:
    said = repr(written)
    try:
        parts = urlsplit(address)
    except ValueError:
        raise BadAddress(f"{said} is no address: {form}") from None
    if parts.scheme == "wss":
        raise BadAddress(f"{said}: TLS is not built yet, only ws:// to loopback works")
    if parts.scheme != "ws":
        raise BadAddress(f"{said} must begin with ws://, or be short: {_SHORT}")
    host, port = parts.hostname, _port(parts)
    if not host or port is None or "@" in parts.netloc:
        raise BadAddress(f"{said} must name a host and a port: {form}")
    if port not in _PORTS:
        raise BadAddress(f"{said} must name a port from 1 to {_PORTS[-1]}: {form}")
    if address != f"ws://{parts.netloc}{OVERLAY_PATH}":
        if address != written:
            raise BadAddress(f"{said} must end right after the port: {form}")
        raise BadAddress(f"{said} must end with {OVERLAY_PATH}, right after the port")
    if not is_loopback(host):
        raise BadAddress(f"{said} is not loopback, and TLS is not built yet")
    return Endpoint(host, port)


def _port(parts: SplitResult) -> int | None:
    """None if there is no port, -1 if it is no number that a port may have."""
    try:
        return parts.port
    except ValueError:
        return -1
