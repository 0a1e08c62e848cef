"""Signatures that cover a batch: leaves, roots, and a memory of roots already checked."""

import json
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import TypedDict

import pytest

from overlay.crypto.encoding import decode, encode
from overlay.crypto.keys import SigningKey, public_key
from overlay.crypto.signing import LeafProof, Verifier, leaf_hash, root_bytes, sign_batch
from overlay.errors import BadKey, BadSignature
from overlay.structures import merkle

VECTORS = Path(__file__).parents[2] / "vectors"
GOLDEN = json.loads((VECTORS / "golden_signatures.json").read_text("utf-8"))
REFUSED = json.loads((VECTORS / "refused_keys.json").read_text("utf-8"))

NETWORK = "overlay"
ALICE = SigningKey.from_seed(bytes(range(32)))
BOB = SigningKey.from_seed(bytes(range(32, 64)))
TEXTS = [("message", f'{{"text":"{number}"}}') for number in range(5)]


def a_verifier(roots_max: int = 8) -> Verifier:
    return Verifier(NETWORK, roots_max, 8)


def verify(verifier: Verifier, kind: str, signer: str, text: str, proof: LeafProof) -> bytes:
    return verifier.verify(kind, signer, text, proof.signature, proof.index, proof.path)


def flipped(text: str) -> str:
    """Return base64url of the same length for other bytes."""
    return ("B" if text[0] == "A" else "A") + text[1:]


def test_a_leaf_is_the_hash_of_its_parts_each_behind_its_length() -> None:
    """docs/protocol.md, section 3.2."""
    parts = ("overlay/1/leaf", NETWORK, "message", ALICE.id, '{"text":"é"}')
    joined = b"".join(len(part.encode()).to_bytes(4, "big") + part.encode() for part in parts)

    assert leaf_hash(NETWORK, "message", ALICE.id, '{"text":"é"}') == sha256(joined).digest()


def test_a_batch_of_one_is_signed_over_its_leaf() -> None:
    """docs/protocol.md, section 3.2."""
    (proof,) = sign_batch(ALICE, NETWORK, TEXTS[:1])

    assert (proof.index, proof.path) == (0, ())
    assert proof.leaf == leaf_hash(NETWORK, "message", ALICE.id, TEXTS[0][1])
    assert decode(proof.signature, 64) == ALICE.sign(b"overlay/1/root\0overlay\0" + proof.leaf)


def test_every_text_of_a_batch_verifies_at_the_cost_of_one_signature_check() -> None:
    """docs/protocol.md, section 3.3."""
    verifier = a_verifier()
    proofs = sign_batch(ALICE, NETWORK, TEXTS)

    leaves = [
        verify(verifier, kind, ALICE.id, text, proof)
        for (kind, text), proof in zip(TEXTS, proofs, strict=True)
    ]

    assert leaves == [proof.leaf for proof in proofs]
    assert verifier.signatures_checked == 1


@pytest.mark.parametrize("size", [0, 65])
def test_a_batch_of_nothing_or_of_too_much_is_not_signed(size: int) -> None:
    with pytest.raises(ValueError, match=r"at least one leaf|at most 64"):
        sign_batch(ALICE, NETWORK, TEXTS[:1] * size)


@pytest.mark.parametrize(
    ("kind", "signer", "text"),
    [
        ("receipt", ALICE.id, TEXTS[2][1]),
        ("message", BOB.id, TEXTS[2][1]),
        ("message", ALICE.id, TEXTS[2][1] + " "),
        ("message", ALICE.id, TEXTS[3][1]),
        ("message", ALICE.id, "\ud800"),
    ],
)
def test_another_kind_signer_or_text_is_refused_under_a_checked_root(
    kind: str, signer: str, text: str
) -> None:
    verifier = a_verifier()
    proof = sign_batch(ALICE, NETWORK, TEXTS)[2]
    verify(verifier, "message", ALICE.id, TEXTS[2][1], proof)

    with pytest.raises(BadSignature):
        verify(verifier, kind, signer, text, proof)


def tampered_proofs() -> list[LeafProof]:
    proof = sign_batch(ALICE, NETWORK, TEXTS)[2]
    path = proof.path
    return [
        replace(proof, index=3),
        replace(proof, index=2 + 8),
        replace(proof, index=-1),
        replace(proof, path=(flipped(path[0]), *path[1:])),
        replace(proof, path=path[:-1]),
        replace(proof, path=(*path, encode(bytes(32)))),
        replace(proof, path=(*path[:-1], path[-1] + "=")),
        replace(proof, path=(*path[:-1], path[-1][:-1] + "B")),
        replace(proof, path=path * 3),
        replace(proof, signature=flipped(proof.signature)),
        replace(proof, signature=proof.signature[:-1] + chr(ord(proof.signature[-1]) + 1)),
        replace(proof, signature=proof.signature + "=="),
        replace(proof, signature=""),
    ]


@pytest.mark.parametrize("proof", tampered_proofs())
def test_a_tampered_proof_is_refused_under_a_checked_root(proof: LeafProof) -> None:
    """docs/protocol.md, section 3.3."""
    verifier = a_verifier()
    verify(verifier, "message", ALICE.id, TEXTS[2][1], sign_batch(ALICE, NETWORK, TEXTS)[2])

    with pytest.raises(BadSignature):
        verify(verifier, "message", ALICE.id, TEXTS[2][1], proof)


def signed_tree(key: SigningKey, leaves: list[bytes]) -> list[LeafProof]:
    """Return proofs for whatever leaves someone cares to sign, unlike `sign_batch`."""
    root, paths = merkle.build(leaves)
    signature = encode(key.sign(root_bytes(NETWORK, root)))
    return [
        LeafProof(signature=signature, index=index, path=tuple(map(encode, path)), leaf=leaf)
        for index, (leaf, path) in enumerate(zip(leaves, paths, strict=True))
    ]


def test_a_leaf_in_the_name_of_another_is_refused_under_a_root_that_its_forger_signed() -> None:
    """docs/protocol.md, section 3.3."""
    verifier = a_verifier()
    own = leaf_hash(NETWORK, "message", BOB.id, "by bob")
    forged = leaf_hash(NETWORK, "message", ALICE.id, "never by alice")
    own_proof, forged_proof = signed_tree(BOB, [own, forged])
    verify(verifier, "message", BOB.id, "by bob", own_proof)

    with pytest.raises(BadSignature):
        verify(verifier, "message", ALICE.id, "never by alice", forged_proof)


def test_a_tree_larger_than_a_batch_is_refused_although_its_signature_is_good() -> None:
    """docs/protocol.md, section 3.2."""
    leaves = [leaf_hash(NETWORK, "message", ALICE.id, str(number)) for number in range(65)]
    proof = signed_tree(ALICE, leaves)[7]

    with pytest.raises(BadSignature, match="at most 6 steps"):
        verify(a_verifier(), "message", ALICE.id, "7", proof)


def test_a_text_of_another_network_is_refused() -> None:
    (proof,) = sign_batch(ALICE, "elsewhere", TEXTS[:1])

    with pytest.raises(BadSignature):
        verify(a_verifier(), "message", ALICE.id, TEXTS[0][1], proof)


@pytest.mark.parametrize("case", REFUSED["keys"], ids=lambda case: str(case["name"]))
def test_a_signer_that_may_not_sign_is_refused_by_its_key(case: dict[str, str]) -> None:
    """docs/protocol.md, section 3.4."""
    (proof,) = sign_batch(ALICE, NETWORK, TEXTS[:1])

    with pytest.raises(BadKey):
        verify(a_verifier(), "message", case["key"], TEXTS[0][1], proof)


def test_a_root_that_was_refused_is_checked_again() -> None:
    verifier = a_verifier()
    (proof,) = sign_batch(ALICE, NETWORK, TEXTS[:1])

    for _ in range(2):
        with pytest.raises(BadSignature):
            verify(verifier, "message", BOB.id, TEXTS[0][1], proof)

    assert verifier.signatures_checked == 2


def test_a_forgotten_root_is_checked_again() -> None:
    verifier = a_verifier(roots_max=1)
    (first,) = sign_batch(ALICE, NETWORK, TEXTS[:1])
    (second,) = sign_batch(ALICE, NETWORK, TEXTS[1:2])

    for proof, (kind, text) in ((first, TEXTS[0]), (second, TEXTS[1]), (first, TEXTS[0])):
        verify(verifier, kind, ALICE.id, text, proof)

    assert verifier.signatures_checked == 3


class Entry(TypedDict):
    """One text of a golden batch."""

    kind: str
    text: str
    leaf: str
    index: int
    path: list[str]


class Batch(TypedDict):
    """One golden batch."""

    network: str
    seed: str
    signer: str
    root: str
    signature: str
    texts: list[Entry]


@pytest.mark.parametrize("batch", GOLDEN["batches"], ids=["1", "2", "3", "64", "elsewhere"])
def test_golden_batches_are_signed_and_verified_as_they_stand(batch: Batch) -> None:
    """docs/protocol.md, section 3.2."""
    entries, signature = batch["texts"], batch["signature"]
    key = SigningKey.from_seed(decode(batch["seed"], 32))
    verifier = Verifier(batch["network"], 8, 8)

    signed = sign_batch(
        key, batch["network"], [(entry["kind"], entry["text"]) for entry in entries]
    )
    leaves = [
        verifier.verify(
            entry["kind"], key.id, entry["text"], signature, entry["index"], entry["path"]
        )
        for entry in entries
    ]

    assert key.id == batch["signer"]
    assert [encode(leaf) for leaf in leaves] == [entry["leaf"] for entry in entries]
    assert signed == [
        LeafProof(signature=signature, index=entry["index"], path=tuple(entry["path"]), leaf=leaf)
        for entry, leaf in zip(entries, leaves, strict=True)
    ]
    assert verifier.signatures_checked == 1
    public_key(key.id).verify(
        root_bytes(batch["network"], decode(batch["root"], 32)), decode(signature, 64)
    )
