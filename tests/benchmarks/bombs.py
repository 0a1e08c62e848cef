"""Frames, and signed texts inside them, that cost a parser as much as any that we know of."""

from pydantic_core import to_json

from overlay import limits
from overlay.messages.clients import Submit
from overlay.messages.signed import Signed
from overlay.wire.codec import encode_frame
from tests.support.people import a_client, signed_text


def _filled(before: str, unit: str, after: str) -> bytes:
    count = (limits.FRAME_BYTES_MAX - len(before) - len(after)) // len(unit)
    return (before + unit * count + after).encode()


def _padded(unit: str, count: int, of: str = "heartbeat") -> bytes:
    """So many, and a string that fills the frame."""
    before, after = f'[{{"type":"{of}","x":[{unit * count}0],"y":"', '"}]'
    return (before + " " * (limits.FRAME_BYTES_MAX - len(before) - len(after)) + after).encode()


def _many(before: str, unit: str, count: int, after: str, of: str = "heartbeat") -> bytes:
    return f'[{{"type":"{of}",{before}{unit * count}{after}}}]'.encode()


_FEW = limits.JSON_FEW
_KEYS = limits.JSON_KEYS_MAX - 3
_OBJECTS = limits.JSON_OBJECTS_MAX - 4
_ARRAYS = limits.JSON_ARRAYS_MAX - 4
_COMMAS = limits.JSON_COMMAS_MAX - 4
_TWO_KEYS = '{"":1,"":1},'

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
    "as many integers as are let through": _many('"x":[', "1,", _COMMAS, "0]"),
    "small integers": _filled('[{"type":"heartbeat","x":[', "1,", "0]}]"),
    "one known key again and again": _filled('[{"type":"ack"', ',"number":1', "}]"),
    "unknown keys": _filled('[{"type":"heartbeat"', ',"":1', "}]"),
    "as many unknown keys as are let through": _many("", '"":1,', _KEYS, '"y":1'),
    "as many known keys": _many("", '"type":"heartbeat",', _KEYS, '"y":1'),
    "as many small objects as are let through": _padded(_TWO_KEYS, _OBJECTS),
    "the same where seven fields are missing": _padded(_TWO_KEYS, _OBJECTS, of="returned"),
    "as many arrays as are let through, the same missing": _padded("[],", _ARRAYS, of="returned"),
    "tiny arrays in a short frame, the same missing": (
        _many('"x":[', "[[[]]],", limits.JSON_SPARSE_BYTES // 7 - 9, "0]", of="returned")
    ),
    "tiny arrays in a short frame": (
        _many('"x":[', "[[[]]],", limits.JSON_SPARSE_BYTES // 7 - 9, "0]")
    ),
    "as many objects in objects": _padded('{"":' * 7 + "1" + "}" * 7 + ",", _OBJECTS // 7),
    "an escape after the other": _filled('[{"type":"hello","text":"', "\\u0041", '"}]'),
    "strings of one escape": _filled('[{"type":"heartbeat","x":[', '"\\u0041",', "0]}]"),
    "as many strings of one escape as are let through": _padded('"\\u0041",', _COMMAS),
    "as many strings of one quote as are let through": _padded('"\\"",', _COMMAS),
    "as many short strings as are let through": _padded('"A",', _COMMAS),
    "a quote after the other": _filled('[{"type":"hello","text":"', '\\"', '"}]'),
    "brackets in strings": _filled('[{"type":"hello","text":"', "[\\\\{,", '"}]'),
}

_ALICE = a_client("alice")
_BRACKETS = "[\\{," * (limits.TEXT_BYTES_MAX // 4)
_WRITTEN = signed_text(
    _ALICE.key, "channel", to_json({"kind": "channel", "text": _BRACKETS}).decode()
)

HONEST = encode_frame(*[Submit(number=number, envelope=_WRITTEN) for number in range(1, 5)])
"""What four people may write, if they like brackets and backslashes: dearer than most bombs."""


def _text(kind: str, unit: str, count: int, length: int) -> Signed:
    """So many units in a text of that length, of which nothing else is right."""
    content = f'{{"kind":"{kind}","x":[{unit * count}0],"y":"'
    return signed_text(_ALICE.key, kind, content + " " * (length - len(content) - 2) + '"}')


_RECORD = limits.RECORD_CHARACTERS_MAX
_RECEIPT = limits.SIGNED_CHARACTERS_MAX

TEXT_BOMBS = {
    "tiny arrays in a record": _text("presence", "[[[]]],", _RECORD // 7 - 9, _RECORD),
    "tiny arrays in a receipt": _text("receipt", "[[[]]],", _RECEIPT // 7 - 9, _RECEIPT),
    "as many arrays in a receipt as are let through": (
        _text("receipt", "[],", limits.RECEIPT_PARTS_MAX - 2, _RECEIPT)
    ),
    "small objects in a record": _text("presence", _TWO_KEYS, _RECORD // 12 - 9, _RECORD),
    "integers in a receipt": _text("receipt", "1,", limits.RECEIPT_COMMAS_MAX - 9, _RECEIPT),
}
