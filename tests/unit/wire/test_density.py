"""What would cost a parser much is refused before it is parsed; what people write is not."""

import json

import pytest

from overlay import limits
from overlay.errors import MalformedFrame, RemoteError, TooDeep, UnknownMessage
from overlay.messages.clients import Found, Person, Present, Watch
from overlay.messages.gossip import Digest, DigestPart, Push
from overlay.messages.ids import LeafHash, NodeId
from overlay.messages.links import Ack
from overlay.wire.codec import decode_frame, encode_frame, encode_message, join_frame
from overlay.wire.density import FRAME, RECEIPT, TEXT, Bounds, check_density, parts_in
from overlay.wire.signed import read_text
from tests.support.people import a_client, hash_of, signed_text

ALICE = a_client("alice")
ARRAYS, OBJECTS, KEYS, COMMAS = FRAME.arrays, FRAME.objects, FRAME.keys, FRAME.commas
FEW, PARTS = FRAME.few, FRAME.parts
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
    ["arrays", "objects", "keys", "keys of one object", "parts", "commas", "digits"],
)
def test_as_much_as_is_allowed_is_let_through_and_one_more_is_not(part: str) -> None:
    """docs/protocol.md, section 1.2."""
    padding = f'"{" " * limits.JSON_SPARSE_BYTES}"'
    allowed, one_more = {
        "arrays": [f"[{'[],' * (arrays - 1)}{'1,' * FEW}{padding}]" for arrays in _around(ARRAYS)],
        "parts": [f"[{'[],' * (ARRAYS - 1)}{_many_objects(parts)}]" for parts in _around(PARTS)],
        "keys": [f"[{_objects(keys, EACH)},{padding}]" for keys in _around(KEYS)],
        "keys of one object": [
            f"[{_objects(FEW, keys)},{{{_keys(keys)}}},{padding}]" for keys in _around(EACH)
        ],
        "objects": [f"[{_objects(count, 1)},{padding}]" for count in _around(OBJECTS)],
        "commas": [f"[{'1,' * commas}{padding}]" for commas in _around(COMMAS)],
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


def _many_objects(parts: int) -> str:
    """As many objects as there may be, and keys to so many parts, with as many arrays."""
    of_two = parts - ARRAYS - 2 * OBJECTS
    return ",".join(['{"":1,"":1}'] * of_two + ['{"":1}'] * (OBJECTS - of_two))


def _around(limit: int) -> tuple[int, int]:
    return limit, limit + 1


@pytest.mark.parametrize("records", range(8))
def test_as_many_digests_as_the_first_release_put_in_a_frame_are_let_through(records: int) -> None:
    """docs/protocol.md, section 1.2: 8,192 arrays, objects and keys, of these 5,120 keys."""
    leaves = (LeafHash(hash_of("leaf")),) * records
    parts = (DigestPart(prefix="ab", count=records, leaves=leaves),) * limits.DIGEST_PARTS_MAX
    data = encode_message(Digest(parts))
    most, keys = parts_in(data)

    count = min(8_191 // most, 5_120 // keys, (limits.FRAME_BYTES_MAX - 1) // (len(data) + 1))

    assert count > 32
    assert decode_frame(join_frame([data] * count)) == [Digest(parts)] * count


def test_a_frame_full_of_people_and_one_full_of_records_are_let_through() -> None:
    """docs/protocol.md, section 1.2: no sender counts what is in these."""
    attach = ALICE.attach_at(NodeId(ALICE.key.id))
    person = Person(
        account=attach.account, present=(Present(presence=attach.presence, home_name="north"),)
    )
    slot = '{"kind":"slot","signer":"%s","salt":"%s","incarnation":1,"version":1,"slot":0}'
    shortest = signed_text(ALICE.key, "slot", slot % (ALICE.key.id, "A" * 22))
    for message in (
        Push((shortest,) * limits.DELTA_RECORDS_MAX),
        Found(request=1, people=(person,) * limits.PEOPLE_PER_MESSAGE_MAX, is_last=False),
    ):
        data = encode_message(message)
        count = (limits.FRAME_BYTES_MAX - 1) // (len(data) + 1)

        assert decode_frame(join_frame([data] * count)) == [message] * count


@pytest.mark.parametrize(
    ("message", "error", "words"),
    [
        ('{"type":"ack","number":[VALUES]}', MalformedFrame, "0.ack.number: Input should be a"),
        ('{"type":"no","x":[VALUES]}', UnknownMessage, "0: Input tag 'no' found"),
        ("[VALUES],DEEP", TooDeep, "recursion limit exceeded"),
        ('{"type":"ack","x":[VALUES,}', MalformedFrame, "expected value at line 1"),
    ],
)
def test_what_is_wrong_among_many_values_is_told_as_in_any_frame(
    message: str, error: type[RemoteError], words: str
) -> None:
    """docs/protocol.md, section 11."""
    filled = message.replace("VALUES", ",".join(["1"] * 2 * FEW)).replace("DEEP", "[" * 300)

    with pytest.raises(error, match=words) as caught:
        decode_frame(f"[{filled}]".encode())

    assert caught.value.__cause__ is None


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
    keys = ",".join(f'"{number}":1' for number in range(TEXT.parts - 3))

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
    nested = "[" + "[]," * bounds.parts + "0]"
    bomb = signed_text(ALICE.key, kind, f'{{"kind":"{kind}","x":{nested}}}')
    assert len(bomb.signed) <= length

    with pytest.raises(MalformedFrame, match=f"keys, at most {bounds.parts}"):
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
