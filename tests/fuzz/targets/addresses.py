"""Addresses, which travel in records: any text is a host that can be asked for, or refused."""

import socket
import ssl
from collections.abc import Callable
from contextlib import suppress

from overlay.transport.addresses import Endpoint, parse_address, parse_written
from overlay.transport.link import BadAddress
from overlay.transport.tls import dialling_context
from tests.fuzz.shapes import words
from tests.fuzz.targets import Notice, Target

Parse = Callable[[str], Endpoint]


def target(notice: Notice) -> Target:
    return Addresses(parse_address, notice)


def broken(notice: Notice) -> Target:
    """It takes it that a port is none of the thousand that root alone may have."""
    return Addresses(_parse_high_ports, notice)


class Addresses:
    """Judges a reader of addresses by what dials: resolver, TLS, and the request for a link."""

    def __init__(self, parse: Parse, notice: Notice) -> None:
        self._parse = parse
        self._notice = notice

    def __call__(self, data: bytes) -> None:
        text = data.decode(errors="surrogateescape")
        with suppress(BadAddress):
            parse_written(text, allows_plain=True)
        try:
            endpoint = self._parse(text)
        except BadAddress as error:
            self._notice(words("", str(error)[-30:]))
            return
        assert str(endpoint).isascii()
        # Numbers alone: a name is not looked up, only made ready for it.
        with suppress(OSError):
            socket.getaddrinfo(endpoint.host, endpoint.port, flags=socket.AI_NUMERICHOST)
        _name_in_tls(endpoint.host)
        assert parse_address(f"wss://{endpoint}/overlay") == endpoint


def _name_in_tls(host: str) -> None:
    tls = dialling_context().wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname=host)
    with suppress(ssl.SSLWantReadError):
        tls.do_handshake()


def _parse_high_ports(text: str) -> Endpoint:
    endpoint = parse_address(text)
    assert endpoint.port >= 1_000
    return endpoint
