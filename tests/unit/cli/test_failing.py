"""What a failure means to whoever called the command."""

import pytest

from overlay.cli.failing import exit_code, explain, is_closed_pipe, only_error
from overlay.errors import (
    ConfigError,
    LinkError,
    LocalError,
    OverlayError,
    Refused,
    StoreError,
    StoreInUse,
    UsageError,
)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ConfigError("file", "this", "that"), 1),
        (StoreError("the disk is full"), 1),
        (StoreInUse("another process uses it"), 3),
        (UsageError("no"), 2),
        (Refused("quota"), 3),
        (LocalError("ambiguous"), 3),
        (LinkError("nobody there"), 4),
        (KeyboardInterrupt(), 130),
    ],
)
def test_every_kind_of_failure_has_its_code(
    error: OverlayError | KeyboardInterrupt, code: int
) -> None:
    assert exit_code(error) == code


def test_a_failure_is_one_line_and_a_line_for_each_choice() -> None:
    error = LocalError("choose one")
    error.add_note("this one")
    error.add_note("that one")

    assert explain(error) == ["Error: choose one", "  this one", "  that one"]


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (Refused("unknown_recipient", "nobody is called bob"), "nobody is called bob"),
        (Refused("unknown_recipient"), "unknown_recipient"),
        (Refused("quota", "too much"), "too much (quota)"),
        (Refused("quota"), "quota"),
    ],
)
def test_a_refusal_is_told_in_its_words_first(error: Refused, words: str) -> None:
    assert explain(error) == [f"Error: {words}"]


def test_an_interruption_needs_no_words() -> None:
    assert explain(KeyboardInterrupt()) == []


def test_an_expected_failure_is_found_in_the_groups_around_it() -> None:
    error = UsageError("no")

    assert only_error(error) is error
    assert only_error(ExceptionGroup("", [ExceptionGroup("", [error])])) is error


def test_a_defect_is_no_failure_to_be_explained() -> None:
    assert only_error(ValueError("a defect")) is None
    assert only_error(ExceptionGroup("", [UsageError("no"), ValueError("a defect")])) is None


def test_output_that_nobody_reads_is_told_from_a_defect() -> None:
    closed = BrokenPipeError(32, "Broken pipe")

    assert is_closed_pipe(closed)
    assert is_closed_pipe(ExceptionGroup("", [ExceptionGroup("", [closed])]))
    assert not is_closed_pipe(ExceptionGroup("", [closed, ValueError("a defect")]))
    assert not is_closed_pipe(UsageError("no"))
