"""How bytes stand on the wire, and how parts are joined before they are hashed."""

from binascii import Error, a2b_base64, b2a_base64
from typing import Final

_TO_WIRE: Final = bytes.maketrans(b"+/", b"-_")

# Whatever the wire's alphabet lacks becomes "!", which strict decoding refuses.
_FROM_WIRE: Final = bytes.maketrans(b"-_+/=", b"+/!!!")

_ALPHABET: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

_ID_BYTES: Final = 32

_ENDINGS: Final = (
    (frozenset(_ALPHABET), b""),
    (frozenset(_ALPHABET[::16]), b"=="),
    (frozenset(_ALPHABET[::4]), b"="),
)
"""By the number of bytes modulo three: the last characters whose spare bits are zero, and the
padding that the wire leaves out."""


def encode(content: bytes) -> str:
    """Return `content` as base64url without padding. Source: RFC 4648, section 5."""
    return b2a_base64(content, newline=False).translate(_TO_WIRE).rstrip(b"=").decode("ascii")


def decode(text: str, length: int) -> bytes:
    """Return the `length` bytes, one at least, that `text` stands for.

    One value has one text: padding, characters outside the alphabet, spare
    bits that are not zero and any other length raise ValueError.
    """
    if len(text) * 3 // 4 != length:
        raise ValueError(f"{len(text)} characters do not stand for {length} bytes")
    last_characters, padding = _ENDINGS[length % 3]
    if text[-1:] not in last_characters:
        raise ValueError("the text ends in bits that mean nothing")
    try:
        return a2b_base64(text.encode().translate(_FROM_WIRE) + padding, strict_mode=True)
    except (UnicodeEncodeError, Error) as error:
        raise ValueError("not base64url") from error


def decode_any(text: str) -> bytes:
    """Return the bytes that `text` stands for, however many. Raises ValueError as `decode`."""
    return decode(text, len(text) * 3 // 4) if text else b""


def length_prefixed(*parts: str | bytes) -> bytes:
    """Join the parts, each behind its length in four bytes, the most significant first.

    Text counts in UTF-8. Two different lists never give the same bytes.
    Raises ValueError for text that has no UTF-8, such as half a surrogate pair.
    """
    joined: list[bytes] = []
    for part in parts:
        content = part.encode() if isinstance(part, str) else part
        joined += (len(content).to_bytes(4, "big"), content)
    return b"".join(joined)


def is_id(text: str) -> bool:
    """Whether a text has the form of an id: of a node, a client or an account."""
    try:
        return len(decode(text, _ID_BYTES)) == _ID_BYTES
    except ValueError:
        return False
