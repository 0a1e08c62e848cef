"""Ed25519 keys: ours, which sign, and those of others, which are looked at before use."""

import json
from pathlib import Path
from random import Random

import pytest

from overlay.crypto.encoding import decode_any, encode
from overlay.crypto.keys import PublicKey, PublicKeys, SigningKey, public_key
from overlay.errors import BadKey, BadSignature

VECTORS = Path(__file__).parents[2] / "vectors"
REFUSED = json.loads((VECTORS / "refused_keys.json").read_text("utf-8"))

ALICE = SigningKey.from_seed(bytes(range(32)))
BOB = SigningKey.from_seed(bytes(range(32, 64)))


def verifies(key_id: str, message: bytes, signature: bytes) -> bool:
    try:
        PublicKeys(1).verify(key_id, message, signature)
    except (BadKey, BadSignature):
        return False
    return True


def test_what_a_key_signed_verifies_under_its_id() -> None:
    keys = PublicKeys(4)

    signature = ALICE.sign(b"hello")

    assert len(signature) == 64
    keys.verify(ALICE.id, b"hello", signature)


@pytest.mark.parametrize(
    ("signer", "message", "signature"),
    [
        (BOB.id, b"hello", ALICE.sign(b"hello")),
        (ALICE.id, b"hello.", ALICE.sign(b"hello")),
        (ALICE.id, b"hello", bytes(64)),
        (ALICE.id, b"hello", ALICE.sign(b"hello")[:-1]),
        (ALICE.id, b"hello", ALICE.sign(b"hello") + b"\x00"),
        (ALICE.id, b"hello", b""),
    ],
)
def test_a_signature_of_another_key_text_or_length_is_refused(
    signer: str, message: bytes, signature: bytes
) -> None:
    with pytest.raises(BadSignature):
        PublicKeys(4).verify(signer, message, signature)


def test_a_key_is_the_same_each_time_it_is_read_from_its_seed() -> None:
    again = SigningKey.from_seed(ALICE.seed)

    assert again.id == ALICE.id
    assert again.sign(b"hello") == ALICE.sign(b"hello")


def test_a_new_key_comes_from_the_randomness_passed_in() -> None:
    assert SigningKey.generate(Random(7)).id == SigningKey.generate(Random(7)).id
    assert SigningKey.generate(Random(7)).id != SigningKey.generate(Random(8)).id


def test_a_seed_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="comes from 32 bytes"):
        SigningKey.from_seed(bytes(31))


def test_no_key_shows_its_secret() -> None:
    shown = repr(ALICE) + str(ALICE)

    assert ALICE.id in shown
    assert ALICE.seed.hex() not in shown
    assert encode(ALICE.seed) not in shown
    assert repr(ALICE.seed) not in shown


def test_a_public_key_shows_its_id_and_gives_its_bytes() -> None:
    key = public_key(ALICE.id)

    assert repr(key) == f"PublicKey(id={ALICE.id!r})"
    assert encode(bytes(key)) == key.id == ALICE.id


@pytest.mark.parametrize("case", REFUSED["keys"], ids=lambda case: str(case["name"]))
def test_a_key_under_which_anyone_could_sign_is_refused(case: dict[str, str]) -> None:
    """docs/protocol.md, section 3.4."""
    with pytest.raises(BadKey):
        public_key(case["key"])


def test_the_refused_keys_hold_all_eight_of_small_order_and_both_written_past_the_prime() -> None:
    names = [case["name"] for case in REFUSED["keys"]]
    encodings = {case["key"] for case in REFUSED["keys"] if case["name"].startswith("small order")}

    assert len(encodings) == 8
    assert "not canonical: y = p" in names
    assert "not canonical: y = p + 1" in names


@pytest.mark.parametrize("case", REFUSED["signatures"], ids=lambda case: str(case["name"]))
def test_a_signature_that_a_careless_reader_would_take_is_refused(case: dict[str, str]) -> None:
    """docs/protocol.md, section 3.4."""
    assert not verifies(case["key"], case["text"].encode(), decode_any(case["signature"]))


def test_the_control_among_the_refused_signatures_verifies() -> None:
    control = REFUSED["control"]

    assert verifies(control["key"], control["text"].encode(), decode_any(control["signature"]))


def test_a_refused_key_is_refused_again_and_never_remembered() -> None:
    keys = PublicKeys(4)

    for _ in range(2):
        with pytest.raises(BadKey):
            keys.public_key(REFUSED["keys"][0]["key"])

    assert len(keys._known) == 0


def test_a_known_key_is_looked_at_once_while_it_is_remembered() -> None:
    keys = PublicKeys(1)
    alice: PublicKey = keys.public_key(ALICE.id)

    assert keys.public_key(ALICE.id) is alice
    keys.public_key(BOB.id)
    assert keys.public_key(ALICE.id) is not alice
