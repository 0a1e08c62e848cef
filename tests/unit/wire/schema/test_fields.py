"""The bounded field types that every chapter uses."""

from dataclasses import dataclass

import pytest
from pydantic_core import CoreSchema, SchemaValidator, ValidationError

from overlay.crypto.encoding import encode
from overlay.errors import MalformedFrame
from overlay.wire.schema.fields import (
    ADDRESS,
    BOOLEAN,
    CHANNEL,
    CODE,
    COUNT,
    ID,
    KEY_ID,
    LABEL,
    MARK,
    NAME,
    NUMBER,
    SIGNATURE,
    Optional,
    base64url,
    exactly,
    message,
    open_text,
    several,
)

GOOD: list[tuple[CoreSchema, str]] = [
    (ID, encode(bytes(range(32)))),
    (KEY_ID, encode(bytes(16))),
    (SIGNATURE, encode(bytes(64))),
    (NAME, "Zoë 🦊"),
    (NAME, "x" * 64),
    (NAME, "🦊" * 64),
    (CHANNEL, "garden"),
    (LABEL, "a-b_9"),
    (CODE, "wrong_proof"),
    (ADDRESS, "ws://127.0.0.1:7000/overlay"),
    (ADDRESS, "wss://[::1]:1/overlay"),
]
BAD: list[tuple[CoreSchema, str]] = [
    (ID, encode(bytes(31))),
    (ID, encode(bytes(33))),
    (ID, encode(bytes(32)) + "="),
    (ID, "A" * 42 + "B"),
    (ID, "A" * 42 + "\n"),
    (ID, "A" * 43 + "\n"),
    (ID, "+" + "A" * 42),
    (KEY_ID, "A" * 21 + "B"),
    (NAME, ""),
    (NAME, "x" * 65),
    (NAME, "a\x00"),
    (NAME, "a\x7f"),
    (CHANNEL, "a b"),
    (CHANNEL, "a\u00a0b"),
    (LABEL, "Upper"),
    (LABEL, "x" * 33),
    (CODE, "x" * 41),
    (ADDRESS, "http://a"),
    (ADDRESS, "ws://"),
    (ADDRESS, "ws://a b"),
    (ADDRESS, "ws://" + "a" * 300),
]


@pytest.mark.parametrize(("schema", "text"), GOOD)
def test_texts_within_their_bounds_are_taken_as_they_are(schema: CoreSchema, text: str) -> None:
    """docs/protocol.md, section 1.2."""
    assert SchemaValidator(schema).validate_python(text) == text


@pytest.mark.parametrize(("schema", "text"), BAD)
def test_texts_out_of_their_bounds_are_not(schema: CoreSchema, text: str) -> None:
    """docs/protocol.md, section 1.2."""
    with pytest.raises(ValidationError):
        SchemaValidator(schema).validate_python(text)


@pytest.mark.parametrize("size", [1, 2, 3, 16, 32, 64])
def test_base64url_of_each_length_has_its_last_character_checked(size: int) -> None:
    """docs/protocol.md, section 1.2: spare bits are zero."""
    validator = SchemaValidator(base64url(size))

    for byte in (0, 1, 0x7F, 0xFF):
        text = encode(bytes(size - 1) + bytes([byte]))
        assert validator.validate_python(text) == text


@pytest.mark.parametrize(
    ("schema", "value", "is_taken"),
    [
        (COUNT, 0, True),
        (COUNT, -1, False),
        (COUNT, 2**53 - 1, True),
        (COUNT, 2**53, False),
        (COUNT, True, False),
        (COUNT, 1.0, False),
        (COUNT, "1", False),
        (NUMBER, 0, False),
        (NUMBER, 1, True),
        (BOOLEAN, None, False),
        (BOOLEAN, 1, False),
    ],
)
def test_numbers_are_whole_and_bounded(schema: CoreSchema, value: object, is_taken: bool) -> None:
    """docs/protocol.md, section 1.2."""
    validator = SchemaValidator(schema)

    if is_taken:
        assert validator.validate_python(value) == value
    else:
        with pytest.raises(ValidationError):
            validator.validate_python(value)


@pytest.mark.parametrize(("value", "read"), [(True, True), (False, False), (None, False)])
def test_a_mark_may_be_null(value: bool | None, read: bool) -> None:
    """docs/protocol.md, section 1.2."""
    assert SchemaValidator(MARK).validate_python(value) is read


def test_arrays_are_bounded_and_stop_at_the_first_wrong_item() -> None:
    """docs/protocol.md, section 1.2: an array of wrong items costs no more errors than two."""
    validator = SchemaValidator(several(COUNT, 300, minimum=1))
    assert validator.validate_python([1, 2, 3]) == (1, 2, 3)

    for wrong in ([], [1] * 301, [-1] * 300):
        with pytest.raises(ValidationError) as caught:
            validator.validate_python(wrong)
        assert caught.value.error_count() <= 2
    with pytest.raises(ValidationError):
        SchemaValidator(exactly(COUNT, COUNT)).validate_python([1])


@dataclass(frozen=True, slots=True)
class Knock:
    times: int
    loudly: bool = False


def test_a_message_has_a_type_and_nothing_unknown() -> None:
    """docs/protocol.md, section 1.2."""
    schema = message(Knock, "knock", times=COUNT, loudly=Optional(BOOLEAN, False))
    validator = SchemaValidator(schema)

    assert validator.validate_json('{"type":"knock","times":2}') == Knock(2)
    for wrong in (
        '{"type":"ring","times":2}',
        '{"type":"knock","times":2,"colour":"red"}',
    ):
        with pytest.raises(ValidationError):
            validator.validate_json(wrong)
    for without, missing in (('{"times":2}', "type"), ('{"type":"knock"}', "times")):
        with pytest.raises(MalformedFrame, match=f"knock: {missing} is missing"):
            validator.validate_json(without)


def test_a_text_inside_may_have_unknown_fields() -> None:
    """docs/protocol.md, sections 2.1 and 3.1."""
    validator = SchemaValidator(open_text(Knock, times=COUNT, loudly=BOOLEAN))

    read = validator.validate_json('{"times":2,"loudly":true,"colour":"red"}')

    assert read == Knock(2, loudly=True)
