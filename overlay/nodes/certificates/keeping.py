"""Keeps what a node presents over TLS: makes it, renews it before it expires, reads it again.

Links that are open keep what they were presented; who comes later gets the new one.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import ClassVar, Final

import trio
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import Encoding

from overlay.errors import ConfigError
from overlay.nodes.certificates.judging import covers, out_of_time
from overlay.nodes.certificates.keys import kept_key
from overlay.nodes.certificates.making import hosts_of, is_self_made, last_day, self_made
from overlay.storage.looking import is_there
from overlay.storage.private import replace_file
from overlay.transport.tls import (
    NO_TLS,
    Presented,
    fingerprint_of,
    presented,
    read_certificate,
)

RENEWED_BEFORE: Final = timedelta(days=30)
"""What we made is renewed so long before it expires, and of others is warned."""

CHECK_SECONDS: Final = 3_600.0
"""How often is looked: whoever brings certificates may change their files unasked."""


@dataclass(frozen=True, slots=True)
class CertificatePresented:
    """From now on links are presented this certificate."""

    fingerprint: str
    hosts: tuple[str, ...]
    until: str
    is_self_made: bool


@dataclass(frozen=True, slots=True)
class CertificateExpires:
    """A certificate that we cannot renew ourselves expires soon, or has expired."""

    level: ClassVar[str] = "warning"
    where: str
    until: str


@dataclass(frozen=True, slots=True)
class CertificateUnusable:
    """What should be presented cannot be read; the one before stays."""

    level: ClassVar[str] = "warning"
    detail: str


CertificateFact = CertificatePresented | CertificateExpires | CertificateUnusable


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a node's certificate comes from. Without a key TLS ends at a proxy, which has it."""

    certificate: Path
    key: Path | None
    hosts: tuple[str, ...] = ()
    """Whom a certificate that we make is for; none where the operator brings it."""

    @property
    def is_ours(self) -> bool:
        return bool(self.hosts)


class Certificates:
    """What is presented now. Nothing, where links go without TLS."""

    def __init__(
        self,
        name: str,
        source: Source | None,
        report: Callable[[CertificateFact], None],
        clock: Callable[[], datetime],
    ) -> None:
        """Raises `ConfigError` for what cannot be presented."""
        self._name = name
        self._report = report
        self._clock = clock
        self._source: Source | None = None
        self._current = NO_TLS
        self.read(source)

    def current(self) -> Presented:
        """What the next link is presented."""
        return self._current

    def until(self) -> float | None:
        """When that expires, in seconds since 1970; None without TLS."""
        certificate = self._current.certificate
        return certificate.not_valid_after_utc.timestamp() if certificate is not None else None

    def read(self, source: Source | None) -> None:
        """Read it again, from elsewhere if need be. Raises `ConfigError`; then the old one stays.

        Ours is made where there is none, and anew where it expires soon or is for other hosts.
        """
        self._source = source
        if source is None:
            self._current = NO_TLS
            return
        if source.is_ours:
            self._renew_ours(source)
        before, self._current = self._current, presented(source.certificate, source.key)
        certificate = self._current.certificate
        assert certificate is not None
        if certificate != before.certificate:
            self._report(
                CertificatePresented(
                    fingerprint=fingerprint_of(certificate),
                    hosts=tuple(hosts_of(certificate.extensions)),
                    until=last_day(certificate),
                    is_self_made=is_self_made(certificate),
                )
            )
        if expires_soon(certificate, self._clock()):
            self._report(CertificateExpires(str(source.certificate), last_day(certificate)))

    async def run(self) -> None:
        """Look now and then, until cancelled."""
        while True:
            await trio.sleep(CHECK_SECONDS)
            try:
                self.read(self._source)
            except ConfigError as error:
                self._report(CertificateUnusable(str(error)))

    def _renew_ours(self, source: Source) -> None:
        assert source.key is not None
        key = kept_key(source.key)
        if is_there(source.certificate):
            certificate = read_certificate(source.certificate)
            if not is_self_made(certificate):
                return
            is_fitting = sorted(hosts_of(certificate.extensions)) == sorted(source.hosts)
            is_of_key = certificate.public_key() == key.public_key()
            now = self._clock()
            is_good = out_of_time(certificate, now) is None and not expires_soon(certificate, now)
            if is_fitting and is_of_key and is_good:
                return
        made = self_made(key, self._name, source.hosts, self._clock())
        try:
            replace_file(source.certificate, made.public_bytes(Encoding.PEM))
        except OSError as error:
            found = error.strerror or str(error)
            raise ConfigError(str(source.certificate), found, "a file we may write") from None


def check_certificate(
    pem: bytes, where: str, key: EllipticCurvePrivateKey, hosts: Sequence[str], now: datetime
) -> x509.Certificate:
    """The certificate that an authority has signed for a node.

    Raises `ConfigError` if it is of another key, not for all hosts of the node, or not good now.
    """
    try:
        certificate = x509.load_pem_x509_certificates(pem)[0]
    except ValueError:
        raise ConfigError(where, "something that is no certificate", "one in PEM") from None
    if certificate.public_key() != key.public_key():
        expected = "one for this node's: ask for it with `overlay node request`"
        raise ConfigError(where, "a certificate of another key", expected)
    missing = [host for host in hosts if not covers(certificate, host)]
    if missing:
        found = f"a certificate for {', '.join(hosts_of(certificate.extensions)) or 'no host'}"
        raise ConfigError(where, found, f"one for {', '.join(missing)} as well")
    trouble = out_of_time(certificate, now)
    if trouble is not None:
        expected = "one that is good now: have the authority sign it anew, or set the clock"
        raise ConfigError(where, f"a certificate that {trouble}", expected)
    return certificate


def expires_soon(certificate: x509.Certificate, now: datetime) -> bool:
    """Whether it is to be renewed."""
    return certificate.not_valid_after_utc - now < RENEWED_BEFORE
