"""What is said of a text that should be JSON and is none."""

import json

import pytest

from overlay.structures.broken_json import Flaw, flaw_of

VALUE = "a value: text in double quotes, a number, true, false, null, a list or an object"
COMMA = "a comma before the next entry, or the closing bracket"


def flaw(text: str) -> Flaw:
    with pytest.raises(json.JSONDecodeError) as error:
        json.loads(text)
    return flaw_of(text, error.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", Flaw(1, 1, "an empty file", "JSON")),
        (" \n ", Flaw(1, 1, "an empty file", "JSON")),
        ("{", Flaw(1, 2, "the end of the file", "a key in double quotes")),
        ("{'a': 1}", Flaw(1, 2, '"\'"', "a key in double quotes")),
        ('{\n  "a": north\n}', Flaw(2, 8, "'north'", VALUE)),
        ('{"a":\n', Flaw(2, 1, "the end of the file", VALUE)),
        ("[1,,2]", Flaw(1, 4, "','", VALUE)),
        ('{"a" 1}', Flaw(1, 6, "'1'", "a colon between the key and its value")),
        ('{"a": 1\n "b": 2}', Flaw(2, 2, "'\"'", COMMA)),
        ("{} x", Flaw(1, 4, "'x'", "nothing more after the end of the JSON")),
        ('{"a": "x}', Flaw(1, 7, "text that does not end", "a double quote at its end")),
    ],
)
def test_the_first_flaw_is_told_with_its_place_and_its_mend(text: str, expected: Flaw) -> None:
    assert flaw(text) == expected


@pytest.mark.parametrize(
    ("text", "line", "column", "closing"),
    [('{"a": 1,}', 1, 8, "}"), ("[1,\n]", 1, 3, "]"), ('{"a": [1 ,\n\n ]}', 1, 10, "]")],
)
def test_a_comma_after_the_last_entry_is_pointed_at(
    text: str, line: int, column: int, closing: str
) -> None:
    found = f"a comma before the closing {closing!r}"

    assert flaw(text) == Flaw(line, column, found, "no comma after the last entry")


@pytest.mark.parametrize(
    ("text", "found", "expected"),
    [
        ('["a\nb"]', "a line break, or another control character, within text", r"\n, \t"),
        (r'["\q"]', r"'\\'", "after a backslash one of"),
        ("\ufeff[]", "a byte order mark", "UTF-8 without"),
    ],
)
def test_what_cannot_be_seen_is_named(text: str, found: str, expected: str) -> None:
    told = flaw(text)

    assert told.found == found
    assert told.expected.startswith(expected)


def test_what_is_said_of_an_error_that_later_parsers_may_have() -> None:
    told = flaw_of("[?]", json.JSONDecodeError("Something new", "[?]", 1))

    assert told == Flaw(1, 2, "'?'", "JSON (Something new)")
