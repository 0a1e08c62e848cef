"""What a line typed in a chat means."""

from dataclasses import dataclass
from typing import Final

HELP: Final = (
    ("/to NAME TEXT", "send to one person; NAME may be name@node or an id, or in quotes"),
    ("/join CHANNEL", "listen to a public channel, and talk there"),
    ("/msg TEXT", "say something in the channel"),
    ("/leave [CHANNEL]", "leave it"),
    ("/people", "who is there"),
    ("TEXT", "to whom you wrote last, or where you joined last"),
    ("/help", "this list"),
    ("/quit", "end"),
)


@dataclass(frozen=True, slots=True)
class To:
    """A text for one person."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Join:
    channel: str


@dataclass(frozen=True, slots=True)
class Leave:
    """Leave a channel; None for the one joined last."""

    channel: str | None


@dataclass(frozen=True, slots=True)
class Say:
    """A text for the channel."""

    text: str


@dataclass(frozen=True, slots=True)
class Continue:
    """A text for whoever or whatever the last one was for."""

    text: str


@dataclass(frozen=True, slots=True)
class People:
    pass


@dataclass(frozen=True, slots=True)
class Help:
    pass


@dataclass(frozen=True, slots=True)
class Quit:
    pass


@dataclass(frozen=True, slots=True)
class Wrong:
    """A line that means nothing, and how to mend it."""

    words: str


Line = To | Join | Leave | Say | Continue | People | Help | Quit | Wrong


def read_line(line: str) -> Line | None:
    """The meaning of a line; None for an empty one. Two slashes begin a text with one slash."""
    line = line.strip()
    if not line:
        return None
    if line.startswith("//"):
        return Continue(line[1:])
    if not line.startswith("/"):
        return Continue(line)
    verb, _, rest = line.partition(" ")
    return _read_command(verb.lower(), rest.strip())


def _read_command(verb: str, rest: str) -> Line:
    match verb, rest:
        case "/to", _:
            return _read_to(rest)
        case "/join", _:
            return Join(rest) if rest else Wrong("/join needs a channel: /join CHANNEL")
        case "/msg", _:
            return Say(rest) if rest else Wrong("/msg needs a text: /msg TEXT")
        case "/leave", _:
            return Leave(rest or None)
        case "/people", "":
            return People()
        case "/help", "":
            return Help()
        case "/quit", "":
            return Quit()
        case _:
            return Wrong(f"{verb} is no command here, or not with that: /help lists them")


def _read_to(rest: str) -> Line:
    if rest.startswith('"'):
        name, quote, text = rest[1:].partition('"')
        is_whole = bool(quote)
    else:
        name, _, text = rest.partition(" ")
        is_whole = True
    if not is_whole or not name or not text.strip():
        return Wrong("/to needs a name and a text: /to NAME TEXT")
    return To(name, text.strip())
