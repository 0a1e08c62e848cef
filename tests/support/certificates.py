"""Certificates to present, and TLS between two ends in this process, without sockets."""

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import Encoding

from overlay.nodes.certificates.keys import write_key
from overlay.nodes.certificates.making import new_key, self_made
from overlay.runtime.clock import wall_time

NOW = datetime(2026, 11, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Files:
    """A certificate and its key on the disk."""

    certificate: Path
    key: Path


def write_pair(
    directory: Path, name: str, certificate: x509.Certificate, key: EllipticCurvePrivateKey
) -> Files:
    """Put both beside each other, as an operator would."""
    files = Files(directory / f"{name}.pem", directory / f"{name}.key")
    files.certificate.write_bytes(certificate.public_bytes(Encoding.PEM))
    files.key.unlink(missing_ok=True)
    write_key(files.key, key)
    return files


def a_pair(directory: Path, name: str = "north", host: str = "127.0.0.1") -> Files:
    """A self-made certificate that is good now, and its key."""
    key = new_key()
    return write_pair(directory, name, self_made(key, name, [host], wall_time()), key)


def trusting(authority: Path) -> ssl.SSLContext:
    """What the browser of somebody does who has taken an authority's certificate."""
    return ssl.create_default_context(cafile=authority)


def shake_hands(dialler: ssl.SSLContext, listener: ssl.SSLContext, host: str) -> None:
    """TLS between two ends, to its end. Raises ssl.SSLError where one of them will not."""
    there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = (
        dialler.wrap_bio(back, there, server_hostname=host),
        listener.wrap_bio(there, back, server_side=True),
    )
    unfinished = list(ends)
    while unfinished:
        for end in tuple(unfinished):
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                continue
            unfinished.remove(end)
