"""How much there is to parse in JSON text, found out before any of it is parsed.

A parser's work goes with keys, values, arrays, objects and the digits of large
integers, not with bytes: 262,144 bytes of `"":1,`, `[],` or `1,` cost as much as
hundreds of honest frames.
"""

import re
from typing import Final

from overlay import limits
from overlay.errors import MalformedFrame

_PARTS: Final = b"[{:"
_NO_PARTS: Final = bytes(set(range(256)) - set(_PARTS))
_NO_MARKS: Final = bytes(set(range(256)) - set(_PARTS + b","))
_DIGITS_TO_ZEROS: Final = bytes.maketrans(b"123456789", b"0" * 9)
_STRIDE: Final = 64
_MANY_DIGITS: Final = b"0" * (limits.JSON_DIGITS_MANY // _STRIDE)
"""So many of every 64th byte are digits where so many digits are in a row."""

_SMALL_OBJECT: Final = re.compile(rb"\{[^{}:]*(?::[^{}:]*){0,%d}\}" % limits.JSON_OBJECT_KEYS_MAX)
"""With none inside, where strings are left out."""

_TOO_MANY_DIGITS: Final = b"0" * (limits.INTEGER_DIGITS_MAX + 1)


def check_density(data: bytes, *, may_have_unknown: bool = False) -> None:
    """Raises `MalformedFrame` for more of anything than `limits` says that JSON may have.

    What stands inside strings does not count: people may write what they like. Where there
    `may_have_unknown` keys, one object may have all of them: nobody notes them, then.
    """
    if len(data) <= limits.JSON_SPARSE_BYTES:
        return
    marks = len(data.translate(None, _NO_MARKS))
    if marks <= limits.JSON_FEW:
        if not _may_have_many_digits(data):
            return
    elif (may_have_unknown or data.count(b":") <= limits.JSON_OBJECT_KEYS_MAX) and _excess(
        data
    ) is None:
        return
    # Without escaped quotes every second quote ends a string.
    plain = data.replace(b"\\\\", b"").replace(b'\\"', b"") if b"\\" in data else data
    if plain.count(b'"') > 4 * limits.JSON_PARTS_MAX:
        raise MalformedFrame(f"more than {2 * limits.JSON_PARTS_MAX} strings")
    outside = b"".join(plain.split(b'"')[::2])
    excess = _excess(outside)
    if excess is not None:
        raise MalformedFrame(excess)
    if not may_have_unknown and _has_large_objects(outside):
        raise MalformedFrame(f"an object of more than {limits.JSON_OBJECT_KEYS_MAX} keys")


def parts_in(data: bytes) -> tuple[int, int]:
    """At most how many arrays, objects and keys JSON of our own has, and its keys alone.

    Brackets in strings are counted too; a quote there is escaped, so that it ends no key.
    """
    keys = data.count(b'":') - data.count(b'\\":')
    return keys + data.count(b"[") + data.count(b"{"), keys


def _has_large_objects(outside: bytes) -> bool:
    """Whether any is left once those that are not large are taken out, the inner ones first."""
    for _ in range(limits.JSON_OBJECTS_DEEP):
        outside, count = _SMALL_OBJECT.subn(b"", outside)
        if not count:
            break
    return b"{" in outside


def _may_have_many_digits(data: bytes) -> bool:
    return _MANY_DIGITS in data[::_STRIDE].translate(_DIGITS_TO_ZEROS)


def _excess(data: bytes) -> str | None:
    """What there is too much of, strings and all."""
    parts = len(data.translate(None, _NO_PARTS))
    if parts > limits.JSON_PARTS_MAX:
        return f"{parts} arrays, objects and keys, at most {limits.JSON_PARTS_MAX}"
    keys, commas = data.count(b":"), data.count(b",")
    if keys > limits.JSON_KEYS_MAX:
        return f"{keys} keys, at most {limits.JSON_KEYS_MAX}"
    if commas > limits.JSON_COMMAS_MAX:
        return f"{commas} commas, at most {limits.JSON_COMMAS_MAX}"
    objects = data.count(b"{")
    if objects > limits.JSON_OBJECTS_MAX:
        return f"{objects} objects, at most {limits.JSON_OBJECTS_MAX}"
    if _TOO_MANY_DIGITS in data.translate(_DIGITS_TO_ZEROS):
        return f"more than {limits.INTEGER_DIGITS_MAX} digits in a row"
    return None
