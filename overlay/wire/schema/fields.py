"""The bounded field types that every chapter uses, and how a dataclass gets its schema.

The schemas are written for pydantic-core directly: one pass in native code
from JSON bytes to the frozen dataclasses of `overlay.messages`.
"""

from typing import NoReturn

from pydantic_core import CoreSchema
from pydantic_core import core_schema as core

from overlay import limits
from overlay.errors import MalformedFrame

_ALPHABET = "[A-Za-z0-9_-]"


def base64url(size_bytes: int) -> CoreSchema:
    """Unpadded base64url of exactly `size_bytes`; spare bits must be zero."""
    whole, spare = divmod(size_bytes * 8, 6)
    last = {0: "", 2: "[AQgw]", 4: "[AEIMQUYcgkosw048]"}[spare]
    return core.str_schema(pattern=f"^{_ALPHABET}{{{whole}}}{last}$", strict=True)


def integer(maximum: int = limits.INTEGER_MAX, minimum: int = 0) -> CoreSchema:
    return core.int_schema(ge=minimum, le=maximum, strict=True)


def text(maximum: int, minimum: int = 0) -> CoreSchema:
    return core.str_schema(min_length=minimum, max_length=maximum, strict=True)


def matching(pattern: str, maximum: int | None = None) -> CoreSchema:
    return core.str_schema(pattern=pattern, max_length=maximum, strict=True)


def one_of(*values: str) -> CoreSchema:
    return core.literal_schema(list(values))


# Arrays stop at the first wrong item: gathering a hundred thousand errors that nobody reads
# would let one frame cost a fifth of a second.


def several(item: CoreSchema, maximum: int, minimum: int = 0) -> CoreSchema:
    return core.tuple_schema(
        [item],
        variadic_item_index=0,
        min_length=minimum,
        max_length=maximum,
        fail_fast=True,
        strict=False,
    )


def exactly(*items: CoreSchema) -> CoreSchema:
    return core.tuple_schema(list(items), fail_fast=True, strict=False)


def nullable(schema: CoreSchema) -> CoreSchema:
    return core.nullable_schema(schema)


def call_with_pair(make: type, first: CoreSchema, second: CoreSchema) -> CoreSchema:
    """A two-element array that becomes a named tuple."""
    return core.no_info_after_validator_function(lambda pair: make(*pair), exactly(first, second))


class Optional:
    """Marks a field that may be left out, and then has its dataclass's default."""

    def __init__(self, schema: CoreSchema, default: object = None) -> None:
        self.schema = core.with_default_schema(schema, default=default)


Field = CoreSchema | Optional


def _needed(schema: CoreSchema, known_as: str, name: str) -> CoreSchema:
    """A field that must be there.

    The parser itself would make Python objects of everything around each that is missing, to
    show it: ten milliseconds for a frame of arrays. Raised here, the first one ends the reading.
    """

    def missing() -> NoReturn:
        raise MalformedFrame(f"{known_as}: {name} is missing")

    return core.with_default_schema(schema, default_factory=missing)


def _dataclass(
    cls: type, fields: dict[str, Field], fixed: dict[str, str], *, allows_unknown: bool
) -> CoreSchema:
    known_as = next(iter(fixed.values()), cls.__name__)
    arguments = [
        core.dataclass_field(
            name,
            field.schema if isinstance(field, Optional) else _needed(field, known_as, name),
            kw_only=False,
        )
        for name, field in fields.items()
    ]
    arguments += [
        core.dataclass_field(
            name, _needed(core.literal_schema([value]), known_as, name), init_only=True
        )
        for name, value in fixed.items()
    ]
    return core.dataclass_schema(
        cls,
        core.dataclass_args_schema(
            cls.__name__,
            arguments,
            extra_behavior="ignore" if allows_unknown else "forbid",
        ),
        list(fields),
        slots=True,
        frozen=True,
        strict=False,
    )


def value(cls: type, **fields: Field) -> CoreSchema:
    """A part of a message. Unknown fields are refused."""
    return _dataclass(cls, fields, {}, allows_unknown=False)


def message(cls: type, type_name: str, **fields: Field) -> CoreSchema:
    """A message with its `type`. Unknown fields are refused."""
    return _dataclass(cls, fields, {"type": type_name}, allows_unknown=False)


def signed_text(cls: type, kind: str, **fields: Field) -> CoreSchema:
    """A text that is signed, with its `kind`. Unknown fields are ignored: they are carried."""
    owned: dict[str, Field] = {"signer": ID, "salt": SALT, **fields}
    return _dataclass(cls, owned, {"kind": kind}, allows_unknown=True)


def open_text(cls: type, **fields: Field) -> CoreSchema:
    """Any other text inside a message. Unknown fields are ignored."""
    return _dataclass(cls, fields, {}, allows_unknown=True)


ID = base64url(32)
HASH = base64url(32)
SALT = base64url(16)
KEY_ID = base64url(16)
SIGNATURE = base64url(64)
NUMBER = integer(minimum=1)
COUNT = integer()
BASE64URL = f"^{_ALPHABET}+$"
LABEL = matching(f"^[a-z0-9_-]{{1,{limits.NETWORK_CHARACTERS_MAX}}}$")
CODE = matching("^[a-z0-9_]{1,40}$")
NAME = matching(rf"^[^\x00-\x1f\x7f]{{1,{limits.NAME_CHARACTERS_MAX}}}$")
CHANNEL = matching(rf"^[^\s\x00-\x1f\x7f#]{{1,{limits.CHANNEL_CHARACTERS_MAX}}}$")
ADDRESS = matching(rf"^wss?://[^\s\x00-\x1f]{{1,{limits.ADDRESS_CHARACTERS_MAX - 6}}}$")
BOOLEAN = core.bool_schema(strict=True)
MARK = core.no_info_after_validator_function(bool, core.nullable_schema(BOOLEAN))
"""A boolean that may be null, which is false."""
