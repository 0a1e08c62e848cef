"""What a run did, as one fingerprint: SHA-256 over every event that was handed over."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from hashlib import sha256

from overlay.peering.events import Drained, FrameReceived, Stored, Wake
from simulations.machines import Event


class Trace:
    """Takes in each event with its time and its machine. Equal runs have equal digests."""

    def __init__(self, tell: Callable[[str], None] | None = None) -> None:
        """`tell` is given a line for each event, for a person to read."""
        self._hash = sha256()
        self._tell = tell
        self.events = 0

    @property
    def digest(self) -> str:
        return self._hash.hexdigest()

    def add(self, now_ms: int, machine: str, event: Event) -> None:
        """Note that `machine` is handed `event` now."""
        self.events += 1
        content = written(event)
        self._hash.update(b"%d %b %d %b" % (now_ms, machine.encode(), len(content), content))
        if self._tell is not None:
            self._tell(f"{now_ms:>8} {machine:<12} {content[:240].decode(errors='replace')}")


def written(event: Event) -> bytes:
    """An event as bytes that depend on nothing but its content."""
    match event:
        case FrameReceived(link, data):
            return b"FrameReceived %d %b" % (link, data)
        case Wake():
            return b"Wake"
        case Drained(link, queued_bytes):
            return b"Drained(%d,%d)" % (link, queued_bytes)
        case Stored(ticket):
            return b"Stored(%d)" % ticket
        case _:
            return _written(event).encode()


def _written(value: object) -> str:
    """Raises TypeError for what has no order of its own, such as a set."""
    names = _names_of_fields(type(value))  # type: ignore[arg-type]  # every type can be hashed
    if names is not None:
        content = ",".join([_written(getattr(value, name)) for name in names])
        return f"{type(value).__name__}({content})"
    match value:
        case None | bool() | int() | str() | bytes():
            return repr(value)
        case Enum():
            return str(value)
        case Mapping():
            return f"{{{','.join(f'{_written(k)}:{_written(v)}' for k, v in value.items())}}}"
        case Sequence():
            return f"[{','.join(_written(item) for item in value)}]"
        case _:
            raise TypeError(f"{type(value).__name__} has no stable encoding")


@cache
def _names_of_fields(kind: type) -> tuple[str, ...] | None:
    """Of a dataclass; None of anything else. Most events are of a few kinds."""
    return tuple(field.name for field in fields(kind)) if is_dataclass(kind) else None
