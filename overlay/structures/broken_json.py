"""What is wrong with a text that should be JSON, in words for whoever wrote it by hand."""

import json
import re
from typing import Final, NamedTuple

_WORD: Final = re.compile(r"[\w.+-]{1,20}|\S")
_VALUE: Final = "a value: text in double quotes, a number, true, false, null, a list or an object"

# By how the messages of Python's module json begin.
_EXPECTED: Final = {
    "Expecting value": _VALUE,
    "Expecting property name": "a key in double quotes",
    "Expecting ':'": "a colon between the key and its value",
    "Expecting ','": "a comma before the next entry, or the closing bracket",
    "Extra data": "nothing more after the end of the JSON",
    "Unterminated string": "a double quote at its end",
    "Invalid control character": r"\n, \t or the like for it, or the closing quote before it",
    "Invalid \\": r"after a backslash one of \" \\ / b f n r t, or u and four digits",
    "Unexpected UTF-8 BOM": "UTF-8 without a byte order mark",
}

# Where what stands there says too little.
_FOUND: Final = {
    "Unterminated string": "text that does not end",
    "Invalid control character": "a line break, or another control character, within text",
    "Unexpected UTF-8 BOM": "a byte order mark",
}


class Flaw(NamedTuple):
    """The first place where a text is no JSON, counted from 1; what is there, what should be."""

    line: int
    column: int
    found: str
    expected: str


def flaw_of(text: str, error: json.JSONDecodeError) -> Flaw:
    """Say in words what `error` found in `text`."""
    before, after = text[: error.pos].rstrip(), text[error.pos :].lstrip()
    if not before and not after:
        return _flaw(text, 0, "an empty file", "JSON")
    comma = _trailing_comma(text, error.pos)
    if comma is not None:
        found = f"a comma before the closing {text[comma + 1 :].lstrip()[0]!r}"
        return _flaw(text, comma, found, "no comma after the last entry")
    expected = _words(_EXPECTED, error) or f"JSON ({error.msg})"
    named = _words(_FOUND, error)
    if named is not None:
        return _flaw(text, error.pos, named, expected)
    word = _WORD.match(after)
    there = repr(word[0]) if word else "the end of the file"
    return _flaw(text, len(text) - len(after), there, expected)


def _words(table: dict[str, str], error: json.JSONDecodeError) -> str | None:
    return next((words for start, words in table.items() if error.msg.startswith(start)), None)


def _trailing_comma(text: str, position: int) -> int | None:
    """Where the comma stands that is the flaw: parsers point at it, or at what follows it."""
    if not text.startswith(",", position):
        position = len(text[:position].rstrip()) - 1
    follows = text[position + 1 :].lstrip()
    return position if text[position : position + 1] == "," and follows[:1] in ("]", "}") else None


def _flaw(text: str, position: int, found: str, expected: str) -> Flaw:
    line = text.count("\n", 0, position) + 1
    return Flaw(line, position - text.rfind("\n", 0, position), found, expected)
