"""What a node presents: made, renewed, brought by others, and kept where it cannot be read."""

import os
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from overlay.errors import ConfigError
from overlay.nodes.certificates.keeping import (
    RENEWED_BEFORE,
    CertificateExpires,
    CertificateFact,
    CertificatePresented,
    Certificates,
    Source,
    check_certificate,
)
from overlay.nodes.certificates.keys import read_key
from overlay.nodes.certificates.making import (
    SELF_MADE_DAYS,
    authority,
    hosts_of,
    is_self_made,
    new_key,
    request_for,
    self_made,
    signed,
)
from overlay.transport.tls import NO_TLS, read_certificate
from tests.support.certificates import NOW, Files, write_pair

LIFE = timedelta(days=SELF_MADE_DAYS)


class North:
    """A node's certificates, on a day that can be changed."""

    def __init__(self, directory: Path, *hosts: str) -> None:
        self.now = NOW
        self.facts: list[CertificateFact] = []
        self.source: Source | None = Source(
            certificate=directory / "tls.pem", key=directory / "tls.key", hosts=hosts
        )
        self.certificates = self.begins()

    def begins(self) -> Certificates:
        """Start anew, from what is on the disk."""
        return Certificates("north", self.source, self.facts.append, self._clock)

    def _clock(self) -> datetime:
        return self.now

    @property
    def on_disk(self) -> x509.Certificate:
        assert self.source is not None
        return read_certificate(self.source.certificate)

    @property
    def fingerprint(self) -> str:
        return self.certificates.current().fingerprint or ""


@pytest.fixture
def north(tmp_path: Path) -> North:
    return North(tmp_path, "chat.example.org")


def signed_for(north: North, host: str = "chat.example.org") -> x509.Certificate:
    """What an authority has signed for the key of a node."""
    assert north.source is not None
    assert north.source.key is not None
    key = read_key(north.source.key)
    its_key = new_key()
    by = authority(its_key, "a network", [host], north.now)
    return signed(request_for(key, "north", [host]), by, its_key, north.now)


def test_a_node_without_tls_presents_nothing(tmp_path: Path) -> None:
    facts: list[CertificateFact] = []
    certificates = Certificates("north", None, facts.append, lambda: NOW)

    assert certificates.current() == NO_TLS
    assert facts == []
    assert list(tmp_path.iterdir()) == []


def test_a_node_makes_its_key_and_certificate_when_it_first_needs_them(north: North) -> None:
    assert hosts_of(north.on_disk.extensions) == ["chat.example.org"]
    assert north.facts == [
        CertificatePresented(
            fingerprint=north.fingerprint,
            hosts=("chat.example.org",),
            until="2027-01-30",
            is_self_made=True,
        )
    ]


def test_it_presents_the_same_one_after_a_restart(north: North) -> None:
    before = north.fingerprint

    north.certificates = north.begins()

    assert north.fingerprint == before


def test_it_makes_another_in_time_before_that_expires(north: North) -> None:
    first = north.fingerprint
    assert north.source is not None
    key = read_key(north.source.key or Path())

    north.now = NOW + LIFE - RENEWED_BEFORE - timedelta(minutes=1)
    north.certificates.read(north.source)
    assert north.fingerprint == first

    north.now += timedelta(minutes=2)
    north.certificates.read(north.source)

    assert north.fingerprint != first
    assert north.on_disk.not_valid_after_utc == north.now + LIFE
    assert read_key(north.source.key or Path()).private_numbers() == key.private_numbers()


def test_it_makes_another_where_it_is_reached_elsewhere(north: North) -> None:
    assert north.source is not None
    first = north.fingerprint

    north.certificates.read(replace(north.source, hosts=("north.example.org",)))

    assert north.fingerprint != first
    assert hosts_of(north.on_disk.extensions) == ["north.example.org"]


def test_it_makes_another_where_the_key_is_gone(north: North) -> None:
    assert north.source is not None
    assert north.source.key is not None
    first = north.fingerprint
    north.source.key.unlink()

    north.certificates.read(north.source)

    assert north.fingerprint != first


def test_what_an_authority_has_signed_is_presented_and_never_made_anew(north: North) -> None:
    assert north.source is not None
    theirs = signed_for(north)
    north.source.certificate.write_bytes(theirs.public_bytes(Encoding.PEM))

    north.certificates.read(north.source)
    after = north.fingerprint
    north.now = theirs.not_valid_after_utc
    north.certificates.read(north.source)

    assert not is_self_made(theirs)
    assert north.fingerprint == after
    where = str(north.source.certificate)
    assert north.facts[-1] == CertificateExpires(
        where, theirs.not_valid_after_utc.date().isoformat()
    )


def test_an_operators_own_is_read_and_left_as_it_is(tmp_path: Path, north: North) -> None:
    key = new_key()
    brought = self_made(key, "brought", ["chat.example.org"], NOW - LIFE)
    files: Files = write_pair(tmp_path, "brought", brought, key)

    north.certificates.read(Source(certificate=files.certificate, key=files.key))

    assert read_certificate(files.certificate) == brought
    assert [type(fact) for fact in north.facts[1:]] == [CertificatePresented, CertificateExpires]


def test_a_proxys_certificate_is_proved_and_not_presented_here(north: North) -> None:
    assert north.source is not None
    before = north.fingerprint

    north.certificates.read(Source(certificate=north.source.certificate, key=None))

    current = north.certificates.current()
    assert (current.fingerprint, current.context) == (before, None)


@pytest.mark.parametrize(
    ("broken", "content", "words"),
    [
        ("tls.key", b"", "something that is no key"),
        ("tls.pem", b"no certificate", "something that is no certificate"),
    ],
)
def test_what_is_broken_changes_nothing_that_is_presented(
    tmp_path: Path, north: North, broken: str, content: bytes, words: str
) -> None:
    assert north.source is not None
    before = north.fingerprint
    (tmp_path / broken).write_bytes(content)

    with pytest.raises(ConfigError, match=words) as refused:
        north.certificates.read(north.source)

    assert refused.value.where == str(tmp_path / broken)
    assert north.fingerprint == before


def test_a_key_that_others_can_read_is_refused(tmp_path: Path, north: North) -> None:
    os.chmod(tmp_path / "tls.key", 0o644)

    with pytest.raises(ConfigError, match="open to other users"):
        north.certificates.read(north.source)


def test_a_key_of_another_kind_is_refused(tmp_path: Path) -> None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import NoEncryption, PrivateFormat

    other = Ed25519PrivateKey.generate()
    pem = other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "tls.key").write_bytes(pem)
    os.chmod(tmp_path / "tls.key", 0o600)

    with pytest.raises(ConfigError, match="a key of another kind"):
        North(tmp_path, "chat.example.org")


def test_what_cannot_be_written_is_told(tmp_path: Path, north: North) -> None:
    assert north.source is not None
    (tmp_path / "tls.pem.new").mkdir()

    with pytest.raises(ConfigError, match="a file we may write"):
        north.certificates.read(replace(north.source, hosts=("elsewhere.example.org",)))


def test_a_certificate_that_was_signed_is_of_the_nodes_key_and_for_its_hosts(north: North) -> None:
    assert north.source is not None
    key = read_key(north.source.key or Path())
    pem = signed_for(north).public_bytes(Encoding.PEM)

    taken = check_certificate(pem, "FILE", key, ["chat.example.org"], NOW)

    assert hosts_of(taken.extensions) == ["chat.example.org"]
    with pytest.raises(ConfigError, match="another key"):
        check_certificate(pem, "FILE", new_key(), ["chat.example.org"], NOW)
    with pytest.raises(ConfigError, match=r"for chat.example.org; expected one for 192.0.2.1"):
        check_certificate(pem, "FILE", key, ["chat.example.org", "192.0.2.1"], NOW)
    with pytest.raises(ConfigError, match="no certificate"):
        check_certificate(b"hello", "FILE", key, [], NOW)
