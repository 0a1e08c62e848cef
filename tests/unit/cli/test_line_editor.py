"""One line being typed, key by key."""

import pytest

from overlay.cli.line_editor import LineEditor

LEFT, RIGHT, UP, DOWN = b"\x1b[D", b"\x1b[C", b"\x1b[A", b"\x1b[B"


def typed(*keys: bytes) -> LineEditor:
    editor = LineEditor()
    for key in keys:
        editor.feed(key)
    return editor


def test_enter_ends_a_line_and_begins_the_next() -> None:
    editor = LineEditor()

    assert editor.feed(b"one\rtwo\nthr") == ["one", "two"]
    assert (editor.text, editor.cursor) == ("thr", 3)


@pytest.mark.parametrize(
    ("keys", "text", "cursor"),
    [
        (b"abc\x7f", "ab", 2),
        (b"\x7f", "", 0),
        (b"abc" + LEFT + b"X", "abXc", 3),
        (b"abc" + LEFT * 5 + b"X", "Xabc", 1),
        (b"abc" + LEFT + RIGHT * 3 + b"X", "abcX", 4),
        (b"abc\x01X\x05Y", "XabcY", 5),
        (b"abc\x1b[HX\x1b[FY", "XabcY", 5),
        (b"abc\x1bOHX\x1bOFY", "XabcY", 5),
        (b"abc\x1b[1~X\x1b[4~Y", "XabcY", 5),
        (b"abc" + LEFT + b"\x1b[3~", "ab", 2),
        (b"abc" + LEFT + b"\x04", "ab", 2),
        (b"abc" + LEFT + b"\x15", "c", 0),
        (b"abc" + LEFT * 2 + b"\x0b", "a", 1),
        (b"one two  \x17", "one ", 4),
        (b"a\x1b[15~b\x1bxc\x02d", "abcd", 4),
    ],
)
def test_keys_do_what_they_do_in_a_shell(keys: bytes, text: str, cursor: int) -> None:
    editor = typed(keys)

    assert (editor.text, editor.cursor) == (text, cursor)


def test_characters_and_keys_may_come_in_pieces() -> None:
    editor = typed(*(bytes([byte]) for byte in "größer".encode() + LEFT + b"X"))

    assert editor.text == "größeXr"


def test_what_is_no_character_does_no_harm() -> None:
    assert typed(b"a\xffb").text == "a\N{REPLACEMENT CHARACTER}b"


def test_the_end_of_input_ends_an_empty_line_only() -> None:
    editor = LineEditor()

    editor.feed(b"a\x04")
    assert not editor.is_over
    assert editor.feed(b"\x7f\x04more\r") == []

    assert editor.is_over


def test_earlier_lines_come_back() -> None:
    editor = typed(b"one\rtwo\rtwo\r \r", UP)
    assert editor.text == "two"
    editor.feed(UP)
    assert editor.text == "one"
    editor.feed(UP)
    assert editor.text == "one"

    editor.feed(DOWN * 2)

    assert editor.text == ""


def test_a_short_line_is_shown_whole_with_the_cursor_in_its_place() -> None:
    assert typed(b"hello").view("> ", 80) == "> hello"
    assert typed(b"hello" + LEFT * 2).view("> ", 80) == "> hello\x1b[2D"
    assert typed("愛愛".encode() + LEFT).view("> ", 80) == "> 愛愛\x1b[2D"


def test_of_a_long_line_the_part_around_the_cursor_is_shown() -> None:
    editor = typed(b"abcdefghijklmnopqrstuvwxyz")
    assert editor.view("> ", 13) == "> qrstuvwxyz"

    editor.feed(LEFT * 26)

    assert editor.view("> ", 13) == "> abcdefghij\x1b[10D"
