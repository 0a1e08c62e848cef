"""Sealing to one client's key, and padding."""

import json
from pathlib import Path
from random import Random

import pytest

from overlay.crypto.encoding import decode, decode_any, encode
from overlay.crypto.sealing import (
    SUITE,
    SealingKey,
    chain_start_info,
    pad,
    seal,
    sealing_key_id,
    unpad,
)
from overlay.errors import BadKey, CannotOpen
from overlay.messages.ids import ChainId, ClientId, ConversationId, KeyId

VECTORS = Path(__file__).parents[2] / "vectors"
GOLDEN = json.loads((VECTORS / "golden_sealing.json").read_text("utf-8"))
CHAINS = json.loads((VECTORS / "golden_chains.json").read_text("utf-8"))

BOB = SealingKey.from_seed(bytes(range(32)))
CAROL = SealingKey.from_seed(bytes(range(32, 64)))
INFO = b"from alice to bob"


def test_what_is_sealed_to_a_key_opens_with_it() -> None:
    sealed = seal(BOB.public, INFO, b"hello")

    assert BOB.open(INFO, sealed) == b"hello"
    assert len(sealed) == 1_120 + len(b"hello") + 16


def test_the_same_text_is_never_sealed_to_the_same_bytes() -> None:
    assert seal(BOB.public, INFO, b"hello") != seal(BOB.public, INFO, b"hello")


def test_a_sealed_text_does_not_open_with_another_key() -> None:
    with pytest.raises(CannotOpen):
        CAROL.open(INFO, seal(BOB.public, INFO, b"hello"))


def test_a_sealed_text_does_not_open_for_another_purpose() -> None:
    with pytest.raises(CannotOpen):
        BOB.open(b"from alice to carol", seal(BOB.public, INFO, b"hello"))


@pytest.mark.parametrize("place", [0, 1_087, 1_088, 1_119, 1_120, -1])
def test_a_sealed_text_with_one_bit_changed_does_not_open(place: int) -> None:
    sealed = bytearray(seal(BOB.public, INFO, b"hello"))
    sealed[place] ^= 1

    with pytest.raises(CannotOpen):
        BOB.open(INFO, bytes(sealed))


@pytest.mark.parametrize("sealed_bytes", [0, 1, 1_088, 1_119, 1_120, 1_135, 1_140])
def test_a_sealed_text_cut_short_does_not_open(sealed_bytes: int) -> None:
    with pytest.raises(CannotOpen):
        BOB.open(INFO, seal(BOB.public, INFO, b"hello")[:sealed_bytes])


LATTICE, CURVE = BOB.public[:1_184], BOB.public[1_184:]


@pytest.mark.parametrize(
    "public",
    [
        pytest.param(b"", id="empty"),
        pytest.param(BOB.public[:-1], id="one byte short"),
        pytest.param(BOB.public + b"\x00", id="one byte more"),
        pytest.param(b"\xff" * 1_184 + CURVE, id="coefficients past the modulus"),
        pytest.param(LATTICE + bytes(32), id="curve point of small order"),
        pytest.param(LATTICE + b"\x01" + bytes(31), id="another of small order"),
    ],
)
def test_nothing_is_sealed_to_what_is_no_key(public: bytes) -> None:
    with pytest.raises(BadKey):
        seal(public, INFO, b"hello")


FIELD = 2**255 - 19
OF_ORDER_EIGHT = (
    325606250916557431795983626356110631294008115727848805560023387167927233504,
    39382357235489614581723060781553021112529911719440698176882885853963445705823,
)
SMALL = {
    "zero": 0,
    "one": 1,
    "of order eight": OF_ORDER_EIGHT[0],
    "the other of order eight": OF_ORDER_EIGHT[1],
    "minus one": FIELD - 1,
    "zero past the prime": FIELD,
    "one past the prime": FIELD + 1,
}
"""Every curve point whose product with any secret is zero. RFC 7748, section 6.1."""


@pytest.mark.parametrize("highest_bit", [0, 1])
@pytest.mark.parametrize("point", SMALL)
def test_no_secret_is_shared_with_a_curve_point_of_small_order(
    point: str, highest_bit: int
) -> None:
    """As somebody's key nothing is sealed to it; as a sealed text's own key nothing opens."""
    curve = (SMALL[point] + (highest_bit << 255)).to_bytes(32, "little")
    sealed = seal(BOB.public, INFO, b"hello")

    with pytest.raises(BadKey):
        seal(LATTICE + curve, INFO, b"hello")
    with pytest.raises(CannotOpen):
        BOB.open(INFO, sealed[:1_088] + curve + sealed[1_120:])


@pytest.mark.parametrize("point", [FIELD + 2, FIELD + 18, 9 + (1 << 255)])
def test_no_curve_point_counts_in_another_text_than_its_own(point: int) -> None:
    """Not only those of small order. X25519 by itself takes 2, 18 and 9 written so."""
    curve = point.to_bytes(32, "little")
    sealed = seal(BOB.public, INFO, b"hello")

    with pytest.raises(BadKey):
        seal(LATTICE + curve, INFO, b"hello")
    with pytest.raises(CannotOpen):
        BOB.open(INFO, sealed[:1_088] + curve + sealed[1_120:])
    seal(LATTICE + (FIELD - 2).to_bytes(32, "little"), INFO, b"hello")


def test_a_key_is_the_same_each_time_it_is_read_from_its_seed() -> None:
    again = SealingKey.from_seed(BOB.seed)

    assert (again.public, again.key_id) == (BOB.public, BOB.key_id)
    assert again.open(INFO, seal(BOB.public, INFO, b"hello")) == b"hello"


def test_a_new_key_comes_from_the_randomness_passed_in() -> None:
    assert SealingKey.generate(Random(7)).key_id == SealingKey.generate(Random(7)).key_id
    assert SealingKey.generate(Random(7)).key_id != SealingKey.generate(Random(8)).key_id


def test_a_seed_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="comes from 32 bytes"):
        SealingKey.from_seed(bytes(33))


def test_no_key_shows_its_secret() -> None:
    assert repr(BOB) == f"SealingKey(key_id={BOB.key_id!r})"


def test_a_key_id_names_the_public_key_and_nothing_else() -> None:
    """docs/protocol.md, section 9.2."""
    assert sealing_key_id(BOB.public) == BOB.key_id
    assert sealing_key_id(CAROL.public) != BOB.key_id
    assert len(BOB.key_id) == 22


def test_the_purpose_of_a_chain_start_names_all_that_it_is_for() -> None:
    """docs/protocol.md, section 9.3."""
    parts = (SUITE, "overlay", "conversation", "chain", "origin", "recipient", "key id")
    expected = b"".join(len(part).to_bytes(4, "big") + part.encode() for part in parts)

    info = chain_start_info(
        "overlay",
        ConversationId("conversation"),
        ChainId("chain"),
        ClientId("origin"),
        ClientId("recipient"),
        KeyId("key id"),
    )

    assert info == expected


def test_the_golden_sealed_text_opens() -> None:
    """docs/protocol.md, sections 9.2 and 9.3."""
    key = SealingKey.from_seed(decode(GOLDEN["seed"], 32))
    info = chain_start_info(
        GOLDEN["network"],
        GOLDEN["conversation"],
        GOLDEN["chain"],
        GOLDEN["origin"],
        GOLDEN["recipient"],
        GOLDEN["key_id"],
    )

    assert encode(key.public) == GOLDEN["public"]
    assert key.key_id == GOLDEN["key_id"]
    assert encode(info) == GOLDEN["info"]
    assert encode(key.open(info, decode_any(GOLDEN["sealed"]))) == GOLDEN["text"]


@pytest.mark.parametrize(
    "case", CHAINS["padding"], ids=lambda case: f"{case['content_bytes']} bytes"
)
def test_padding_hides_a_length_but_for_its_class(case: dict[str, int]) -> None:
    """docs/protocol.md, section 9.5."""
    content = b"x" * case["content_bytes"]

    padded = pad(content)

    assert len(padded) == case["padded_bytes"]
    assert unpad(padded) == content


def test_content_stands_behind_its_length_and_before_zeros() -> None:
    """docs/protocol.md, section 9.5."""
    assert pad(b"hello") == b"\x00\x00\x00\x05hello" + bytes(256 - 9)


def test_more_than_the_largest_class_holds_is_not_padded() -> None:
    with pytest.raises(ValueError, match="do not fit"):
        pad(bytes(65_533))


@pytest.mark.parametrize(
    "padded",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"\x00\x00\x00", id="no length"),
        pytest.param(pad(b"hello")[:-1], id="one byte short"),
        pytest.param(pad(b"hello") + b"\x00", id="one byte more"),
        pytest.param(pad(b"hello") + bytes(256), id="a larger class than needed"),
        pytest.param((253).to_bytes(4, "big") + bytes(252), id="a smaller class than needed"),
        pytest.param(b"\xff\xff\xff\xff" + bytes(252), id="longer than it is"),
        pytest.param((65_533).to_bytes(4, "big") + bytes(131_068), id="past the largest class"),
        pytest.param(pad(b"hello")[:-1] + b"\x01", id="something at the end"),
        pytest.param(pad(b"hello")[:9] + b"\x01" + bytes(246), id="something after the content"),
    ],
)
def test_what_padding_never_writes_is_refused(padded: bytes) -> None:
    """docs/protocol.md, section 9.5."""
    with pytest.raises(CannotOpen):
        unpad(padded)
