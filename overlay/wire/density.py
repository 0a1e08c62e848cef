"""How much there is to parse in JSON text, found out before any of it is parsed.

A parser's work goes with keys, values, arrays, objects and the digits of large
integers, not with bytes: 262,144 bytes of `"":1,`, `[],` or `1,` cost as much as
hundreds of honest frames.
"""

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

_TOO_MANY_DIGITS: Final = b"0" * (limits.INTEGER_DIGITS_MAX + 1)


def check_density(data: bytes) -> None:
    """Raises `MalformedFrame` for more of anything than `limits` says that JSON may have.

    What stands inside strings does not count: people may write what they like.
    """
    if len(data) <= limits.JSON_SPARSE_BYTES:
        return
    marks = len(data.translate(None, _NO_MARKS))
    if _excess(data) is None if marks > limits.JSON_FEW else not _may_have_many_digits(data):
        return
    # Without escaped quotes every second quote ends a string.
    plain = data.replace(b"\\\\", b"").replace(b'\\"', b"") if b"\\" in data else data
    if plain.count(b'"') > 4 * limits.JSON_PARTS_MAX:
        raise MalformedFrame(f"more than {2 * limits.JSON_PARTS_MAX} strings")
    excess = _excess(b"".join(plain.split(b'"')[::2]))
    if excess is not None:
        raise MalformedFrame(excess)


def parts_in(data: bytes) -> tuple[int, int]:
    """At most how many arrays, objects and keys JSON of our own has, and its keys alone.

    Brackets in strings are counted too; a quote there is escaped, so that it ends no key.
    """
    keys = data.count(b'":') - data.count(b'\\":')
    return keys + data.count(b"[") + data.count(b"{"), keys


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
    if _TOO_MANY_DIGITS in data.translate(_DIGITS_TO_ZEROS):
        return f"more than {limits.INTEGER_DIGITS_MAX} digits in a row"
    return None
