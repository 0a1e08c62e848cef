"""What a value is like, in a few words: the same ones for values that differ in little."""

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass


def shapes(value: object, place: str = "") -> Iterator[str]:
    """What each of its parts is like: its type and order of magnitude."""
    if is_dataclass(value):
        for field in fields(value):
            name = f"{type(value).__name__}.{field.name}"
            yield from shapes(getattr(value, field.name), name)
        return
    match value:
        case None | bool():
            yield f"{place} {value}"
        case int():
            yield f"{place} {value.bit_length() // 8}"
        case str() | bytes() | dict():
            yield f"{place} {len(value).bit_length()}"
        case tuple() | list():
            yield f"{place} {len(value).bit_length()}"
            for part in value[:4]:
                yield from shapes(part, place)
        case _:
            yield f"{place} {type(value).__name__}"


def words(code: str, detail: str) -> str:
    """What is said of something refused, and in which field; not what the peer wrote there."""
    where, _, what = detail.partition(": ")
    field = ".".join(where.split(".")[:3]) if what else ""
    return f"{code} {re.sub('[0-9]+', '0', f'{field[:40]} {what or where}'.split(chr(39))[0])[:80]}"
