"""An authority signs for what it was made for, and for nothing else."""

from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding

from overlay.errors import ConfigError, UsageError
from overlay.nodes.certificates.authority import make_authority, read_authority
from overlay.nodes.certificates.making import hosts_of, new_key, request_for
from tests.support.certificates import NOW

PERMITTED = ["example.org", "192.0.2.0/24"]


def asked(*hosts: str) -> bytes:
    return request_for(new_key(), "north", hosts).public_bytes(Encoding.PEM)


def test_an_authority_is_a_directory_whose_key_nobody_else_reads(tmp_path: Path) -> None:
    made = make_authority(tmp_path / "ca", "a network", PERMITTED, NOW)

    assert read_authority(tmp_path / "ca").certificate == made.certificate
    assert made.permitted == PERMITTED
    assert (tmp_path / "ca" / "ca.key").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "ca" / "ca.pem").stat().st_mode & 0o777 == 0o644


def test_it_signs_what_nodes_ask_for(tmp_path: Path) -> None:
    made = make_authority(tmp_path / "ca", "a network", PERMITTED, NOW)

    pem = read_authority(tmp_path / "ca").sign(asked("chat.example.org", "192.0.2.7"), NOW)

    certificate = x509.load_pem_x509_certificate(pem)
    certificate.verify_directly_issued_by(made.certificate)
    assert hosts_of(certificate.extensions) == ["chat.example.org", "192.0.2.7"]


@pytest.mark.parametrize("host", ["example.com", "notexample.org", "198.51.100.1", "2001:db8::1"])
def test_it_signs_for_nothing_else(tmp_path: Path, host: str) -> None:
    made = make_authority(tmp_path / "ca", "a network", PERMITTED, NOW)

    with pytest.raises(ConfigError, match=f"the host {host}; expected hosts below example.org"):
        made.sign(asked("chat.example.org", host), NOW)


def test_what_is_no_request_is_refused(tmp_path: Path) -> None:
    made = make_authority(tmp_path / "ca", "a network", PERMITTED, NOW)
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    strange = builder.sign(Ed25519PrivateKey.generate(), None).public_bytes(Encoding.PEM)

    with pytest.raises(ConfigError, match="no request in PEM"):
        made.sign(b"please", NOW)
    with pytest.raises(ConfigError, match="a request of another kind"):
        made.sign(strange, NOW)


def test_there_is_one_in_a_directory_and_it_stays(tmp_path: Path) -> None:
    make_authority(tmp_path, "a network", PERMITTED, NOW)
    before = (tmp_path / "ca.key").read_bytes()

    with pytest.raises(ConfigError, match="an authority already"):
        make_authority(tmp_path, "a network", PERMITTED, NOW)

    assert (tmp_path / "ca.key").read_bytes() == before


def test_what_it_cannot_be_for_is_told_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--for: found exa mple; expected names such as"):
        make_authority(tmp_path / "ca", "a network", ["exa mple"], NOW)

    assert list(tmp_path.iterdir()) == []


def test_a_directory_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(ConfigError, match="a directory we may write"):
        make_authority(tmp_path / "file" / "ca", "a network", PERMITTED, NOW)


def test_where_there_is_none_it_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"ca.pem: found no such file.*overlay network ca"):
        read_authority(tmp_path)
