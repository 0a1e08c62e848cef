"""TLS around a TCP stream: what a listener presents, and what a dialler has seen.

Certificates prove nothing here. Who is at the other end is proved by the
handshake of the link, which signs the fingerprint of the listener's
certificate: somebody in the middle has another one. docs/protocol.md, 1.1.
"""

import ssl
from contextlib import suppress
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
from overlay.transport.link import DialTurnedAway, NotOverlay

_FORWARD_SECRET: Final = "ECDHE+AESGCM:ECDHE+CHACHA20"
"""Suites of TLS 1.2 that are as good as those of 1.3. Source: RFC 9325, section 4.2."""

TLS_WANTED: Final = "TLS is spoken here: write https:// or wss://"
"""What whoever speaks HTTP without it is told."""

_HANDSHAKE_RECORD: Final = b"\x16"
_RECORD_HEAD_BYTES: Final = 5
_RECORD_BYTES_MAX: Final = _RECORD_HEAD_BYTES + 16_384 + 256

_HTTP_WITHOUT_TLS: Final = "HTTP_REQUEST"
"""What OpenSSL says of bytes that begin like a plain HTTP request."""


@dataclass(frozen=True, slots=True)
class Presented:
    """What a listener presents, and proves in the handshake of each link.

    Without a `context` TLS ends before us, at a proxy that presents that
    certificate; without a certificate there is none at all.
    """

    certificate: x509.Certificate | None = None
    context: ssl.SSLContext | None = None

    @property
    def fingerprint(self) -> str | None:
        """Base64url SHA-256 of the certificate's DER."""
        return fingerprint_of(self.certificate) if self.certificate is not None else None


NO_TLS: Final = Presented()


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


def presented(certificate_path: Path, key_path: Path | None) -> Presented:
    """What is presented with a certificate, those behind it, and its key, all in PEM.

    Without a key a proxy presents it. Raises `ConfigError` if a file is
    missing or broken, or the key is of another certificate.
    """
    certificate = read_certificate(certificate_path)
    if key_path is None:
        return Presented(certificate)
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
    if read_certificate(certificate_path) != certificate:
        # It was replaced just now: what OpenSSL has read need not be what we have.
        return presented(certificate_path, key_path)
    return Presented(certificate, context)


class TlsStream(trio.abc.HalfCloseableStream):
    """trio's TLS, which besides says why it gives up, and when it has said all.

    RFC 8446, section 6: who does not hear that takes the end for an attack, or a dead host.
    """

    def __init__(
        self,
        transport: trio.abc.Stream,
        context: ssl.SSLContext,
        *,
        host: str | None = None,
        greeting: bytes = b"",
    ) -> None:
        """Dials `host`; listens where there is none, and has received `greeting` then."""
        self._transport = transport
        self._spoken = _Spoken(context)
        self._below = _Below(transport)
        self._tls = trio.SSLStream(
            self._below,
            self._spoken,  # type: ignore[arg-type]  # all that trio asks of a context
            server_hostname=host,
            server_side=host is None,
            https_compatible=True,
        )
        self._spoken.incoming.write(greeting)
        self._read_ahead = b""

    async def do_handshake(self) -> None:
        """Raises trio's `BrokenResourceError` if they go, or cannot be understood."""
        try:
            await self._tls.do_handshake()
        except trio.BrokenResourceError:
            await self._send_unsent()
            raise

    @property
    def certificate(self) -> bytes | None:
        """What the other end has presented, in DER."""
        der: bytes | None = self._spoken.tls.getpeercert(binary_form=True)
        return der

    @property
    def version(self) -> str:
        """What is spoken, such as `TLSv1.3`."""
        return self._spoken.tls.version() or "no TLS"

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        await self._tls.send_all(data)
        if self._below.has_lost_peer:
            raise trio.BrokenResourceError("the peer has gone")

    async def wait_send_all_might_not_block(self) -> None:
        await self._tls.wait_send_all_might_not_block()

    async def receive_some(self, max_bytes: int | None = None) -> bytes | bytearray:
        if self._read_ahead:
            await trio.lowlevel.checkpoint()
            count = max_bytes or len(self._read_ahead)
            data, self._read_ahead = self._read_ahead[:count], self._read_ahead[count:]
            return data
        return await self._tls.receive_some(max_bytes)

    async def send_eof(self) -> None:
        # What has come would spoil all that comes behind it, if it were still to be read then.
        with suppress(ssl.SSLError):
            while data := self._spoken.tls.read(_RECORD_BYTES_MAX):
                self._read_ahead += data
        # It says so, and then complains that the other end has not.
        with suppress(ssl.SSLError):
            self._spoken.tls.unwrap()
        await self._send_unsent()
        if isinstance(self._transport, trio.abc.HalfCloseableStream):
            await self._transport.send_eof()

    async def aclose(self) -> None:
        await self._tls.aclose()

    async def _send_unsent(self) -> None:
        if unsent := self._spoken.outgoing.read():
            await self._transport.send_all(unsent)


class _Below(trio.abc.Stream):
    """The stream below TLS, which is not told when the peer has gone: it would let nobody read
    what has come before."""

    __slots__ = ("_transport", "has_lost_peer")

    def __init__(self, transport: trio.abc.Stream) -> None:
        self._transport = transport
        self.has_lost_peer = False

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        try:
            await self._transport.send_all(data)
        except trio.BrokenResourceError:
            self.has_lost_peer = True

    async def wait_send_all_might_not_block(self) -> None:
        await self._transport.wait_send_all_might_not_block()

    async def receive_some(self, max_bytes: int | None = None) -> bytes | bytearray:
        return await self._transport.receive_some(max_bytes)

    async def aclose(self) -> None:
        await self._transport.aclose()


class _Spoken:
    """A context that remembers the one end of TLS that trio has it make."""

    tls: ssl.SSLObject
    incoming: ssl.MemoryBIO
    outgoing: ssl.MemoryBIO

    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context

    def wrap_bio(
        self,
        incoming: ssl.MemoryBIO,
        outgoing: ssl.MemoryBIO,
        *,
        server_side: bool,
        server_hostname: str | None,
    ) -> ssl.SSLObject:
        self.incoming, self.outgoing = incoming, outgoing
        self.tls = self._context.wrap_bio(
            incoming, outgoing, server_side=server_side, server_hostname=server_hostname
        )
        return self.tls


async def present(transport: trio.abc.Stream, context: ssl.SSLContext) -> TlsStream:
    """Shake hands with whoever has dialled, once they have said their first words.

    Raises `PlainHttp`; trio's `BrokenResourceError` for whatever else is no TLS, and if they go.
    """
    stream = TlsStream(transport, context, greeting=await _receive_greeting(transport))
    try:
        await stream.do_handshake()
    except trio.BrokenResourceError as error:
        if getattr(error.__cause__, "reason", None) == _HTTP_WITHOUT_TLS:
            raise PlainHttp from None
        raise
    return stream


async def _receive_greeting(transport: trio.abc.Stream) -> bytes:
    """The first TLS record, or as much as shows that there will be none.

    OpenSSL takes 45 KiB as soon as it waits for one, and many who connect never say it.
    """
    greeting = b""
    while len(greeting) < _greeting_bytes(greeting):
        data = await transport.receive_some(_RECORD_BYTES_MAX)
        if not data:
            break
        greeting += data
    return greeting


def _greeting_bytes(begun: bytes) -> int:
    """How long what begins so is, at least. Source: RFC 8446, section 5.1."""
    if begun[:1] not in (b"", _HANDSHAKE_RECORD):
        return 0
    if len(begun) < _RECORD_HEAD_BYTES:
        return _RECORD_HEAD_BYTES
    length = _RECORD_HEAD_BYTES + int.from_bytes(begun[3:_RECORD_HEAD_BYTES])
    return min(length, _RECORD_BYTES_MAX)


async def secure(transport: trio.abc.Stream, host: str) -> tuple[TlsStream, str]:
    """Shake hands with whom we have dialled; returns the fingerprint of their certificate, too.

    Raises `NotOverlay` for what speaks no TLS, `DialTurnedAway` if they go.
    """
    stream = TlsStream(transport, dialling_context(), host=host)
    try:
        await stream.do_handshake()
    except trio.BrokenResourceError as error:
        if isinstance(error.__cause__, ssl.SSLError):
            reason = error.__cause__.reason or "no TLS"
            raise NotOverlay(f"what answers there does not speak our TLS: {reason}") from error
        raise DialTurnedAway("it ended before the link was secure") from error
    certificate = stream.certificate
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
