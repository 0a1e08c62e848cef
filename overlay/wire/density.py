"""How much there is to parse in JSON text, found out before any of it is parsed.

A parser's work goes with keys, values, arrays, objects and the digits of large
integers, not with bytes: 262,144 bytes of `"":1,`, `[],` or `1,` cost as much as
hundreds of honest frames.
"""

import re
from typing import Final, NamedTuple

from overlay import limits
from overlay.errors import MalformedFrame


class Bounds(NamedTuple):
    """The most that JSON of one kind may have outside its strings, and of these.

    `parts` are arrays, objects and keys. Where they and commas are `few`, in strings and all, it
    is looked at no further. `keys_of_one` is for one object, where unknown keys are noted.
    """

    few: int
    parts: int
    keys: int
    commas: int
    arrays: int = limits.FRAME_BYTES_MAX
    objects: int = limits.FRAME_BYTES_MAX
    keys_of_one: int | None = None

    @property
    def strings(self) -> int:
        """As many as there can be: those that are no keys have a comma between them.

        They are counted first, since each is a piece when strings are taken out.
        """
        return self.keys + self.commas + 1


FRAME: Final = Bounds(
    few=limits.JSON_FEW,
    parts=limits.JSON_PARTS_MAX,
    keys=limits.JSON_KEYS_MAX,
    commas=limits.JSON_COMMAS_MAX,
    arrays=limits.JSON_ARRAYS_MAX,
    objects=limits.JSON_OBJECTS_MAX,
    keys_of_one=limits.JSON_OBJECT_KEYS_MAX,
)
TEXT: Final = Bounds(
    few=limits.TEXT_PARTS_MAX,
    parts=limits.TEXT_PARTS_MAX,
    keys=limits.TEXT_PARTS_MAX,
    commas=limits.TEXT_PARTS_MAX,
)
RECEIPT: Final = TEXT._replace(
    parts=limits.RECEIPT_PARTS_MAX,
    commas=limits.RECEIPT_COMMAS_MAX,
    objects=limits.TEXT_PARTS_MAX,
)
"""The one text that is dense: pairs of small integers."""

_NO_MARKS_NOR_QUOTES: Final = bytes(set(range(256)) - set(b'[{:,"'))
_NO_SYNTAX: Final = bytes(set(range(256)) - set(b'[{:},]"\\/bfnrtu-+.0123456789eE'))
"""Without what may follow a backslash, that would escape another."""
_MOSTLY: Final = 4
"""Where fewer than one byte in so many is a mark, the rest is worth taking out."""
_NO_STRUCTURE: Final = bytes(set(range(256)) - set(b"[{:},"))
_DIGITS_TO_ZEROS: Final = bytes.maketrans(b"123456789", b"0" * 9)
_TOO_MANY_DIGITS: Final = b"0" * (limits.INTEGER_DIGITS_MAX + 1)
_STRIDE: Final = 64
_MANY_DIGITS: Final = b"0" * (limits.JSON_DIGITS_MANY // _STRIDE)
"""So many of every 64th byte are digits where so many digits are in a row."""

_SMALL_OBJECT: Final = re.compile(rb"\{:{0,%d}\}" % limits.JSON_OBJECT_KEYS_MAX)
"""With none inside, where nothing but objects and keys is left."""
_SMALLEST_OBJECTS: Final = tuple(b"{" + b":" * keys + b"}" for keys in range(5))
"""Of those there can be thousands, for which an expression takes ten times as long."""


def check_density(data: bytes, bounds: Bounds = FRAME) -> bool:
    """Whether there is much of anything. Raises `MalformedFrame` for more than `bounds` allow.

    What stands inside strings does not count: people may write what they like.
    """
    if len(data) <= limits.JSON_SPARSE_BYTES:
        return False
    marks = data.translate(None, _NO_MARKS_NOR_QUOTES)
    quotes = marks.count(b'"')
    has_few = len(marks) - quotes <= bounds.few
    if has_few and not _may_have_many_digits(data):
        return False
    # Without escaped quotes every second quote ends a string.
    plain = _without_escaped_quotes(data, len(marks)) if b"\\" in data else data
    if quotes > 2 * bounds.strings and plain.count(b'"') > 2 * bounds.strings:
        raise MalformedFrame(f"more than {bounds.strings} strings")
    outside = b"".join(plain.split(b'"')[::2]) if quotes else data
    if not has_few:
        _check_structure(outside.translate(None, _NO_STRUCTURE), bounds)
    if _TOO_MANY_DIGITS in outside.translate(_DIGITS_TO_ZEROS):
        raise MalformedFrame(f"more than {limits.INTEGER_DIGITS_MAX} digits in a row")
    return not has_few


def parts_in(data: bytes) -> tuple[int, int]:
    """At most how many arrays, objects and keys JSON of our own has, and its keys alone.

    Brackets in strings are counted too; a quote there is escaped, so that it ends no key.
    """
    keys = data.count(b'":') - data.count(b'\\":')
    return keys + data.count(b"[") + data.count(b"{"), keys


def _without_escaped_quotes(data: bytes, marks: int) -> bytes:
    """Where most of it is text, that is taken out first: two bytes are looked for at each byte."""
    if marks < len(data) // _MOSTLY:
        data = data.translate(None, _NO_SYNTAX)
    if b'\\"' not in data:
        return data
    return data.replace(b"\\\\", b"").replace(b'\\"', b"")


def _check_structure(structure: bytes, bounds: Bounds) -> None:
    arrays = _counted("arrays", structure.count(b"["), bounds.arrays)
    objects = _counted("objects", structure.count(b"{"), bounds.objects)
    keys = _counted("keys", structure.count(b":"), bounds.keys)
    _counted("arrays, objects and keys", arrays + objects + keys, bounds.parts)
    _counted("commas", structure.count(b","), bounds.commas)
    if bounds.keys_of_one is not None and _has_large_objects(structure):
        raise MalformedFrame(f"an object of more than {bounds.keys_of_one} keys")


def _counted(what: str, count: int, most: int) -> int:
    if count > most:
        raise MalformedFrame(f"{count} {what}, at most {most}")
    return count


def _has_large_objects(structure: bytes) -> bool:
    """Whether any is left once those that are not large are taken out, the inner ones first."""
    left = structure.translate(None, b"[,")
    for _ in range(limits.JSON_OBJECTS_DEEP):
        length = len(left)
        for smallest in _SMALLEST_OBJECTS:
            left = left.replace(smallest, b"")
        left = _SMALL_OBJECT.sub(b"", left)
        if len(left) == length:
            break
    return b"{" in left


def _may_have_many_digits(data: bytes) -> bool:
    return _MANY_DIGITS in data[::_STRIDE].translate(_DIGITS_TO_ZEROS)
