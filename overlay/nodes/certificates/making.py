"""Makes keys and certificates for TLS: ECDSA P-256, which browsers take. docs/operators.md.

Source: RFC 5280; browsers want the names of a listener among its alternative
ones, and certificates of authorities to say so.
"""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from overlay.structures.hosts import ip_of

SELF_MADE_DAYS: Final = 90
"""They are renewed by the node itself, so they need not last."""

SIGNED_DAYS: Final = 397
"""Somebody has to sign the next one; browsers take no longer ones from public authorities."""

AUTHORITY_DAYS: Final = 3_650
"""Every person of the network has to take the next one."""

_EARLY: Final = timedelta(days=1)
"""Certificates begin so long ago, for people whose clocks are slow."""

_EVERYTHING: Final = (
    x509.DNSName(""),
    x509.IPAddress(ip_network("0.0.0.0/0")),
    x509.IPAddress(ip_network("::/0")),
)

_NAME: Final = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*")

_NAME_CHARACTERS_MAX: Final = 64
"""Of a common name. Source: RFC 5280, ub-common-name."""


def new_key() -> EllipticCurvePrivateKey:
    """A key for TLS. It is not the node's own, which certificates never hold."""
    return generate_private_key(SECP256R1())


def self_made(
    key: EllipticCurvePrivateKey, name: str, hosts: Sequence[str], now: datetime
) -> x509.Certificate:
    """A certificate that vouches for itself, for a node reached at these hosts."""
    issued = _for_hosts(_called(name), hosts, key.public_key(), now, SELF_MADE_DAYS)
    return issued.issuer_name(_called(name)).sign(key, SHA256())


def request_for(
    key: EllipticCurvePrivateKey, name: str, hosts: Sequence[str]
) -> x509.CertificateSigningRequest:
    """What an authority is given to sign."""
    builder = x509.CertificateSigningRequestBuilder().subject_name(_called(name))
    return builder.add_extension(_names_of(hosts), critical=False).sign(key, SHA256())


def authority(
    key: EllipticCurvePrivateKey, name: str, permitted: Sequence[str], now: datetime
) -> x509.Certificate:
    """A certificate that signs those of nodes, for these names and what is below them alone.

    Whoever stole its key could pose as nobody else to the people who trust it.
    Raises ValueError for what is neither a name nor a network of addresses.
    """
    allowed = [_constraint(each.lower()) for each in permitted]
    kinds = {type(each) for each in allowed}
    # A kind of which nothing is permitted would be free.
    excluded = [each for each in _EVERYTHING if type(each) not in kinds]
    constraints = x509.NameConstraints(allowed, excluded or None)
    builder = _issued(_called(name), key.public_key(), now, AUTHORITY_DAYS)
    return (
        builder.issuer_name(_called(name))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(constraints, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, SHA256())
    )


def signed(
    request: x509.CertificateSigningRequest,
    by: x509.Certificate,
    key: EllipticCurvePrivateKey,
    now: datetime,
) -> x509.Certificate:
    """The certificate that is asked for, signed by an authority with its key.

    Only the names and the key are taken over. Raises ValueError if it asks for another kind.
    """
    public = request.public_key()
    if not isinstance(public, EllipticCurvePublicKey) or not request.is_signature_valid:
        raise ValueError("no request of a node")
    hosts = hosts_of(request.extensions)
    builder = _for_hosts(request.subject, hosts, public, now, SIGNED_DAYS)
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key())
    return builder.issuer_name(by.subject).add_extension(issuer, critical=False).sign(key, SHA256())


def hosts_of(extensions: x509.Extensions) -> list[str]:
    """The hosts that a certificate, or a request for one, is for."""
    try:
        names = extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    addresses = [str(each) for each in names.get_values_for_type(x509.IPAddress)]
    return [*names.get_values_for_type(x509.DNSName), *addresses]


def is_self_made(certificate: x509.Certificate) -> bool:
    """Whether it vouches for itself, as those do that a node makes: names alone say nothing."""
    try:
        certificate.verify_directly_issued_by(certificate)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def last_day(certificate: x509.Certificate) -> str:
    """Until when it is good, as people read it."""
    return certificate.not_valid_after_utc.date().isoformat()


def permitted_by(certificate: x509.Certificate) -> list[str]:
    """The names and networks for which an authority may sign."""
    try:
        held = certificate.extensions.get_extension_for_class(x509.NameConstraints).value
    except x509.ExtensionNotFound:
        return []
    return [str(each.value) for each in held.permitted_subtrees or ()]


def is_permitted(host: str, permitted: Sequence[str]) -> bool:
    """Whether a host lies below one of these names, or in one of these networks."""
    address, names, networks = ip_of(host), [], []
    for each in permitted:
        network = _network(each)
        names += [each] if network is None else []
        networks += [network] if network is not None else []
    if address is not None:
        return any(address in network for network in networks)
    return any(host == name or host.endswith(f".{name}") for name in names)


def _for_hosts(
    subject: x509.Name,
    hosts: Sequence[str],
    public: EllipticCurvePublicKey,
    now: datetime,
    days: int,
) -> x509.CertificateBuilder:
    serves = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
    return (
        _issued(subject, public, now, days)
        .add_extension(_names_of(hosts), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(serves, critical=False)
    )


def _issued(
    subject: x509.Name, public: EllipticCurvePublicKey, now: datetime, days: int
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _EARLY)
        .not_valid_after(now + timedelta(days=days))
    )


def _called(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:_NAME_CHARACTERS_MAX])])


def _names_of(hosts: Sequence[str]) -> x509.SubjectAlternativeName:
    addresses = {host: ip_of(host) for host in hosts}
    return x509.SubjectAlternativeName(
        [
            x509.DNSName(host) if address is None else x509.IPAddress(address)
            for host, address in addresses.items()
        ]
    )


def _constraint(permitted: str) -> x509.GeneralName:
    network = _network(permitted)
    if network is not None:
        return x509.IPAddress(network)
    if not _NAME.fullmatch(permitted):
        raise ValueError(permitted or "nothing")
    return x509.DNSName(permitted)


def _network(text: str) -> IPv4Network | IPv6Network | None:
    try:
        return ip_network(text)
    except ValueError:
        return None


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
