"""The certificate authority of a network: one step for its people's browsers, not one a node.

Its directory holds `ca.pem`, which everybody may have, and `ca.key`, which
nobody else may. Nodes ask it to sign what their keys need; no key travels.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import Encoding

from overlay.errors import ConfigError, UsageError
from overlay.nodes.certificates.keys import read_key, write_key
from overlay.nodes.certificates.making import (
    authority,
    hosts_of,
    is_permitted,
    new_key,
    permitted_by,
    signed,
)
from overlay.storage.looking import is_there
from overlay.storage.private import replace_file
from overlay.transport.tls import read_certificate


@dataclass(frozen=True, slots=True)
class Authority:
    """A certificate that signs others, and its key."""

    certificate: x509.Certificate
    key: EllipticCurvePrivateKey

    @property
    def permitted(self) -> list[str]:
        """For which names and networks it may sign."""
        return permitted_by(self.certificate)

    def sign(self, request: bytes, now: datetime) -> bytes:
        """The certificate, in PEM, that a node's request asks for.

        Raises `ConfigError` for what is no request, and for hosts that it may not sign for.
        """
        expected = "what `overlay node request DIR` prints"
        try:
            asked = x509.load_pem_x509_csr(request)
            hosts = hosts_of(asked.extensions)
        except ValueError:
            raise ConfigError("the request", "no request in PEM", expected) from None
        for host in hosts:
            if not is_permitted(host, self.permitted):
                allowed = f"hosts below {', '.join(self.permitted)}, for which alone it was made"
                raise ConfigError("the request", f"the host {host}", allowed)
        try:
            return signed(asked, self.certificate, self.key, now).public_bytes(Encoding.PEM)
        except ValueError:
            raise ConfigError("the request", "a request of another kind", expected) from None


def make_authority(
    directory: Path, name: str, permitted: Sequence[str], now: datetime
) -> Authority:
    """Make one in a new directory.

    Raises `ConfigError`, also where there is one; `UsageError` for what cannot be one's name,
    and for neither a name nor a network.
    """
    if not name.strip():
        raise UsageError("--name: found nothing; expected what people see the authority called")
    certificate_path, key_path = directory / "ca.pem", directory / "ca.key"
    if is_there(certificate_path) or is_there(key_path):
        raise ConfigError(str(directory), "an authority already", "an empty or a new directory")
    key = new_key()
    try:
        certificate = authority(key, name, permitted, now)
    except ValueError as error:
        expected = "names such as example.org, and networks such as 192.168.0.0/16"
        raise UsageError(f"--for: found {error}; expected {expected}") from None
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_key(key_path, key)
        replace_file(certificate_path, certificate.public_bytes(Encoding.PEM), mode=0o644)
    except OSError as error:
        found = error.strerror or str(error)
        raise ConfigError(str(directory), found, "a directory we may write") from None
    return Authority(certificate, key)


def read_authority(directory: Path) -> Authority:
    """Raises `ConfigError` where there is none, or its key may be read by others."""
    path = directory / "ca.pem"
    if not is_there(path):
        expected = f"an authority's certificate: `overlay network ca {directory} …` makes one"
        raise ConfigError(str(path), "no such file", expected)
    certificate = read_certificate(path)
    return Authority(certificate, read_key(directory / "ca.key"))
