"""TLS around a TCP stream: what a listener presents, and what a dialler has seen.

Certificates prove nothing here. Who is at the other end is proved by the
handshake of the link, which signs the fingerprint of the listener's
certificate: somebody in the middle has another one. docs/protocol.md, 1.1.
"""

import ssl
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Final

import trio
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from overlay.crypto.encoding import encode
from overlay.errors import ConfigError
from overlay.transport.link import DialUnreachable, NotOverlay

_FORWARD_SECRET: Final = "ECDHE+AESGCM:ECDHE+CHACHA20"
"""Suites of TLS 1.2 that are as good as those of 1.3. Source: RFC 9325, section 4.2."""

TLS_WANTED: Final = "TLS is spoken here: write https:// or wss://"
"""What whoever speaks HTTP without it is told."""

_HTTP_WITHOUT_TLS: Final = "HTTP_REQUEST"
"""What OpenSSL says of bytes that begin like a plain HTTP request."""


@dataclass(frozen=True, slots=True)
class Presented:
    """What a listener presents, and proves in the handshake of each link.

    Without a `context` TLS ends before us, at a proxy that presents that certificate.
    """

    fingerprint: str
    """Base64url SHA-256 of the certificate's DER."""
    context: ssl.SSLContext | None = None


class PlainHttp(Exception):
    """Something speaks HTTP without TLS where TLS is spoken."""


def fingerprint_of(certificate: x509.Certificate) -> str:
    """Base64url SHA-256 of its DER."""
    return _fingerprint(certificate.public_bytes(Encoding.DER))


def read_certificate(path: Path) -> x509.Certificate:
    """The first certificate of a PEM file: a listener's own. Raises `ConfigError`."""
    expected = "a certificate in PEM, the node's own first"
    try:
        return x509.load_pem_x509_certificates(path.read_bytes())[0]
    except OSError as error:
        raise ConfigError(str(path), error.strerror or str(error), expected) from None
    except ValueError:
        raise ConfigError(str(path), "something that is no certificate", expected) from None


def presented(certificate_path: Path, key_path: Path) -> Presented:
    """What is presented with a certificate, those behind it, and its key, all in PEM.

    Raises `ConfigError` if a file is missing or broken, or the key is of another certificate.
    """
    fingerprint = fingerprint_of(read_certificate(certificate_path))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    # Nobody resumes a session: a link lasts, and a ticket would be kept for each.
    context.num_tickets = 0
    expected = f"the key of {certificate_path}, in PEM and without a password"
    try:
        key_path.read_bytes()
        # Without a password of its own OpenSSL would ask for one at the terminal.
        context.load_cert_chain(certificate_path, key_path, password=lambda: "")
    except ssl.SSLError:
        raise ConfigError(str(key_path), "another key, or none", expected) from None
    except OSError as error:
        raise ConfigError(str(key_path), error.strerror or str(error), expected) from None
    return Presented(fingerprint, context)


async def present(
    transport: trio.abc.Stream, context: ssl.SSLContext
) -> trio.SSLStream[trio.abc.Stream]:
    """Shake hands with whoever has dialled.

    Raises `PlainHttp`; trio's `BrokenResourceError` for whatever else is no TLS, and if they go.
    """
    stream = trio.SSLStream(transport, context, server_side=True, https_compatible=True)
    try:
        await stream.do_handshake()
    except trio.BrokenResourceError as error:
        if getattr(error.__cause__, "reason", None) == _HTTP_WITHOUT_TLS:
            raise PlainHttp from None
        raise
    return stream


async def secure(
    transport: trio.abc.Stream, host: str
) -> tuple[trio.SSLStream[trio.abc.Stream], str]:
    """Shake hands with whom we have dialled; returns the fingerprint of their certificate, too.

    Raises `NotOverlay` for what speaks no TLS, `DialUnreachable` if they go.
    """
    stream = trio.SSLStream(
        transport, dialling_context(), server_hostname=host, https_compatible=True
    )
    try:
        await stream.do_handshake()
    except trio.BrokenResourceError as error:
        if isinstance(error.__cause__, ssl.SSLError):
            reason = error.__cause__.reason or "no TLS"
            raise NotOverlay(f"what answers there does not speak our TLS: {reason}") from error
        raise DialUnreachable("it ended before the link was secure") from error
    certificate = stream.getpeercert(binary_form=True)
    assert certificate is not None, "a listener without a certificate fails the handshake"
    return stream, _fingerprint(certificate)


@cache
def dialling_context() -> ssl.SSLContext:
    """Takes any certificate: see above for what proves who is there."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    # Proxies of some years speak no more than 1.2.
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(_FORWARD_SECRET)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _fingerprint(der: bytes) -> str:
    return encode(sha256(der).digest())
