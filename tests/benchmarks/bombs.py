"""Frames of full size that cost a parser as much as any that we know of."""

from overlay import limits


def _filled(before: str, unit: str, after: str) -> bytes:
    count = (limits.FRAME_BYTES_MAX - len(before) - len(after)) // len(unit)
    return (before + unit * count + after).encode()


def _many(before: str, unit: str, count: int, after: str) -> bytes:
    return f'[{{"type":"heartbeat",{before}{unit * count}{after}}}]'.encode()


_FEW = limits.JSON_FEW
_KEYS = limits.JSON_KEYS_MAX - 3
_PADDING = f'],"y":"{" " * 200_000}"'

BOMBS = {
    "arrays without end": b"[" * limits.FRAME_BYTES_MAX,
    "arrays 190 deep": _filled("[", "[" * 190 + "]" * 190 + ",", "0]"),
    "tiny arrays": _filled('[{"type":"heartbeat","x":[', "[[[]]],", "0]}]"),
    "an integer": _filled('[{"type":"ack","number":', "9", "}]"),
    "an exponent": _filled('[{"type":"ack","number":1e', "9", "}]"),
    "integers of 4,300 digits": _filled('[{"type":"heartbeat","x":[', "9" * 4_299 + ",", "0]}]"),
    "integers of 20 digits": _filled('[{"type":"heartbeat","x":[', "9" * 20 + ",", "0]}]"),
    "integers of 16 digits": _filled('[{"type":"heartbeat","x":[', "9" * 16 + ",", "0]}]"),
    "as many integers of 20 digits as pass unseen": _many('"x":[', "9" * 20 + ",", _FEW - 8, "0]"),
    "as many integers as are let through": _many('"x":[', "1,", limits.JSON_COMMAS_MAX - 4, "0]"),
    "small integers": _filled('[{"type":"heartbeat","x":[', "1,", "0]}]"),
    "one known key again and again": _filled('[{"type":"ack"', ',"number":1', "}]"),
    "unknown keys": _filled('[{"type":"heartbeat"', ',"":1', "}]"),
    "as many unknown keys as are let through": _many("", '"":1,', _KEYS, '"y":1'),
    "as many known keys": _many("", '"type":"heartbeat",', _KEYS, '"y":1'),
    "as many small objects as are let through": (
        _many('"x":[', '{"":1,"":1},', limits.JSON_OBJECTS_MAX - 4, "0" + _PADDING)
    ),
    "as many objects in objects": _many(
        '"x":[', '{"":' * 7 + "1" + "}" * 7 + ",", limits.JSON_OBJECTS_MAX // 7 - 1, "0" + _PADDING
    ),
    "an escape after the other": _filled('[{"type":"hello","text":"', "\\u0041", '"}]'),
    "strings of one escape": _filled('[{"type":"heartbeat","x":[', '"\\u0041",', "0]}]"),
    "as many strings of one escape as are let through": (
        _many('"x":[', '"\\u0041",', limits.JSON_COMMAS_MAX - 4, "0]")
    ),
}
