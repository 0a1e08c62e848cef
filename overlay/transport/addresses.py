"""Where a node listens, as people write it."""

import re
from typing import Final, NamedTuple
from urllib.parse import SplitResult, urlsplit

from overlay.structures.hosts import is_loopback, scheme_of
from overlay.transport.link import AddressWithoutTls, BadAddress

OVERLAY_PATH: Final = "/overlay"
"""The one path whose WebSocket upgrade becomes a link."""

_WHOLE: Final = f"wss://HOST:PORT{OVERLAY_PATH}"
_SECURED: Final = "wss://"
_SHORT: Final = "HOST:PORT, such as 127.0.0.1:7701"
_PORTS: Final = range(1, 65_536)
_NAME: Final = re.compile("[!-~]{1,253}")
"""What can be asked for, and written into a request. Source: RFC 1035, section 2.3.4."""


class Endpoint(NamedTuple):
    """A host, without brackets, and a TCP port."""

    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


def parse_address(address: str, *, allows_plain: bool = False) -> Endpoint:
    """Read `wss://HOST:PORT/overlay`, or `ws://…`: of loopback, or any where `allows_plain`.

    Raises: `BadAddress`, which says what is wrong with it.
    """
    return _parse(address, address, _WHOLE, allows_plain)


def parse_written(written: str, *, allows_plain: bool = False) -> Endpoint:
    """Read `HOST:PORT`, or a whole address, as people write them.

    Raises: `BadAddress`, which quotes what was written and nothing else.
    """
    return _parse(whole_address(written), written, _SHORT, allows_plain)


def whole_address(written: str) -> str:
    """What was written as a whole address, if it was `HOST:PORT`; not checked.

    That is `ws://` on this machine, and `wss://` elsewhere.
    """
    if "://" in written:
        return written
    return f"{scheme_of(written)}://{written}{OVERLAY_PATH}"


def is_secured(address: str) -> bool:
    """Whether links there go over TLS."""
    return address.startswith(_SECURED)


def _parse(address: str, written: str, form: str, allows_plain: bool) -> Endpoint:
    said = repr(written)
    try:
        parts = urlsplit(address)
    except ValueError:
        raise BadAddress(f"{said} is no address: {form}") from None
    if parts.scheme not in ("ws", "wss"):
        raise BadAddress(f"{said} must begin with wss:// or ws://, or be short: {_SHORT}")
    host, port = _host(parts), _port(parts)
    if not host or port is None or "@" in parts.netloc:
        raise BadAddress(f"{said} must name a host and a port: {form}")
    if port not in _PORTS:
        raise BadAddress(f"{said} must name a port from 1 to {_PORTS[-1]}: {form}")
    if address != f"{parts.scheme}://{parts.netloc}{OVERLAY_PATH}":
        if address != written:
            raise BadAddress(f"{said} must end right after the port: {form}")
        raise BadAddress(f"{said} must end with {OVERLAY_PATH}, right after the port")
    if not (is_secured(address) or allows_plain or is_loopback(host)):
        raise AddressWithoutTls(
            f"{said} goes without TLS to another machine: write wss://, or say --insecure"
        )
    return Endpoint(host, port)


def _host(parts: SplitResult) -> str | None:
    """As it is asked for, other letters in those of IDNA; None if nobody can have it."""
    try:
        host = (parts.hostname or "").encode("idna").decode("ascii")
    except UnicodeError:
        return None
    return host if _NAME.fullmatch(host) else None


def _port(parts: SplitResult) -> int | None:
    """None if there is no port, -1 if it is no number that a port may have."""
    try:
        return parts.port
    except ValueError:
        return -1
