"""What would cost a parser much is refused before it is parsed; what people write is not."""

import json

import pytest

from overlay import limits
from overlay.errors import MalformedFrame
from overlay.messages.clients import Watch
from overlay.messages.links import Ack
from overlay.wire.codec import decode_frame, encode_frame
from overlay.wire.density import FRAME, RECEIPT, TEXT, Bounds, check_density
from overlay.wire.signed import read_text
from tests.support.people import a_client, hash_of, signed_text

ALICE = a_client("alice")
ARRAYS, OBJECTS, KEYS, COMMAS = FRAME.most
ESCAPED_COMMAS = FRAME.most_of(has_escapes=True).commas
FEW, STRINGS = FRAME.few, FRAME.strings
DIGITS, EACH = limits.INTEGER_DIGITS_MAX, limits.JSON_OBJECT_KEYS_MAX


def filled(before: str, unit: str, after: str) -> bytes:
    """As much of `unit` as a frame takes."""
    count = (limits.FRAME_BYTES_MAX - len(before) - len(after)) // len(unit)
    return (before + unit * count + after).encode()


@pytest.mark.parametrize(
    "bomb",
    [
        filled("[", "[],", "[]]"),
        filled('[{"type":"heartbeat","x":[', "[[[]]],", "0]}]"),
        filled('[{"type":"heartbeat"', ',"x":1', "}]"),
        filled('[{"type":"heartbeat"', ', "" : 1', "}]"),
        filled('[{"type":"heartbeat"', ',"\\"\\\\":1', "}]"),
        filled('[{"type":"heartbeat"', ',"longer":1', "}]"),
        filled('[{"type":"heartbeat","x":[', "1,", "1]}]"),
        filled('[{"type":"heartbeat","x":[', '"\\u0041",', "1]}]"),
        filled('[{"type":"heartbeat","x":[', f"{limits.INTEGER_MAX + 1}0,", "1]}]"),
        filled('[{"type":"heartbeat","x":[', "9" * limits.JSON_DIGITS_MANY + ",", "1]}]"),
        filled('[{"type":"ack","number":', "9", "}]"),
    ],
)
def test_a_frame_of_more_parts_than_any_message_has_is_malformed(bomb: bytes) -> None:
    """docs/protocol.md, section 1.2."""
    with pytest.raises(
        MalformedFrame, match=r"strings|arrays|objects|keys, at most|commas|digits in a row"
    ):
        decode_frame(bomb)


@pytest.mark.parametrize("character", ["[", "{", ":", ",", "9", '"', "\\", '\\"[:'])
def test_people_may_write_any_character_as_often_as_they_like(character: str) -> None:
    """docs/protocol.md, section 1.2."""
    text = character * (100_000 // len(character))

    check_density(json.dumps([{"text": text}]).encode())


@pytest.mark.parametrize(
    "part",
    ["arrays", "objects", "keys", "keys of one object", "commas", "escaped", "strings", "digits"],
)
def test_as_much_as_is_allowed_is_let_through_and_one_more_is_not(part: str) -> None:
    """docs/protocol.md, section 1.2."""
    padding = f'"{" " * limits.JSON_SPARSE_BYTES}"'
    escaped = padding.replace(" ", "\\n", 1)
    allowed, one_more = {
        "arrays": [f"[{'[],' * (arrays - 1)}{'1,' * FEW}{padding}]" for arrays in _around(ARRAYS)],
        "strings": [f"[{_pairs(strings)}]" for strings in _around(STRINGS)],
        "keys": [f"[{_objects(keys, EACH)},{padding}]" for keys in _around(KEYS)],
        "keys of one object": [
            f"[{_objects(FEW, keys)},{{{_keys(keys)}}},{padding}]" for keys in _around(EACH)
        ],
        "objects": [f"[{_objects(count, 1)},{padding}]" for count in _around(OBJECTS)],
        "commas": [f"[{'1,' * commas}{padding}]" for commas in _around(COMMAS)],
        "escaped": [f"[{'1,' * commas}{escaped}]" for commas in _around(ESCAPED_COMMAS)],
        "digits": [f"[{'9' * digits}{',1' * FEW},{padding}]" for digits in _around(DIGITS)],
    }[part]

    check_density(allowed.encode())

    with pytest.raises(MalformedFrame):
        check_density(one_more.encode())


def _objects(keys: int, each: int) -> str:
    """So many keys in objects of so many, and of fewer for the last one."""
    rest = ["{" + _keys(keys % each) + "}"] if keys % each else []
    return ",".join(["{" + _keys(each) + "}"] * (keys // each) + rest)


def _keys(count: int) -> str:
    return ",".join(['"":1'] * count)


def _pairs(strings: int) -> str:
    """So many, half of them keys, with as few commas as there can be, and one more if it is odd."""
    each = "{" + ",".join(['"":""'] * EACH) + "}"
    return ",".join([each] * (strings // (2 * EACH)) + ['""'] * (strings % 2))


def _around(limit: int) -> tuple[int, int]:
    return limit, limit + 1


def test_the_most_ids_and_the_longest_receipt_are_let_through() -> None:
    """docs/protocol.md, section 1.2."""
    ids = tuple(ALICE.account_id for _ in range(limits.WATCHED_MAX))
    watch = Watch(request=1, accounts=ids)
    ranges = tuple((first, first) for first in range(1, 2 * limits.RECEIPT_RANGES_MAX, 2))
    row = {"chain": hash_of("chain"), "ranges": ranges}

    check_density(json.dumps([row] * limits.RECEIPT_RANGES_MAX).encode(), RECEIPT)

    assert decode_frame(encode_frame(watch, Ack(1))) == [watch, Ack(1)]


@pytest.mark.parametrize("between", ["", '"":{},', '"":{"":{"":{"":1}}},'])
def test_a_message_of_many_unknown_keys_is_refused_before_any_is_noted(between: str) -> None:
    """docs/protocol.md, section 1.2: whatever stands between them."""
    keys = (_keys(EACH - 1) + "," + between) * 64
    bomb = f'[{{"type":"heartbeat",{keys}"":"{" " * limits.JSON_SPARSE_BYTES}"}}]'

    with pytest.raises(MalformedFrame, match="an object of more than 64 keys"):
        decode_frame(bomb.encode())


def test_a_signed_text_may_have_an_object_of_many_keys_that_we_do_not_know() -> None:
    """docs/protocol.md, section 3.1."""
    keys = ",".join(f'"{number}":1' for number in range(TEXT.most.keys - 1))

    check_density(f'{{"":{{{keys}}}}}'.encode(), TEXT)


@pytest.mark.parametrize(
    ("kind", "bounds", "length"),
    [
        ("presence", TEXT, limits.RECORD_CHARACTERS_MAX),
        ("receipt", RECEIPT, limits.SIGNED_CHARACTERS_MAX),
    ],
)
def test_a_signed_text_of_more_than_any_of_its_kind_has_is_malformed(
    kind: str, bounds: Bounds, length: int
) -> None:
    """docs/protocol.md, section 1.2."""
    nested = "[" + "[]," * bounds.most.arrays + "0]"
    bomb = signed_text(ALICE.key, kind, f'{{"kind":"{kind}","x":{nested}}}')
    assert len(bomb.signed) <= length

    with pytest.raises(MalformedFrame, match=f"arrays, at most {bounds.most.arrays}"):
        read_text(bomb)


def test_what_is_missing_is_told_without_what_is_there() -> None:
    """docs/protocol.md, section 11: to show everything around each would cost most of all."""
    with pytest.raises(MalformedFrame, match="returned: number is missing") as caught:
        decode_frame(b'[{"type":"returned","x":[{},{},{}]}]')

    assert caught.value.__cause__ is None


def test_of_many_wrong_fields_only_the_number_is_told() -> None:
    """docs/protocol.md, section 11: to write them all out would cost more than the frame."""
    unknown = ",".join(f'"{number}":1' for number in range(200))

    with pytest.raises(MalformedFrame, match="200 wrong fields"):
        decode_frame(f'[{{"type":"heartbeat",{unknown}}}]'.encode())
