"""Frames to messages and back. docs/protocol.md, sections 1.2 and 11."""

from collections.abc import Callable, Iterable, Sequence
from typing import cast

from pydantic_core import ErrorDetails, SchemaValidator, ValidationError, from_json, to_json
from pydantic_core import core_schema as core

from overlay import limits
from overlay.errors import (
    MalformedFrame,
    RemoteError,
    TooDeep,
    TooLarge,
    UnknownMessage,
    UnsupportedFrame,
)
from overlay.messages.clients import Deliver, Submit
from overlay.messages.links import Heartbeat
from overlay.messages.routing import Relay, Returned, Spread
from overlay.messages.signed import Signed
from overlay.messages.union import Message
from overlay.wire.density import check_density
from overlay.wire.schema.clients import CLIENTS
from overlay.wire.schema.gossip import GOSSIP
from overlay.wire.schema.links import LINKS
from overlay.wire.schema.routing import ROUTING
from overlay.wire.schema.signed import SIGNED

_MESSAGES = {**LINKS, **GOSSIP, **ROUTING, **CLIENTS}
_FRAME = SchemaValidator(
    core.list_schema(
        core.tagged_union_schema(_MESSAGES, "type"),
        min_length=1,
        max_length=limits.FRAME_MESSAGES_MAX,
        fail_fast=True,
    )
)
_SIGNED = SchemaValidator(SIGNED)
_OPENINGS = {
    schema["cls"]: b'{"type":"' + name.encode() + b'"' for name, schema in _MESSAGES.items()
}
_HEARTBEAT = b'{"type":"heartbeat",' + to_json(Heartbeat())[1:]
CARRIES_ENVELOPE = (Relay, Returned, Spread, Deliver, Submit)
"""Messages that hold an envelope, of which a frame has a bounded number."""


def encode_message(message: Message) -> bytes:
    """One message as a JSON object; `join_frame` makes frames of them."""
    if isinstance(message, Heartbeat) and message.root is None and not message.wants_echo:
        # Most of what is said in a quiet overlay.
        return _HEARTBEAT
    fields = to_json(message)
    separator = b"," if len(fields) > 2 else b""
    return _OPENINGS[type(message)] + separator + fields[1:]


def join_frame(messages: Iterable[bytes]) -> bytes:
    """A frame of encoded messages. The caller keeps to the limits of a frame."""
    return b"[" + b",".join(messages) + b"]"


def encode_frame(*messages: Message) -> bytes:
    """A frame of a few messages."""
    return join_frame(encode_message(message) for message in messages)


PLAIN_HEARTBEAT = join_frame([_HEARTBEAT])
"""The frame that a quiet link carries, as we write it."""


Decode = Callable[[bytes], Sequence[Message]]
"""`decode_frame`, or what remembers its answers."""


def decode_frame(data: bytes) -> list[Message]:
    """Read the messages of one frame.

    Raises a `RemoteError` that closes the link: `TooLarge`, `TooDeep`,
    `UnsupportedFrame`, `UnknownMessage` or `MalformedFrame`; its detail says
    which message and field.
    """
    if len(data) > limits.FRAME_BYTES_MAX:
        raise TooLarge(f"{len(data)} bytes, at most {limits.FRAME_BYTES_MAX}")
    if data[:1] == b"{":
        raise UnsupportedFrame("binary frames are reserved for file chunks")
    is_dense = check_density(data)
    try:
        # An error shows what was there: Python objects, which of JSON are made for that alone.
        # Making them of everything first is dearer by a tenth where nothing is wrong.
        messages: list[Message] = (
            _FRAME.validate_python(from_json(data, allow_inf_nan=False))
            if is_dense
            else _FRAME.validate_json(data)
        )
    except ValidationError as error:
        raise frame_error(error) from None
    except ValueError as error:
        raise _json_error(str(error)) from None
    if len(messages) > limits.FRAME_ENVELOPES_MAX:
        envelopes = sum(isinstance(message, CARRIES_ENVELOPE) for message in messages)
        if envelopes > limits.FRAME_ENVELOPES_MAX:
            raise MalformedFrame(f"{envelopes} envelopes, at most {limits.FRAME_ENVELOPES_MAX}")
    return messages


def frame_error(error: ValidationError) -> RemoteError:
    """The refusal that says what is wrong first."""
    if error.error_count() > limits.FRAME_ERRORS_MAX:
        return MalformedFrame(f"{error.error_count()} wrong fields")
    first = first_wrong(error)
    where = ".".join(str(part) for part in first["loc"])
    detail = f"{where}: {first['msg']}" if where else first["msg"]
    detail = detail[: limits.DETAIL_CHARACTERS_MAX]
    if first["type"] == "json_invalid":
        return _json_error(detail)
    if first["type"] == "union_tag_invalid":
        return UnknownMessage(detail)
    return MalformedFrame(detail)


def first_wrong(error: ValidationError) -> ErrorDetails:
    """What is wrong first, without the input: to make objects of that can cost most of all."""
    return error.errors(include_url=False, include_input=False, include_context=False)[0]


def _json_error(detail: str) -> RemoteError:
    return TooDeep(detail) if "recursion limit" in detail else MalformedFrame(detail)


def read_json(data: bytes | str) -> object:
    """Any JSON value, without NaN and infinities. Raises `MalformedFrame`."""
    try:
        return from_json(data, allow_inf_nan=False)
    except ValueError as error:
        raise MalformedFrame(str(error)) from None


def write_json(value: object) -> bytes:
    """The reverse. Raises `ValueError` for what has no JSON, such as half a surrogate pair."""
    return to_json(value)


def write_signed(signed: Signed) -> bytes:
    """One signed text by itself, for a disk."""
    return to_json(signed)


def read_signed(data: bytes) -> Signed:
    """The reverse. Raises `MalformedFrame`."""
    try:
        return cast(Signed, _SIGNED.validate_json(data))  # the schema makes it
    except ValidationError as error:
        raise MalformedFrame(str(frame_error(error))) from None
