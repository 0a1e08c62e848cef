"""Log lines: what a fact becomes, and what never gets into one."""

import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import pytest

from overlay import limits
from overlay.errors import UsageError
from overlay.messages.ids import NodeId, Order
from overlay.runtime.reports import Reports, event_name, shown_fields, wants_colours

NORTH = NodeId("n" * 43)


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkLost:
    level: ClassVar[str] = "warning"
    node: NodeId
    reason: str


@dataclass(frozen=True, slots=True)
class Heard:
    level: ClassVar[str] = "debug"
    size: int


@dataclass(frozen=True, slots=True)
class Seen:
    what: object


def lines(*facts: object, least_level: str = "info") -> list[dict[str, object]]:
    """The JSON lines of `facts`, without their times."""
    output = io.StringIO()
    report = Reports(output, as_json=True, least_level=least_level)
    for fact in facts:
        report(fact)
    told = [json.loads(line) for line in output.getvalue().splitlines()]
    return [{key: line[key] for key in line if key != "timestamp"} for line in told]


def test_a_fact_becomes_a_line_with_its_name_level_and_fields() -> None:
    assert lines(LinkLost(node=NORTH, reason="reset"), Seen(True)) == [
        {"event": "link_lost", "level": "warning", "node": "nnnnnnnn", "reason": "reset"},
        {"event": "seen", "level": "info", "what": True},
    ]


class Clock:
    """Seconds that pass when the test says so."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_of_a_flood_of_one_kind_only_so_many_lines_a_second_are_written_and_the_rest_counted() -> (
    None
):
    output, clock = io.StringIO(), Clock()
    report = Reports(output, as_json=True, clock=clock)
    for number in range(limits.LOG_LINES_SECOND_MAX + 7):
        report(Seen(number))
    report(LinkLost(node=NORTH, reason="reset"))

    clock.now = 1.0
    report(Seen("again"))

    told = [json.loads(line) for line in output.getvalue().splitlines()]
    assert [line["event"] for line in told] == [
        *["seen"] * limits.LOG_LINES_SECOND_MAX,
        "link_lost",
        "lines_left_out",
        "seen",
    ]
    assert (told[-2]["fact"], told[-2]["count"]) == ("seen", 7)


def test_who_asks_for_every_debug_line_gets_every_one() -> None:
    count = limits.LOG_LINES_SECOND_MAX + 7

    assert len(lines(*[Heard(1)] * count, least_level="debug")) == count


def test_a_line_has_the_time_at_which_it_was_written() -> None:
    output = io.StringIO()

    Reports(output, as_json=True)(Seen(1))

    assert "timestamp" in json.loads(output.getvalue())


def test_facts_below_the_least_level_are_left_out() -> None:
    assert lines(Heard(1), least_level="info") == []
    assert [line["event"] for line in lines(Heard(1), least_level="debug")] == ["heard"]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (NORTH, "nnnnnnnn"),
        ("k" * 22, "kkkkkkkk"),
        ("s" * 86, "ssssssss"),
        ("north", "north"),
        ("ws://127.0.0.1:7001/overlay", "ws://127.0.0.1:7001/overlay"),
        (b"anything", "<8 bytes>"),
        (None, None),
        (1.5, 1.5),
        ((NORTH, 3), ["nnnnnnnn", 3]),
        (Order(1, 2), [1, 2]),
        ({NORTH: {"a": NORTH}}, {"nnnnnnnn": {"a": "nnnnnnnn"}}),
        (frozenset({"b", "a"}), ["a", "b"]),
        (Heard(3), {"size": 3}),
        ("x" * 1_000, "x" * 300),
        ("alice\n\x1b[2Jroot: all is well", "alice\\n\\x1b[2Jroot: all is well"),
        ("Zoë 🙂", "Zoë 🙂"),
    ],
)
def test_values_are_shown_short_and_harmless(value: object, shown: object) -> None:
    assert shown_fields(Seen(value)) == {"what": shown}


@dataclass(frozen=True, slots=True)
class WithText:
    text: str


@dataclass(frozen=True, slots=True)
class WithBody:
    sealed_body: bytes


@dataclass(frozen=True, slots=True)
class WithKey:
    key: str


@dataclass(frozen=True, slots=True)
class WithSeed:
    key_seed: bytes


@dataclass(frozen=True, slots=True)
class Holder:
    inside: Sequence[WithText]


@dataclass(frozen=True, slots=True)
class Level:
    level: str


@pytest.mark.parametrize(
    "fact",
    [
        WithText("hello bob"),
        WithBody(b"hello bob"),
        WithKey("secret"),
        WithSeed(b"secret"),
        Holder([WithText("hello bob")]),
        Level("high"),
        Seen(object()),
    ],
)
def test_a_fact_with_a_place_for_a_secret_is_refused(fact: object) -> None:
    with pytest.raises(UsageError):
        lines(fact)


def test_names_are_words_with_underscores() -> None:
    assert [event_name(kind) for kind in (LinkLost, Seen)] == ["link_lost", "seen"]


def test_lines_for_people_name_the_fact_and_carry_no_colour_into_a_file() -> None:
    output = io.StringIO()

    Reports(output)(LinkLost(node=NORTH, reason="reset"))

    assert "link_lost" in output.getvalue()
    assert "reason=reset" in output.getvalue()
    assert "\x1b" not in output.getvalue()


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_only_a_terminal_whose_user_likes_them_gets_colours() -> None:
    assert wants_colours(Terminal(), {})
    assert wants_colours(Terminal(), {"NO_COLOR": ""})
    assert not wants_colours(Terminal(), {"NO_COLOR": "1"})
    assert not wants_colours(io.StringIO(), {})
