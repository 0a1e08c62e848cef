"""Turns the facts that machines report into log lines, and lets no secret into one."""

import dataclasses
import logging
import os
import re
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence, Set
from time import monotonic
from typing import ClassVar, Final, Protocol, TextIO

import structlog

from overlay import limits
from overlay.errors import UsageError

ID_CHARACTERS: Final = 8
"""What a log line shows of an id: enough to tell thousands apart."""

SECRET_WORDS: Final = frozenset({"text", "body", "key", "seed"})
"""A fact with a field of such a name, or of one that ends so, must not be logged."""

_OUR_FIELDS: Final = frozenset({"event", "level", "timestamp"})
_DEFAULT_LEVEL: Final = "info"
_ENCODED: Final = re.compile(r"[A-Za-z0-9_-]{22}|[A-Za-z0-9_-]{43}|[A-Za-z0-9_-]{86}")
_WORD_START: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


@dataclasses.dataclass(frozen=True, slots=True)
class LinesLeftOut:
    """So many facts of a kind were not written, since too many of it came within a second."""

    level: ClassVar[str] = "warning"
    fact: str
    count: int


class _Logger(Protocol):
    def log(self, level: int, event: str, **fields: object) -> None: ...


class Reports:
    """Called with a fact, writes one line: the fact's name, and its fields made short.

    A fact is a dataclass. Its level is its class attribute `level`, else info.
    Lines are JSON, or made for people. Raises: `UsageError` for a fact that has
    a field for a secret, or is no dataclass: a defect of whoever logs it.

    Of a kind above debug at most `LOG_LINES_SECOND_MAX` are written in a second;
    the first fact of any kind in a later one has told before it how many were not.
    """

    def __init__(
        self,
        output: TextIO | None = None,
        *,
        as_json: bool = False,
        least_level: str = "info",
        clock: Callable[[], float] = monotonic,
    ) -> None:
        output = sys.stderr if output is None else output
        self._least_level = _number(least_level)
        # Kept, since every envelope has several facts, most of them not written.
        self._levels: dict[type, int] = {}
        self._clock = clock
        self._second = 0
        self._seen: Counter[type] = Counter()
        self._logger: _Logger = structlog.wrap_logger(
            structlog.WriteLogger(output),
            processors=[
                structlog.processors.add_log_level,
                structlog.processors.TimeStamper(fmt="iso"),
                _json_lines() if as_json else _lines_for_people(wants_colours(output, os.environ)),
            ],
            wrapper_class=structlog.make_filtering_bound_logger(self._least_level),
        )

    def __call__(self, fact: object) -> None:
        level = self._levels.get(type(fact))
        if level is None:
            level = self._levels[type(fact)] = _checked_level(type(fact))
        if level < self._least_level:
            return
        second = int(self._clock())
        if second != self._second:
            self._begin_second(second)
        self._seen[type(fact)] += 1
        if level <= logging.DEBUG or self._seen[type(fact)] <= limits.LOG_LINES_SECOND_MAX:
            self._write(level, fact)

    def _begin_second(self, second: int) -> None:
        seen, self._seen, self._second = self._seen, Counter(), second
        for kind, count in seen.items():
            left_out = count - limits.LOG_LINES_SECOND_MAX
            if left_out > 0 and self._levels[kind] > logging.DEBUG:
                told = LinesLeftOut(fact=event_name(kind), count=left_out)
                self._write(logging.WARNING, told)

    def _write(self, level: int, fact: object) -> None:
        self._logger.log(level, event_name(type(fact)), **shown_fields(fact))


def _checked_level(kind: type) -> int:
    # Also of what is not written: a defect must not hide behind a level.
    _field_names(kind)
    return _number(getattr(kind, "level", _DEFAULT_LEVEL))


def _number(level: str) -> int:
    return logging.getLevelNamesMapping()[level.upper()]


def wants_colours(output: TextIO, environment: Mapping[str, str]) -> bool:
    """Whether `output` is a terminal whose user has not asked for no colours: no-color.org."""
    return output.isatty() and not environment.get("NO_COLOR")


def _json_lines() -> structlog.typing.Processor:
    return structlog.processors.JSONRenderer(ensure_ascii=False)


def _lines_for_people(has_colours: bool) -> structlog.typing.Processor:
    return structlog.dev.ConsoleRenderer(colors=has_colours, sort_keys=False)


def event_name(kind: type) -> str:
    """`LinkLost` is told as `link_lost`."""
    return _WORD_START.sub("_", kind.__name__).lower()


def shown_fields(fact: object) -> dict[str, object]:
    """The fields of a fact as a log line shows them. Raises: as `Reports`."""
    return {name: _shown(getattr(fact, name)) for name in _field_names(type(fact))}


def _field_names(kind: type) -> tuple[str, ...]:
    if not dataclasses.is_dataclass(kind):
        raise UsageError(f"{kind.__name__} is no fact")
    names = tuple(field.name for field in dataclasses.fields(kind))
    for name in names:
        if name in _OUR_FIELDS or name.rpartition("_")[2] in SECRET_WORDS:
            raise UsageError(f"a log must not hold {kind.__name__}.{name}")
    return names


def _shown(value: object) -> object:
    match value:
        case None | bool() | int() | float():
            return value
        case str():
            return _shown_text(value)
        case bytes():
            return f"<{len(value)} bytes>"
        case Mapping():
            return {str(_shown(key)): _shown(item) for key, item in value.items()}
        case Set():
            return sorted(str(_shown(item)) for item in value)
        case Sequence():
            return [_shown(item) for item in value]
        case _:
            return shown_fields(value)


def _shown_text(text: str) -> str:
    if _ENCODED.fullmatch(text):
        return text[:ID_CHARACTERS]
    # Peers choose names and details: none may move a cursor or forge a line.
    text = text if text.isprintable() else text.encode("unicode_escape").decode("ascii")
    return text[: limits.DETAIL_CHARACTERS_MAX]
