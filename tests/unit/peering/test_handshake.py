"""The handshake, as both ends of a link run it."""

import json
from random import Random
from typing import Literal

import pytest

from overlay.errors import (
    Mismatch,
    OwnKey,
    RemoteError,
    Unexpected,
    WrongAdmission,
    WrongNetwork,
    WrongPeer,
    WrongProof,
    WrongVersion,
)
from overlay.messages.ids import Incarnation
from overlay.messages.links import Admission, Hello, Proof
from overlay.peering.handshake import Handshake, Ourselves, State
from tests.support.people import a_client, a_node_called, hash_of, key_of

CERTIFICATE = hash_of("a certificate")


def an_end(
    name: str,
    role: Literal["node", "client"] = "node",
    *,
    dials: bool,
    network: str | None = "overlay",
    admission: Admission | None = "listed",
    expected_key: str | None = None,
    certificate: str | None = None,
) -> Handshake:
    ourselves = Ourselves(
        key=key_of(name),
        role=role,
        incarnation=Incarnation(3),
        network=network,
        admission=admission,
        suites=("a suite",),
        software="a test",
    )
    return Handshake(
        ourselves,
        Random(name),
        dials=dials,
        expected_key=expected_key,
        certificate=certificate,
    )


def shaken(dialler: Handshake, listener: Handshake) -> None:
    """Both ends say all that they have to."""
    (hello,) = listener.opening()
    answer, proof = dialler.on_hello(hello)
    assert isinstance(answer, Hello)
    assert isinstance(proof, Proof)
    assert listener.on_hello(answer) == []
    (their_proof,) = listener.on_proof(proof)
    assert dialler.on_proof(their_proof) == []


@pytest.mark.parametrize("role", ["node", "client"])
def test_both_ends_prove_themselves(role: Literal["node", "client"]) -> None:
    """docs/protocol.md, sections 2.1 and 2.2."""
    dialler, listener = an_end("alice", role, dials=True), an_end("north", dials=False)
    assert dialler.opening() == []

    shaken(dialler, listener)

    assert dialler.state is listener.state is State.PROVED
    assert (dialler.their.key, listener.their.key) == (key_of("north").id, key_of("alice").id)
    assert (listener.their.role, listener.their.incarnation) == (role, 3)
    assert dialler.version == listener.version == 1


def test_a_client_without_a_network_takes_that_of_its_first_node() -> None:
    """docs/protocol.md, section 2.1."""
    dialler = an_end("alice", "client", dials=True, network=None, admission=None)
    listener = an_end("north", dials=False, network="island", admission="open")

    shaken(dialler, listener)

    assert (dialler.network, dialler.admission) == ("island", "open")


@pytest.mark.parametrize(
    ("dialler", "listener", "error"),
    [
        ({"network": "here"}, {"network": "there"}, WrongNetwork),
        ({"admission": "open"}, {}, WrongAdmission),
        ({"expected_key": a_node_called("south").id}, {}, WrongPeer),
        ({}, {"role": "client"}, Unexpected),
        ({"role": "client"}, {"role": "client"}, Unexpected),
    ],
)
def test_a_dialler_refuses_what_it_did_not_look_for(
    dialler: dict[str, str], listener: dict[str, str], error: type[RemoteError]
) -> None:
    """docs/protocol.md, section 2.3."""
    ours = an_end("alice", dials=True, **dialler)  # type: ignore[arg-type]  # its arguments
    theirs = an_end("north", dials=False, **listener)  # type: ignore[arg-type]

    with pytest.raises(error):
        ours.on_hello(theirs.opening()[0])


def test_a_client_may_dial_an_overlay_of_another_admission() -> None:
    """docs/protocol.md, section 2.3: that is between nodes."""
    dialler = an_end("alice", "client", dials=True, admission="open")

    shaken(dialler, an_end("north", dials=False))

    assert dialler.state is State.PROVED


def test_our_own_key_at_the_other_end_is_refused() -> None:
    """docs/protocol.md, section 2.3."""
    with pytest.raises(OwnKey):
        an_end("north", dials=True).on_hello(an_end("north", dials=False).opening()[0])


@pytest.mark.parametrize(
    ("changes", "error"),
    [({"versions": [0x7FFF]}, WrongVersion), ({"end": "dialler"}, Mismatch)],
)
def test_a_hello_out_of_the_ordinary_is_refused(
    changes: dict[str, object], error: type[RemoteError]
) -> None:
    """docs/protocol.md, section 2.3."""
    (hello,) = an_end("north", dials=False).opening()

    with pytest.raises(error):
        an_end("alice", dials=True).on_hello(Hello(json.dumps(json.loads(hello.text) | changes)))


def test_hello_and_proof_are_said_once_and_in_turn() -> None:
    """docs/protocol.md, section 2.4."""
    dialler, listener = an_end("alice", dials=True), an_end("north", dials=False)
    (hello,) = listener.opening()
    answer, proof = dialler.on_hello(hello)
    assert isinstance(answer, Hello)
    assert isinstance(proof, Proof)

    with pytest.raises(Unexpected):
        listener.on_proof(proof)
    listener.on_hello(answer)
    with pytest.raises(Unexpected):
        listener.on_hello(answer)
    listener.on_proof(proof)
    with pytest.raises(Unexpected):
        listener.on_proof(proof)


def test_a_proof_by_another_key_is_refused() -> None:
    """docs/protocol.md, section 2.2."""
    listener = an_end("north", dials=False)
    (hello,) = listener.opening()
    answer, _ = an_end("alice", dials=True).on_hello(hello)
    _, proof = an_end("mallory", dials=True).on_hello(hello)
    assert isinstance(answer, Hello)
    assert isinstance(proof, Proof)
    listener.on_hello(answer)

    with pytest.raises(WrongProof):
        listener.on_proof(proof)


def certified(
    role: Literal["node", "client"], ours: str | None, theirs: str | None
) -> tuple[Handshake, Handshake]:
    """A dialler that saw one certificate, and the listener that has another."""
    dialler = an_end("alice", role, dials=True, certificate=ours)
    return dialler, an_end("north", dials=False, certificate=theirs)


def test_a_proof_binds_the_certificate_of_the_link() -> None:
    """docs/protocol.md, section 2.2."""
    shaken(*certified("node", CERTIFICATE, CERTIFICATE))
    with pytest.raises(WrongProof):
        shaken(*certified("node", CERTIFICATE, hash_of("another")))


def test_a_browser_cannot_see_the_certificate_and_a_node_can() -> None:
    """docs/protocol.md, section 2.2."""
    dialler, listener = certified("client", None, CERTIFICATE)
    (hello,) = listener.opening()
    answer, proof = dialler.on_hello(hello)
    assert isinstance(answer, Hello)
    assert isinstance(proof, Proof)
    listener.on_hello(answer)
    assert len(listener.on_proof(proof)) == 1

    with pytest.raises(WrongProof):
        shaken(*certified("node", None, CERTIFICATE))


def test_who_they_are_is_known_from_their_hello() -> None:
    """docs/protocol.md, section 2.1."""
    dialler = an_end("alice", dials=True)

    dialler.on_hello(an_end("north", dials=False).opening()[0])

    assert dialler.state is State.AWAITS_PROOF
    assert (dialler.their.software, dialler.their.suites) == ("a test", ("a suite",))
    assert a_client("alice").id != dialler.their.key
