"""Makes refused_keys.json: Ed25519 keys and signatures that every reader must refuse.

Run from the project's root: python tests/vectors/make_refused.py

The arithmetic is that of RFC 8032, section 5.1, written plainly: slow, leaking
its secrets through time, and for making test data only. The forged signatures
satisfy the equation that a careless verifier checks.
"""

import json
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from hashlib import sha512
from itertools import count
from pathlib import Path

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)

Point = tuple[int, int]
"""Affine x and y."""

IDENTITY: Point = (0, 1)


def add(one: Point, other: Point) -> Point:
    """Return the sum of two points."""
    (x1, y1), (x2, y2) = one, other
    product = D * x1 * x2 * y1 * y2
    x3 = (x1 * y2 + x2 * y1) * pow(1 + product, -1, P)
    y3 = (y1 * y2 + x1 * x2) * pow(1 - product, -1, P)
    return x3 % P, y3 % P


def multiply(scalar: int, point: Point) -> Point:
    """Return `scalar` times `point`."""
    result = IDENTITY
    while scalar:
        if scalar & 1:
            result = add(result, point)
        point = add(point, point)
        scalar >>= 1
    return result


def point_at(y: int, odd: int) -> Point:
    """Return the point with this y whose x is odd or even. Raises ValueError if there is none."""
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if x * x % P != square:
        x = x * ROOT_OF_MINUS_ONE % P
    if x * x % P != square:
        raise ValueError(f"no point has y = {y}")
    return (x if x & 1 == odd else -x % P), y % P


def pack(y: int, odd: int) -> bytes:
    """Write an encoding, canonical or not."""
    return (y | odd << 255).to_bytes(32, "little")


def pack_point(point: Point) -> bytes:
    """Write a point canonically."""
    return pack(point[1], point[0] & 1)


BASE = point_at(4 * pow(5, -1, P), 0)


def small_points() -> list[Point]:
    """Return the eight points whose order divides eight, the identity first."""
    point = next(
        eighth
        for y in count(2)
        if (eighth := eighth_of(y)) is not None and multiply(4, eighth) != IDENTITY
    )
    return [multiply(times, point) for times in range(8)]


def eighth_of(y: int) -> Point | None:
    """Return what the point at `y`, if any, leaves in the group of eight."""
    try:
        return multiply(ORDER, point_at(y, 0))
    except ValueError:
        return None


def challenge(r: bytes, key: bytes, message: bytes) -> int:
    """Return the hash that a signature answers."""
    return int.from_bytes(sha512(r + key + message).digest(), "little") % ORDER


def texts() -> Iterator[str]:
    """Return texts to try, one after another."""
    return (f"signed with care, attempt {attempt}" for attempt in count())


def forged_under(key: bytes, point: Point) -> tuple[str, bytes]:
    """Return a text that `key`, of small order, appears to sign with R = identity and S = 0."""
    r = pack_point(IDENTITY)
    for text in texts():
        if multiply(challenge(r, key, text.encode()) % 8, point) == IDENTITY:
            return text, r + bytes(32)
    raise AssertionError


def signed_with_torsion(
    key_torsion: Point, r_torsion: Point, nonce: int = 0x89ABCDE
) -> tuple[bytes, str, bytes]:
    """Return key, text and signature that hold up to what was added to R.

    What was added to the key has vanished from the equation: the text is one
    whose challenge is a multiple of eight.
    """
    secret = 0x1234567
    key = pack_point(add(multiply(secret, BASE), key_torsion))
    r = pack_point(add(multiply(nonce, BASE), r_torsion))
    for text in texts():
        hashed = challenge(r, key, text.encode())
        if hashed % 8 == 0:
            return key, text, r + ((nonce + hashed * secret) % ORDER).to_bytes(32, "little")
    raise AssertionError


def text_of(content: bytes) -> str:
    """Return base64url without padding."""
    return urlsafe_b64encode(content).rstrip(b"=").decode()


def refused_points() -> Iterator[tuple[str, bytes, Point | None]]:
    """Return encodings that must be refused as keys, with the point they may be taken for."""
    for place, point in enumerate(small_points()):
        yield f"small order: {place} times a point of order eight", pack_point(point), point
    yield "not canonical: y = p", pack(P, 0), point_at(0, 0)
    yield "not canonical: y = p + 1", pack(P + 1, 0), IDENTITY
    yield "not canonical: x = 0 called odd, y = 1", pack(1, 1), IDENTITY
    yield "not canonical: x = 0 called odd, y = p - 1", pack(P - 1, 1), (0, P - 1)
    yield "not canonical: every bit set", b"\xff" * 32, None
    yield "not on the curve: y = 2", pack(2, 0), None


def key_entries() -> Iterator[dict[str, str]]:
    """Return every key that must be refused, as text."""
    for name, encoding, _ in refused_points():
        yield {"name": name, "key": text_of(encoding)}
    mixed, _, _ = signed_with_torsion(small_points()[1], IDENTITY)
    yield {"name": "outside the main subgroup: a good key plus order eight", "key": text_of(mixed)}
    good = text_of(pack_point(BASE))
    spare = good[:-1] + chr(ord(good[-1]) + 1)
    standard = good[:-2] + "+" + good[-1]
    for name, key in (
        ("text: empty", ""),
        ("text: padded", good + "="),
        ("text: spare bits set", spare),
        ("text: standard alphabet", standard),
        ("text: one character short", good[:-1]),
        ("text: one character more", good + "A"),
        ("text: not ASCII", good[:-2] + "é" + good[-1]),
        ("text: a line feed", good[:-2] + "\n" + good[-1]),
    ):
        yield {"name": name, "key": key}


def signature_entries() -> Iterator[dict[str, str]]:
    """Return every signature that must be refused, each right in a careless reading."""
    for name, encoding, point in refused_points():
        if point is not None:
            text, signature = forged_under(encoding, point)
            yield entry(f"{name}; R = identity, S = 0", encoding, text, signature)
    eighth = small_points()[1]
    yield entry("key outside the main subgroup", *signed_with_torsion(eighth, IDENTITY))
    yield entry("R outside the main subgroup", *signed_with_torsion(IDENTITY, eighth))
    for place, point in enumerate(small_points()):
        name = f"R of small order: {place} times a point of order eight"
        yield entry(name, *signed_with_torsion(IDENTITY, point, nonce=0))
    good, text, signature = signed_with_torsion(IDENTITY, IDENTITY)
    more = int.from_bytes(signature[32:], "little") + ORDER
    yield entry("S not reduced", good, text, signature[:32] + more.to_bytes(32, "little"))
    yield entry("another text", good, text + ".", signature)
    yield entry("one byte short", good, text, signature[:-1])
    yield entry("one byte more", good, text, signature + b"\0")


def entry(name: str, key: bytes, text: str, signature: bytes) -> dict[str, str]:
    """Return one case as JSON has it."""
    return {"name": name, "key": text_of(key), "text": text, "signature": text_of(signature)}


def refused() -> dict[str, object]:
    """Return the whole file."""
    return {
        "about": "Every key is refused, and every signature, by key or by itself; the control is "
        "not. Keys and signatures are base64url, texts are signed as UTF-8.",
        "keys": list(key_entries()),
        "signatures": list(signature_entries()),
        "control": entry("a good signature", *signed_with_torsion(IDENTITY, IDENTITY)),
    }


def main() -> None:
    """Write the file beside this one."""
    written = json.dumps(refused(), indent=1) + "\n"
    Path(__file__).with_name("refused_keys.json").write_text(written, encoding="utf-8")


if __name__ == "__main__":
    main()
