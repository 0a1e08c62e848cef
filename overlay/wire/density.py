"""How much there is to parse in JSON text, found out before any of it is parsed.

A parser's work goes with keys, values, arrays, objects and the digits of large
integers, not with bytes: 262,144 bytes of `"":1,`, `[],` or `1,` cost as much as
hundreds of honest frames.
"""

import re
from operator import add, le
from typing import Final, NamedTuple

from overlay import limits
from overlay.errors import MalformedFrame


class Count(NamedTuple):
    """How much there is of what is dear."""

    arrays: int = 0
    objects: int = 0
    keys: int = 0
    commas: int = 0

    def plus(self, other: "Count") -> "Count":
        return Count(*map(add, self, other))

    def is_within(self, most: "Count") -> bool:
        return all(map(le, self, most))


class Bounds(NamedTuple):
    """The most that JSON of one kind may have outside its strings, and of these.

    Where all that is counted is `few`, in strings and all, it is looked at no further.
    `keys_of_one` is for one object, where unknown keys are noted.
    """

    few: int
    most: Count
    strings: int
    keys_of_one: int | None = None
    commas_with_escapes: int | None = None

    def most_of(self, has_escapes: bool) -> Count:
        """Of short strings those with an escape in them are dearest by far."""
        if not has_escapes or self.commas_with_escapes is None:
            return self.most
        return self.most._replace(commas=self.commas_with_escapes)


FRAME: Final = Bounds(
    few=limits.JSON_FEW,
    most=Count(
        limits.JSON_ARRAYS_MAX,
        limits.JSON_OBJECTS_MAX,
        limits.JSON_KEYS_MAX,
        limits.JSON_COMMAS_MAX,
    ),
    strings=2 * limits.JSON_COMMAS_MAX,
    keys_of_one=limits.JSON_OBJECT_KEYS_MAX,
    commas_with_escapes=limits.JSON_ESCAPED_COMMAS_MAX,
)
TEXT: Final = Bounds(
    few=limits.TEXT_PARTS_MAX,
    most=Count(*[limits.TEXT_PARTS_MAX] * len(Count._fields)),
    strings=2 * limits.TEXT_PARTS_MAX,
)
RECEIPT: Final = TEXT._replace(
    most=TEXT.most._replace(arrays=limits.RECEIPT_ARRAYS_MAX, commas=limits.RECEIPT_COMMAS_MAX)
)
"""The one text that is dense: pairs of small integers."""

_MARKS: Final = (b"[", b"{", b":", b",")
"""One for each of what is counted."""

_NO_MARKS_NOR_QUOTES: Final = bytes(set(range(256)) - set(b'[{:,"'))
_NO_OBJECTS: Final = bytes(set(range(256)) - set(b"{:}"))
_DIGITS_TO_ZEROS: Final = bytes.maketrans(b"123456789", b"0" * 9)
_TOO_MANY_DIGITS: Final = b"0" * (limits.INTEGER_DIGITS_MAX + 1)
_STRIDE: Final = 64
_MANY_DIGITS: Final = b"0" * (limits.JSON_DIGITS_MANY // _STRIDE)
"""So many of every 64th byte are digits where so many digits are in a row."""

_SMALL_OBJECT: Final = re.compile(rb"\{:{0,%d}\}" % limits.JSON_OBJECT_KEYS_MAX)
"""With none inside, where nothing but objects and keys is left."""


def check_density(data: bytes, bounds: Bounds = FRAME) -> None:
    """Raises `MalformedFrame` for more of anything than `bounds` allow.

    What stands inside strings does not count: people may write what they like.
    """
    if len(data) <= limits.JSON_SPARSE_BYTES:
        return
    marks = data.translate(None, _NO_MARKS_NOR_QUOTES)
    quotes = marks.count(b'"')
    has_few = len(marks) - quotes <= bounds.few
    if has_few and not _may_have_many_digits(data):
        return
    has_escapes = b"\\" in data
    # Without escaped quotes every second quote ends a string.
    has_escaped = has_escapes and b'\\"' in data
    plain = data.replace(b"\\\\", b"").replace(b'\\"', b"") if has_escaped else data
    if quotes > 2 * bounds.strings and plain.count(b'"') > 2 * bounds.strings:
        raise MalformedFrame(f"more than {bounds.strings} strings")
    outside = b"".join(plain.split(b'"')[::2]) if quotes else data
    if not has_few:
        _check_counts(outside, bounds, has_escapes=has_escapes)
    if _TOO_MANY_DIGITS in outside.translate(_DIGITS_TO_ZEROS):
        raise MalformedFrame(f"more than {limits.INTEGER_DIGITS_MAX} digits in a row")
    if bounds.keys_of_one is not None and not has_few and _has_large_objects(outside):
        raise MalformedFrame(f"an object of more than {bounds.keys_of_one} keys")


def _check_counts(outside: bytes, bounds: Bounds, *, has_escapes: bool) -> None:
    for what, mark, most in zip(Count._fields, _MARKS, bounds.most_of(has_escapes), strict=True):
        count = outside.count(mark)
        if count > most:
            raise MalformedFrame(f"{count} {what}, at most {most}")


def count_of(data: bytes) -> Count:
    """At most how much JSON of our own has: what stands in strings, too.

    But for keys: a quote in a string is escaped.
    """
    arrays, objects, _, commas = map(data.count, _MARKS)
    return Count(arrays, objects, data.count(b'":') - data.count(b'\\":'), commas)


def _has_large_objects(outside: bytes) -> bool:
    """Whether any is left once those that are not large are taken out, the inner ones first."""
    left = outside.translate(None, _NO_OBJECTS)
    for _ in range(limits.JSON_OBJECTS_DEEP):
        left, count = _SMALL_OBJECT.subn(b"", left)
        if not count:
            break
    return b"{" in left


def _may_have_many_digits(data: bytes) -> bool:
    return _MANY_DIGITS in data[::_STRIDE].translate(_DIGITS_TO_ZEROS)
