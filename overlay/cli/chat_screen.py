"""What a chat shows: words for a person, or JSON lines for a program."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass
from typing import Protocol, assert_never

from overlay.cli.chat_lines import HELP
from overlay.cli.output import put, put_json, put_table, say
from overlay.cli.shapes import BECAUSE, message_fields, message_line, person_fields, person_row
from overlay.sdk import (
    Change,
    Handle,
    KeysChange,
    Message,
    Person,
    PersonChange,
    Status,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A message of ours: its number in this chat, whom it is for, its fate."""

    number: int
    to: str
    text: str
    handle: Handle


class Screen(Protocol):
    """Everything that a chat can show."""

    def message(self, message: Message) -> None: ...

    def change(self, change: Change) -> None: ...

    def sent(self, sent: Sent) -> None: ...

    def step(self, sent: Sent) -> None: ...

    def people(self, people: Sequence[Person]) -> None: ...

    def help(self) -> None: ...

    def note(self, words: str) -> None: ...

    def trouble(self, words: Sequence[str]) -> None: ...


class WordsScreen:
    """For people. At a terminal all goes to stdout, around the prompt that `aside` puts away.

    Else what others say goes to stdout, and everything about it to stderr.
    """

    def __init__(
        self, aside: Callable[[], AbstractContextManager[None]] | None, *, has_marks: bool
    ) -> None:
        self._is_terminal = aside is not None
        self._aside = aside or nullcontext
        self._accepted, self._delivered = ("✓", "✓✓") if has_marks else ("*", "**")

    def message(self, message: Message) -> None:
        with self._aside():
            put(message_line(message))

    def change(self, change: Change) -> None:
        match change:
            case PersonChange():
                self._presence(change)
            case KeysChange(name=name, added=added, removed=removed):
                fresh = f"{len(added)} new, {len(removed)} gone"
                words = f"! The keys of {name} have changed ({fresh}): ask them in another way"
                self._tell(words, "red")
            case Status(address=None, trouble=trouble):
                self._tell(f"… lost the node ({trouble}); looking for another", "yellow")
            case Status(address=address):
                self._tell(f"… attached at {address}", "yellow")
            case _:
                assert_never(change)

    def sent(self, sent: Sent) -> None:
        if self._is_terminal:
            self._tell(f"→ {sent.to}: {sent.text}  [{sent.number}]")

    def step(self, sent: Sent) -> None:
        handle, which = sent.handle, f"[{sent.number}]"
        match handle.state:
            case "queued":
                self._tell(f"  {which} waits{_because(handle)}")
            case "accepted":
                self._tell(f"{self._accepted} {which} accepted{_because(handle)}", "cyan")
            case "delivered":
                self._tell(f"{self._delivered} {which} delivered to {sent.to}", "green")
            case "failed":
                self._tell(f"! {which} was given up{_because(handle)}", "red")
            case _:
                assert_never(handle.state)

    def people(self, people: Sequence[Person]) -> None:
        if not people:
            self._tell("Nobody else is online.")
            return
        with self._aside():
            put_table([person_row(person) for person in people])

    def help(self) -> None:
        for usage, words in HELP:
            self._tell(f"{usage:18}{words}")

    def note(self, words: str) -> None:
        self._tell(words)

    def trouble(self, words: Sequence[str]) -> None:
        for line in words:
            self._tell(line, "red")

    def _presence(self, change: PersonChange) -> None:
        person = change.person
        nodes = ", ".join(person.nodes)
        if change.has_come:
            self._tell(f"● {person.name} is online at {nodes}", "green")
        elif change.has_gone:
            self._tell(f"○ {person.name} has gone", "yellow")
        elif change.before is not None and change.before.nodes != person.nodes:
            self._tell(f"● {person.name} has moved to {nodes}", "green")

    def _tell(self, words: str, colour: str | None = None) -> None:
        with self._aside():
            if self._is_terminal:
                put(words, colour)
            else:
                say(words, colour)


class JsonScreen:
    """For programs: everything is an object with a `type`, on stdout."""

    def message(self, message: Message) -> None:
        put_json(message_fields(message))

    def change(self, change: Change) -> None:
        match change:
            case PersonChange(person=person):
                put_json({"type": "person", **person_fields(person)})
            case KeysChange():
                put_json({"type": "keys_changed", **asdict(change)})
            case Status():
                put_json({"type": "status", **asdict(change)})
            case _:
                assert_never(change)

    def sent(self, sent: Sent) -> None:
        put_json({"type": "sent", "number": sent.number, "to": sent.to, "text": sent.text})

    def step(self, sent: Sent) -> None:
        put_json(
            {
                "type": "step",
                "number": sent.number,
                "state": sent.handle.state,
                "stalled_because": sent.handle.stalled_because,
            }
        )

    def people(self, people: Sequence[Person]) -> None:
        put_json({"type": "people", "people": [person_fields(person) for person in people]})

    def help(self) -> None:
        put_json({"type": "help", "commands": [usage for usage, _ in HELP]})

    def note(self, words: str) -> None:
        say(words)

    def trouble(self, words: Sequence[str]) -> None:
        put_json({"type": "error", "words": list(words)})


def _because(handle: Handle) -> str:
    code = handle.stalled_because
    return f": {BECAUSE.get(code, code)}" if code is not None else ""
