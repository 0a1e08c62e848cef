"""What a row of the table is: who says which bytes where, and what a node must answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from tests.unit.transport.peers import KEY, frame

CLIENTS_HEADERS = (
    ("Host", "127.0.0.1"),
    ("Connection", "Upgrade"),
    ("Upgrade", "websocket"),
    ("Sec-WebSocket-Version", "13"),
    ("Sec-WebSocket-Key", KEY),
)
GOODBYE = frame((1000).to_bytes(2) + b"bye", opcode=8)
HEAD_END = b"\r\n\r\n"


class Door(Enum):
    """Where a case is played."""

    PLAIN = "without TLS"
    SECURED = "within TLS"
    BARE = "below TLS"
    """On the TCP connection to a port at which TLS is spoken."""


EITHER = (Door.PLAIN, Door.SECURED)


class Doing(Enum):
    """What somebody does besides sending bytes."""

    ENDS_WRITING = "FIN"
    RESETS = "RST"
    BREAKS_OUT = "TCP"
    """Says the rest below TLS."""


@dataclass(frozen=True, slots=True)
class Awaits:
    """Goes on once the node has said this."""

    words: bytes


Step: TypeAlias = bytes | Doing | Awaits


@dataclass(frozen=True, slots=True)
class Answers:
    """Each request gets its status; `holds` is in what is said, `lacks` is not."""

    statuses: tuple[int, ...]
    holds: bytes = b""
    lacks: bytes = b"sec-websocket-accept"


@dataclass(frozen=True, slots=True, kw_only=True)
class Closes:
    """A link was opened; it ends with a close frame, after these refusals and pongs."""

    code: int | None
    reason: str = ""
    refusals: tuple[str, ...] = ()
    pongs: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Drops:
    """A link was opened; it ends without a close frame: the peer has left it, or asked for it."""


@dataclass(frozen=True, slots=True)
class Alerts:
    """TLS is refused with an alert, for one of these reasons (RFC 8446, section 6)."""

    descriptions: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Ends:
    """The connection ends without a word; within TLS, without one in it."""


Answer: TypeAlias = Answers | Closes | Drops | Alerts | Ends


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One row: what is wrong, at which doors it is said, and what is answered.

    `is_slow`: the answer comes when the time for a handshake is over.
    """

    name: str
    steps: Sequence[Step]
    answer: Answer
    doors: tuple[Door, ...] = EITHER
    is_slow: bool = False


def request(line: str, headers: Sequence[tuple[str, str]], body: bytes = b"") -> bytes:
    """The bytes of a request as they are, whatever is wrong with it."""
    lines = [line, *(f"{name}: {value}" for name, value in headers)]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def opening(
    line: str = "GET /overlay HTTP/1.1",
    *,
    without: str = "",
    also: Sequence[tuple[str, str]] = (),
    body: bytes = b"",
    **changes: str,
) -> bytes:
    """A valid request for a link, but for a header left out, others added, and values changed."""
    changed = {name.replace("_", "-"): value for name, value in changes.items()}
    kept = [(name, changed.get(name, value)) for name, value in CLIENTS_HEADERS if name != without]
    return request(line, [*kept, *also], body)


def get(target: str, *headers: tuple[str, str], body: bytes = b"") -> bytes:
    """A page's request for a file, after which it would ask for no other."""
    own = (("Host", "127.0.0.1"), ("Connection", "close"))
    return request(f"GET {target} HTTP/1.1", (*own, *headers), body)


def on_link(name: str, *said: Step, answer: Answer, is_slow: bool = False) -> Case:
    """A row about what is said once a link is open."""
    steps = (opening(), Awaits(HEAD_END), *said)
    return Case(name=name, steps=steps, answer=answer, is_slow=is_slow)


def asked(name: str, data: bytes, *statuses: int, holds: bytes = b"") -> Case:
    """A row about requests and the statuses that they get."""
    return Case(name=name, steps=(data,), answer=Answers(statuses, holds))


MALFORMED = Closes(code=1002, reason="malformed")
NOT_UTF_8 = Closes(code=1007, reason="malformed")
TOO_LARGE = Closes(code=1009, reason="too_large")


def refused(code: str) -> Closes:
    """The link ends with a code of the overlay's own (docs/protocol.md, section 11)."""
    return Closes(code=1008, reason=code, refusals=(code,))
