"""Frozen dataclasses as JSON and back, checked field by field."""

from collections.abc import Sequence
from dataclasses import MISSING, fields, is_dataclass
from types import UnionType
from typing import Literal, TypeVar, Union, get_args, get_origin, get_type_hints

Json = None | bool | int | float | str | Sequence["Json"] | dict[str, "Json"]
ValueT = TypeVar("ValueT")

KIND = "kind"
"""Says which of several dataclasses stands in a place."""


class Unreadable(Exception):
    """A file does not hold what it should; the text says what and where."""


def written(value: object) -> Json:
    """A dataclass as an object with its kind, a tuple as an array, the rest as it is."""
    if is_dataclass(value) and not isinstance(value, type):
        content: dict[str, Json] = {KIND: type(value).__name__}
        return content | {each.name: written(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, tuple | list):
        return [written(item) for item in value]
    if isinstance(value, dict):
        return {str(name): written(item) for name, item in value.items()}
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise TypeError(f"{type(value).__name__} has no place in a file")


def read(kind: type[ValueT], data: object, where: str) -> ValueT:
    """The dataclass that was written. Raises Unreadable."""
    value = _read(kind, data, where)
    assert isinstance(value, kind)
    return value


def _read(kind: object, data: object, where: str) -> object:
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        return _read_one_of(arguments, data, where)
    if origin is Literal:
        if data not in arguments:
            raise Unreadable(f"{where}: {data!r} is none of {', '.join(map(repr, arguments))}")
        return data
    if origin is tuple:
        return _read_tuple(arguments, data, where)
    if origin is dict:
        return _read_dict(arguments[1], data, where)
    if isinstance(kind, type) and is_dataclass(kind):
        return _read_fields(kind, data, where)
    # True is an int to Python, and 1 may stand for 1.0 in JSON.
    allowed = {float: (int, float)}.get(kind, (kind,))  # type: ignore[call-overload]  # kinds are few
    if type(data) not in allowed:
        raise Unreadable(f"{where}: {data!r} is no {getattr(kind, '__name__', kind)}")
    return data


def _read_one_of(kinds: Sequence[object], data: object, where: str) -> object:
    if data is None and type(None) in kinds:
        return None
    if isinstance(data, dict):
        for kind in kinds:
            if getattr(kind, "__name__", None) == data.get(KIND):
                return _read(kind, data, where)
        raise Unreadable(f"{where}: unknown kind {data.get(KIND)!r}")
    others = [kind for kind in kinds if kind is not type(None) and not is_dataclass(kind)]
    if len(others) != 1:
        raise Unreadable(f"{where}: {data!r} is no object")
    return _read(others[0], data, where)


def _read_tuple(arguments: Sequence[object], data: object, where: str) -> tuple[object, ...]:
    if not isinstance(data, list):
        raise Unreadable(f"{where}: {data!r} is no array")
    if arguments[-1] is Ellipsis:
        arguments = [arguments[0]] * len(data)
    if len(arguments) != len(data):
        raise Unreadable(f"{where}: {len(data)} items in place of {len(arguments)}")
    pairs = enumerate(zip(arguments, data, strict=True))
    return tuple(_read(kind, item, f"{where}[{number}]") for number, (kind, item) in pairs)


def _read_dict(kind: object, data: object, where: str) -> dict[str, object]:
    if not isinstance(data, dict):
        raise Unreadable(f"{where}: {data!r} is no object")
    return {str(name): _read(kind, item, f"{where}.{name}") for name, item in data.items()}


def _read_fields(kind: type, data: object, where: str) -> object:
    if not isinstance(data, dict) or data.get(KIND) != kind.__name__:
        raise Unreadable(f"{where}: no {kind.__name__}")
    hints, values = get_type_hints(kind), dict[str, object]()
    unknown = [name for name in data if name != KIND and name not in hints]
    if unknown:
        raise Unreadable(f"{where}: unknown field {unknown[0]!r}")
    for each in fields(kind):
        if each.name in data:
            values[each.name] = _read(hints[each.name], data[each.name], f"{where}.{each.name}")
        elif each.default is MISSING and each.default_factory is MISSING:
            raise Unreadable(f"{where}: {each.name!r} is missing")
    return kind(**values)
