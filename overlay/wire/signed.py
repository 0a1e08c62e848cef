"""The texts that are signed or sealed: written once by their signer, read by everybody else.

docs/protocol.md, sections 3.1, 5.2, 7.1 and 9.
"""

from typing import cast

from pydantic_core import SchemaValidator, ValidationError, to_json

from overlay import limits
from overlay.errors import MalformedFrame, Mismatch, TooLarge
from overlay.messages.envelopes import ChainOpening, Envelope, MessageText
from overlay.messages.links import Introduction
from overlay.messages.records import Bundle, Record
from overlay.messages.signed import RECORD_KINDS, Signed
from overlay.wire.codec import first_wrong, frame_error
from overlay.wire.density import RECEIPT, TEXT, check_density
from overlay.wire.schema.envelopes import ENVELOPES, MESSAGE_TEXT, OPENING
from overlay.wire.schema.links import INTRODUCTION
from overlay.wire.schema.records import RECORDS

Signable = Record | Bundle | Envelope

_SCHEMAS = {**RECORDS, **ENVELOPES}
_VALIDATORS = {kind: SchemaValidator(schema) for kind, schema in _SCHEMAS.items()}
_KIND_OF = {schema["cls"]: kind for kind, schema in _SCHEMAS.items()}
_SHORT = RECORD_KINDS | {"bundle"}
"""Kinds that travel inside other messages, which must hold them whatever they contain."""
_INTRODUCTION = SchemaValidator(INTRODUCTION)
_OPENING = SchemaValidator(OPENING)
_MESSAGE_TEXT = SchemaValidator(MESSAGE_TEXT)


def kind_of(value: Signable) -> str:
    """The kind that a value is signed as."""
    return _KIND_OF[type(value)]


def write_text(value: Signable) -> str:
    """The text that its signer signs. Called once for each statement; never to repeat another's."""
    fields = to_json(value).decode()
    return f'{{"kind":"{kind_of(value)}",{fields[1:]}'


def read_text(signed: Signed) -> Signable:
    """The reading of signed text, whose signature the caller checks.

    Raises `Mismatch` where the text contradicts kind or signer outside it,
    `MalformedFrame` where it is not of its kind, `TooLarge` for a long record or bundle.
    """
    validator = _VALIDATORS.get(signed.kind)
    if validator is None:
        raise MalformedFrame(f"unknown kind {signed.kind!r}")
    if signed.kind in _SHORT and len(signed.signed) > limits.RECORD_CHARACTERS_MAX:
        raise TooLarge(f"a {signed.kind} of {len(signed.signed)} characters")
    if len(signed.signed) > limits.JSON_SPARSE_BYTES:
        # Half a surrogate pair has no bytes, and the parser finds that out as well.
        bounds = RECEIPT if signed.kind == "receipt" else TEXT
        check_density(signed.signed.encode(errors="replace"), bounds)
    try:
        value = cast(Signable, validator.validate_json(signed.signed))  # the schema makes it
    except ValidationError as error:
        if "kind" in first_wrong(error)["loc"]:
            raise Mismatch("the kind in the text is another") from None
        raise frame_error(error) from None
    if value.signer != signed.signer:
        raise Mismatch("the signer in the text is another")
    return value


def write_introduction(introduction: Introduction) -> str:
    """The text of a hello."""
    return to_json(introduction).decode()


def read_introduction(text: str) -> Introduction:
    """Raises `MalformedFrame`."""
    return cast(Introduction, _read(_INTRODUCTION, text))


def write_opening(opening: ChainOpening) -> bytes:
    """What a chain start seals, before padding."""
    return to_json(opening)


def read_opening(data: bytes) -> ChainOpening:
    """Raises `MalformedFrame`."""
    return cast(ChainOpening, _read(_OPENING, data))


def write_message_text(text: MessageText) -> bytes:
    """What a message seals, before padding."""
    return to_json(text)


def read_message_text(data: bytes) -> MessageText:
    """Raises `MalformedFrame`."""
    return cast(MessageText, _read(_MESSAGE_TEXT, data))


def _read(validator: SchemaValidator, data: str | bytes) -> object:
    try:
        return validator.validate_json(data)
    except ValidationError as error:
        raise frame_error(error) from None
