"""What a line typed in a chat means."""

import pytest

from overlay.cli.chat_lines import (
    Continue,
    Help,
    Join,
    Leave,
    Line,
    People,
    Quit,
    Say,
    To,
    Wrong,
    read_line,
)


@pytest.mark.parametrize(
    ("line", "meaning"),
    [
        ("/to bob hello there", To("bob", "hello there")),
        ("/to bob@north  hi ", To("bob@north", "hi")),
        ('/to "bob of the north" hi', To("bob of the north", "hi")),
        ("/TO bob hi", To("bob", "hi")),
        ("/join general", Join("general")),
        ("/msg hello, all", Say("hello, all")),
        ("/leave", Leave(None)),
        ("/leave general", Leave("general")),
        ("/people", People()),
        ("/help", Help()),
        ("/quit", Quit()),
        ("hello", Continue("hello")),
        ("  hello  ", Continue("hello")),
        ("//home is a path", Continue("/home is a path")),
        ("", None),
        ("   ", None),
    ],
)
def test_a_line_means_one_thing(line: str, meaning: Line | None) -> None:
    assert read_line(line) == meaning


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("/to", "/to NAME TEXT"),
        ("/to bob", "/to NAME TEXT"),
        ('/to "bob', "/to NAME TEXT"),
        ('/to "" hi', "/to NAME TEXT"),
        ('/to "bob"  ', "/to NAME TEXT"),
        ("/join", "/join CHANNEL"),
        ("/msg", "/msg TEXT"),
        ("/people now", "/help"),
        ("/dance", "/help"),
    ],
)
def test_a_line_that_means_nothing_says_what_would(line: str, words: str) -> None:
    meaning = read_line(line)

    assert isinstance(meaning, Wrong)
    assert words in meaning.words
