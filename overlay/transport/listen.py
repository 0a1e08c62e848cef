"""Opening the port."""

import errno
import os

import trio

from overlay.errors import ConfigError
from overlay.structures.hosts import is_loopback
from overlay.transport.addresses import Endpoint

_WHERE = "listen address"


async def open_listeners(endpoint: Endpoint) -> list[trio.SocketListener]:
    """Listen at every address that the host means. Port 0 lets the system choose one.

    Raises: `ConfigError` if the host is not loopback, or the port cannot be had.
    """
    host, port = endpoint
    if not is_loopback(host):
        raise ConfigError(
            _WHERE,
            str(endpoint),
            "a loopback address such as 127.0.0.1, since links beyond this machine"
            " need TLS, which is not built yet",
        )
    try:
        listeners = list(await trio.open_tcp_listeners(port, host=host))
    except OSError as error:
        raise ConfigError(_WHERE, *_found_and_expected(endpoint, error)) from error
    if port:
        return listeners
    # Each address of a name would get a port of its own.
    for listener in listeners[1:]:
        await listener.aclose()
    return listeners[:1]


def listening_at(listener: trio.SocketListener) -> Endpoint:
    """The host and port that `listener` got."""
    host, port, *_ = listener.socket.getsockname()
    return Endpoint(str(host), int(port))


def _found_and_expected(endpoint: Endpoint, error: OSError) -> tuple[str, str]:
    if error.errno == errno.EADDRINUSE:
        return (
            f"{endpoint}, where another program listens already",
            "a free port: pick another, or find the holder of this one"
            f" with `ss -ltnp sport = :{endpoint.port}`",
        )
    if error.errno == errno.EACCES:
        return f"{endpoint}, a port for the administrator only", "a port above 1023"
    reason = os.strerror(error.errno) if error.errno else str(error)
    return f"{endpoint} ({reason})", "an address of this machine and a port from 1 to 65535"
