"""Certificates and what they are good for, as OpenSSL judges them."""

import re
import ssl
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding

from overlay.nodes.certificates.making import (
    SELF_MADE_DAYS,
    authority,
    hosts_of,
    is_permitted,
    is_self_made,
    new_key,
    permitted_by,
    request_for,
    self_made,
    signed,
)
from overlay.runtime.clock import wall_time
from overlay.transport.tls import presented
from tests.support.certificates import NOW, shake_hands, trusting, write_pair


def test_a_node_vouches_for_itself_for_a_while_with_a_key_that_browsers_take() -> None:
    key = new_key()

    made = self_made(key, "north", ["chat.example.org", "192.0.2.1"], NOW)

    assert isinstance(key.curve, SECP256R1)
    assert made.issuer == made.subject
    assert made.not_valid_after_utc == NOW + timedelta(days=SELF_MADE_DAYS)
    assert made.not_valid_before_utc < NOW
    names = made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["chat.example.org"]
    assert names.get_values_for_type(x509.IPAddress) == [ip_address("192.0.2.1")]
    made.verify_directly_issued_by(made)


def test_a_name_longer_than_certificates_take_is_cut() -> None:
    made = self_made(new_key(), "n" * 200, ["chat.example.org"], NOW)

    assert made.subject.rfc4514_string() == f"CN={'n' * 64}"


@pytest.mark.parametrize(
    ("permitted", "host", "is_trusted"),
    [
        (["example.org"], "chat.example.org", True),
        (["example.org"], "example.org", True),
        (["example.org"], "example.com", False),
        (["example.org"], "127.0.0.1", False),
        (["127.0.0.0/8"], "127.0.0.1", True),
        (["127.0.0.0/8"], "192.0.2.1", False),
        (["127.0.0.0/8"], "chat.example.org", False),
        (["127.0.0.0/8"], "::1", False),
        (["192.0.2.7", "example.org"], "192.0.2.7", True),
        (["::/64", "example.org"], "::1", True),
    ],
)
def test_who_trusts_an_authority_trusts_it_for_what_it_was_made_for_and_no_more(
    tmp_path: Path, permitted: list[str], host: str, is_trusted: bool
) -> None:
    now = wall_time()
    its_key, key = new_key(), new_key()
    by = authority(its_key, "a network", permitted, now)
    (tmp_path / "ca.pem").write_bytes(by.public_bytes(Encoding.PEM))

    made = signed(request_for(key, "north", [host]), by, its_key, now)

    files = write_pair(tmp_path, "north", made, key)
    context = presented(files.certificate, files.key).context
    assert context is not None
    if is_trusted:
        shake_hands(trusting(tmp_path / "ca.pem"), context, host)
    else:
        with pytest.raises(ssl.SSLCertVerificationError, match="subtree"):
            shake_hands(trusting(tmp_path / "ca.pem"), context, host)
    assert permitted_by(by) == [
        each if "/" in each or each[0] > "9" else f"{each}/32" for each in permitted
    ]
    assert is_permitted(host, permitted_by(by)) == is_trusted


def test_whoever_does_not_trust_the_authority_trusts_none_that_it_signed(tmp_path: Path) -> None:
    now = wall_time()
    its_key, key = new_key(), new_key()
    by = authority(its_key, "a network", ["example.org"], now)
    made = signed(request_for(key, "north", ["chat.example.org"]), by, its_key, now)
    files = write_pair(tmp_path, "north", made, key)
    context = presented(files.certificate, files.key).context
    assert context is not None

    with pytest.raises(ssl.SSLCertVerificationError, match="unable to get local issuer"):
        shake_hands(ssl.create_default_context(), context, "chat.example.org")


@pytest.mark.parametrize("permitted", ["exa mple", "https://example.org", "10.0.0.1/8", "", "*"])
def test_an_authority_is_for_names_and_networks_alone(permitted: str) -> None:
    with pytest.raises(ValueError, match=re.escape(permitted or "nothing")):
        authority(new_key(), "a network", [permitted], NOW)


def test_a_request_is_signed_with_the_hosts_and_the_key_that_it_names() -> None:
    its_key, key = new_key(), new_key()
    by = authority(its_key, "a network", ["example.org"], NOW)

    made = signed(request_for(key, "north", ["a.example.org", "b.example.org"]), by, its_key, NOW)

    assert hosts_of(made.extensions) == ["a.example.org", "b.example.org"]
    assert made.public_key() == key.public_key()
    made.verify_directly_issued_by(by)


def test_what_an_authority_of_the_nodes_own_name_signed_is_not_self_made() -> None:
    its_key, key = new_key(), new_key()
    by = authority(its_key, "overlay", ["example.org"], NOW)

    made = signed(request_for(key, "overlay", ["chat.example.org"]), by, its_key, NOW)

    assert made.issuer == made.subject
    assert not is_self_made(made)
    assert is_self_made(self_made(key, "overlay", ["chat.example.org"], NOW))


def test_the_names_that_an_authority_is_for_are_taken_in_any_case() -> None:
    assert permitted_by(authority(new_key(), "a network", ["Example.ORG"], NOW)) == ["example.org"]


def test_a_request_for_a_key_of_another_kind_is_refused() -> None:
    its_key = new_key()
    by = authority(its_key, "a network", ["example.org"], NOW)
    name = x509.Name([])
    request = x509.CertificateSigningRequestBuilder().subject_name(name)

    with pytest.raises(ValueError, match="no request of a node"):
        signed(request.sign(Ed25519PrivateKey.generate(), None), by, its_key, NOW)


def test_what_names_no_hosts_is_for_none() -> None:
    by = authority(new_key(), "a network", ["example.org"], NOW)
    made = self_made(new_key(), "north", ["chat.example.org"], NOW)

    assert hosts_of(by.extensions) == []
    assert permitted_by(made) == []
