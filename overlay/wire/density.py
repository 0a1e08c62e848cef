"""How much there is to parse in JSON text, found out before any of it is parsed.

A parser's work goes with keys, arrays and objects, not with bytes: 262,144
bytes of `"":1,` or `[],` cost as much as hundreds of honest frames.
"""

from overlay import limits
from overlay.errors import MalformedFrame

_COUNTED = b"[{:"
_OTHERS = bytes(set(range(256)) - set(_COUNTED))
_NO_QUOTES = bytes(set(range(256)) - set(b'"'))


def check_density(data: bytes) -> None:
    """Raises `MalformedFrame` for more arrays, objects and keys than `JSON_PARTS_MAX`.

    What stands inside strings does not count: people may write what they like.
    """
    if len(data) <= limits.JSON_SPARSE_BYTES or _parts(data) <= limits.JSON_PARTS_MAX:
        return
    # Without escaped quotes every second quote ends a string.
    plain = data.replace(b"\\\\", b"").replace(b'\\"', b"")
    if len(plain.translate(None, _NO_QUOTES)) > 4 * limits.JSON_PARTS_MAX:
        raise MalformedFrame(f"more than {2 * limits.JSON_PARTS_MAX} strings")
    parts = _parts(b"".join(plain.split(b'"')[::2]))
    if parts > limits.JSON_PARTS_MAX:
        raise MalformedFrame(f"{parts} arrays, objects and keys, at most {limits.JSON_PARTS_MAX}")


def _parts(data: bytes) -> int:
    return len(data.translate(None, _OTHERS))
