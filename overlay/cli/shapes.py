"""What people and messages look like, as JSON and as a line."""

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from overlay.sdk import Message, Person

BECAUSE: Final = {
    "away": "they are away, and get it when they are back",
    "no_way": "there is no way to them just now",
    "busy": "too much is on its way to them just now",
    "resting": "they did not answer, and get it when they come again",
    "quota": "too much waits for them already",
    "unknown_recipient": "nobody known here has that id",
}
"""Why a message is no further, by its handle's `stalled_because`."""


def message_fields(message: "Message") -> dict[str, object]:
    """A message for programs. `sent_at` is milliseconds since 1970, by its origin's clock."""
    return {
        "type": "message",
        "id": message.id,
        "person": message.person,
        "name": message.name,
        "text": message.text,
        "sent_at": message.sent_at,
        "channel": message.channel,
        "is_own": message.is_own,
        "follows_gap": message.follows_gap,
    }


def message_line(message: "Message") -> str:
    """A message for people."""
    gap = "(something before this has not arrived) " if message.follows_gap else ""
    if message.channel is not None:
        return f"#{message.channel} {message.name}: {gap}{message.text}"
    if message.is_own:
        return f"you → {message.name}: {gap}{message.text}"
    return f"{message.name}: {gap}{message.text}"


def person_fields(person: "Person") -> dict[str, object]:
    """A person for programs."""
    return {
        "id": person.id,
        "name": person.name,
        "is_online": person.is_online,
        "nodes": list(person.nodes),
        "clients": list(person.clients),
    }


def person_row(person: "Person") -> tuple[str, str, str]:
    """A person for people: name, where, id."""
    where = ", ".join(person.nodes) if person.is_online else "away"
    return person.name, where, person.id
