"""What OpenSSL says first in TLS, and records that it would not say: RFC 8446, 4.1 and 5.1."""

import ssl
import warnings
from collections.abc import Sequence

HANDSHAKE, ALERT, DATA = 22, 21, 23
TLS_1_2 = b"\x03\x03"


def record(kind: int, data: bytes, version: bytes = TLS_1_2) -> bytes:
    """One record as it stands on the wire."""
    return bytes([kind]) + version + len(data).to_bytes(2) + data


def takes_anything() -> ssl.SSLContext:
    """A client that judges no certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def client_hello(
    *,
    highest: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3,
    protocols: Sequence[str] = (),
    host: str = "north.example",
) -> bytes:
    """The first record of a client that speaks no newer TLS than this."""
    context = takes_anything()
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        # Older versions are what some cases are about.
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = min(highest, ssl.TLSVersion.TLSv1_2)
        context.maximum_version = highest
    if protocols:
        context.set_alpn_protocols(list(protocols))
    said, heard = ssl.MemoryBIO(), ssl.MemoryBIO()
    try:
        context.wrap_bio(heard, said, server_hostname=host).do_handshake()
    except ssl.SSLWantReadError:
        return said.read()
    raise AssertionError("nobody has answered yet")
