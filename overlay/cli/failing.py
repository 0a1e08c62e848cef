"""What a failure means to whoever called the command: its exit code, and words for a person."""

from typing import Final

from overlay.errors import (
    LinkError,
    LocalError,
    OverlayError,
    Refused,
    StoreInUse,
    UnknownRecipient,
    UsageError,
)

FAILED: Final = 1
USAGE: Final = 2
REFUSED: Final = 3
UNREACHABLE: Final = 4
PARTLY: Final = 5
INTERRUPTED: Final = 130


def only_error(error: BaseException) -> OverlayError | KeyboardInterrupt | None:
    """The first expected error in it, if there are no others: those are defects."""
    if isinstance(error, OverlayError | KeyboardInterrupt):
        return error
    if not isinstance(error, BaseExceptionGroup):
        return None
    inner = [only_error(part) for part in error.exceptions]
    return None if None in inner else inner[0]


def is_closed_pipe(error: BaseException) -> bool:
    """Whether nothing went wrong but that nobody reads our output any more."""
    if isinstance(error, BaseExceptionGroup):
        return all(is_closed_pipe(part) for part in error.exceptions)
    return isinstance(error, BrokenPipeError)


def exit_code(error: OverlayError | KeyboardInterrupt) -> int:
    """The exit code of an expected error."""
    match error:
        case KeyboardInterrupt():
            return INTERRUPTED
        case UsageError():
            return USAGE
        case LocalError() | StoreInUse():
            return REFUSED
        case LinkError():
            return UNREACHABLE
        case _:
            return FAILED


def explain(error: OverlayError | KeyboardInterrupt) -> list[str]:
    """What to say: one line, and one for each thing to choose from."""
    if isinstance(error, KeyboardInterrupt):
        return []
    notes: list[str] = getattr(error, "__notes__", [])
    return [f"Error: {_words(error)}", *(f"  {note}" for note in notes)]


def _words(error: OverlayError) -> str:
    if isinstance(error, Refused) and error.code == UnknownRecipient.code:
        return error.detail or error.code
    if isinstance(error, Refused) and error.detail:
        return f"{error.detail} ({error.code})"
    return str(error)
