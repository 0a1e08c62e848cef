"""Opening the port."""

import errno
import os
import resource
import socket
from contextlib import suppress
from typing import Final

import trio

from overlay import limits
from overlay.errors import ConfigError, PortUnavailable
from overlay.transport.addresses import Endpoint

FILES_MAX: Final = limits.LINKS_MAX + limits.NO_LINK_MAX + 256
"""Open files of a listening process: its links, what is no link yet, and its own. Systems often
allow 1,024 until a process asks for more, and a flood would use them up."""

_WHERE = "listen address"


async def open_listeners(endpoint: Endpoint) -> list[trio.SocketListener]:
    """Listen at every address that the host means. Port 0 lets the system choose one.

    From then on this process may open `FILES_MAX` files, or as many as the system allows it.
    Raises: `PortUnavailable` if the port cannot be had now, `ConfigError` if it never can.
    """
    host, port = endpoint
    _ask_for_files()
    try:
        listeners = list(await trio.open_tcp_listeners(port, host=host))
    except UnicodeError:
        # Python's codec for names refuses what no name can be, before any resolver is asked.
        expected = "a name or an address of this machine"
        raise ConfigError(_WHERE, f"{endpoint}, whose host cannot be", expected) from None
    except OSError as error:
        kind = ConfigError if error.errno == errno.EACCES else PortUnavailable
        raise kind(_WHERE, *_found_and_expected(endpoint, error)) from error
    if port:
        return listeners
    # Each address of a name would get a port of its own.
    for listener in listeners[1:]:
        await listener.aclose()
    return listeners[:1]


def _ask_for_files() -> None:
    allowed, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES_MAX if most == resource.RLIM_INFINITY else min(FILES_MAX, most)
    if allowed != resource.RLIM_INFINITY and allowed < wanted:
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))


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
    # A resolver's numbers are no system's.
    is_name = isinstance(error, socket.gaierror)
    reason = os.strerror(error.errno) if error.errno and not is_name else error.strerror or error
    return f"{endpoint} ({reason})", "an address of this machine and a port from 1 to 65535"
