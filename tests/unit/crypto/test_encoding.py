"""How bytes stand on the wire, and how parts are joined before they are hashed."""

from base64 import urlsafe_b64encode

import pytest

from overlay.crypto.encoding import decode, decode_any, encode, length_prefixed


@pytest.mark.parametrize("length", range(1, 70))
def test_bytes_come_back_from_their_text(length: int) -> None:
    content = bytes((place * 37 + 200) % 256 for place in range(length))

    text = encode(content)

    assert text == urlsafe_b64encode(content).decode().rstrip("=")
    assert decode(text, length) == content
    assert decode_any(text) == content


@pytest.mark.parametrize(("length", "characters"), [(16, 22), (32, 43), (64, 86)])
def test_ids_salts_and_signatures_have_one_length(length: int, characters: int) -> None:
    assert len(encode(bytes(length))) == characters


def test_no_bytes_are_no_text() -> None:
    assert encode(b"") == ""
    assert decode_any("") == b""


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("AAAA=", 3),
        ("AAA=", 2),
        ("AA==", 1),
        ("AA", 2),
        ("AAAA", 2),
        ("AAAAA", 3),
        ("", 1),
        ("", 0),
        ("A", 0),
        ("+AAA", 3),
        ("/AAA", 3),
        (" AAA", 3),
        ("A\nAA", 3),
        ("AA!A", 3),
        ("AéAA", 3),
        ("A\ud800AA", 3),
        ("AAé", 2),
    ],
)
def test_anything_but_the_wire_alphabet_in_its_length_is_refused(text: str, length: int) -> None:
    with pytest.raises(ValueError, match=r"base64url|do not stand for|mean nothing"):
        decode(text, length)


@pytest.mark.parametrize("length", [1, 2, 16, 32, 64])
def test_one_value_has_one_text(length: int) -> None:
    text = encode(bytes(length))
    alphabet = encode(bytes(range(256)))

    endings = [ending for ending in sorted(set(alphabet)) if reads(text[:-1] + ending, length)]

    values = {decode(text[:-1] + ending, length) for ending in endings}
    assert len(endings) == len(values) == (4 if length % 3 == 1 else 16)


def reads(text: str, length: int) -> bool:
    try:
        decode(text, length)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize("text", ["A", "AAAAA", "AAA=", "AB", "AAB"])
def test_a_text_of_any_length_is_read_as_strictly(text: str) -> None:
    with pytest.raises(ValueError, match=r"base64url|do not stand for|mean nothing"):
        decode_any(text)


def test_parts_are_joined_behind_their_lengths() -> None:
    assert length_prefixed("né", b"\x00\xff", "") == (
        b"\x00\x00\x00\x03n\xc3\xa9" + b"\x00\x00\x00\x02\x00\xff" + b"\x00\x00\x00\x00"
    )


def test_shifting_bytes_between_parts_gives_other_bytes() -> None:
    assert length_prefixed("ab", "c") != length_prefixed("a", "bc")
    assert length_prefixed("abc") != length_prefixed("abc", "")


def test_half_a_surrogate_pair_has_no_bytes() -> None:
    with pytest.raises(ValueError, match="surrogates"):
        length_prefixed("\ud83c")
