"""Frames of full size that cost a parser as much as any that we know of."""

from overlay import limits


def _filled(before: str, unit: str, after: str) -> bytes:
    count = (limits.FRAME_BYTES_MAX - len(before) - len(after)) // len(unit)
    return (before + unit * count + after).encode()


BOMBS = {
    "arrays without end": b"[" * limits.FRAME_BYTES_MAX,
    "arrays 190 deep": _filled("[", "[" * 190 + "]" * 190 + ",", "0]"),
    "tiny arrays": _filled('[{"type":"heartbeat","x":[', "[[[]]],", "0]}]"),
    "an integer": _filled('[{"type":"ack","number":', "9", "}]"),
    "an exponent": _filled('[{"type":"ack","number":1e', "9", "}]"),
    "integers of 4,300 digits": _filled('[{"type":"heartbeat","x":[', "9" * 4_299 + ",", "0]}]"),
    "integers of 20 digits": _filled('[{"type":"heartbeat","x":[', "9" * 20 + ",", "0]}]"),
    "one known key again and again": _filled('[{"type":"ack"', ',"number":1', "}]"),
    "unknown keys": _filled('[{"type":"heartbeat"', ',"":1', "}]"),
    "unknown keys just below the bound": (
        '[{"type":"heartbeat"' + ',"":1' * (limits.JSON_PARTS_MAX - 3) + "}]"
    ).encode(),
    "an escape after the other": _filled('[{"type":"hello","text":"', "\\u0041", '"}]'),
    "strings of one escape": _filled('[{"type":"heartbeat","x":[', '"\\u0041",', "0]}]"),
}
