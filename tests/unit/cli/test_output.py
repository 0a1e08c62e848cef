"""Nothing that other people write may steer a terminal, or break a line of JSON."""

import json

import pytest

from overlay.cli.output import put, put_json, put_table, say, shown

FAMILY = "\N{MAN}\N{ZERO WIDTH JOINER}\N{WOMAN}\N{ZERO WIDTH JOINER}\N{GIRL}"


@pytest.mark.parametrize("text", ["plain", "größer", "愛", FAMILY, "عربي", "tick ✓"])
def test_what_people_write_is_shown_as_it_is(text: str) -> None:
    assert shown(text) == text


@pytest.mark.parametrize(
    "text",
    ["\x1b[2J", "\x07", "\r", "\x9b31m", "\N{RIGHT-TO-LEFT OVERRIDE}", "\ufeff", "\udc80", "\x7f"],
)
def test_what_would_steer_a_terminal_is_shown_as_a_mark(text: str) -> None:
    assert "\N{REPLACEMENT CHARACTER}" in shown(text)
    assert not set(text) & set("\x1b\x07\r\x9b\u202e\ufeff\udc80\x7f") & set(shown(text))


def test_several_lines_become_one() -> None:
    assert shown("one\ntwo") == "one ⏎ two"


def test_data_and_words_go_where_they_belong(capsys: pytest.CaptureFixture[str]) -> None:
    put("data\x1b")
    say("words\x1b")

    assert capsys.readouterr() == ("data\ufffd\n", "words\ufffd\n")


@pytest.mark.parametrize("text", ["größer", "a\nb", "\x1b[2J", "\x9b", "\u2028", "\u202e", FAMILY])
def test_json_is_one_safe_line_that_reads_back(
    text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    put_json({"text": text})

    out = capsys.readouterr().out
    assert json.loads(out) == {"text": text}
    assert out.splitlines() == [out.removesuffix("\n")]
    assert not set(out.removesuffix("\n")) & set("\x1b\x9b\u2028\u202e")


def test_json_stays_readable_in_every_language(capsys: pytest.CaptureFixture[str]) -> None:
    put_json({"text": "größer 愛"})

    assert "größer 愛" in capsys.readouterr().out


def test_columns_are_as_wide_as_their_widest_cell(capsys: pytest.CaptureFixture[str]) -> None:
    put_table([("愛", "north", "x"), ("alice", "n", "y"), ("b\x1b", "", "")])

    assert capsys.readouterr().out.splitlines() == [
        "愛     north  x",
        "alice  n      y",
        "b\ufffd",
    ]
