"""The closed set of what a client machine wants done, in order."""

from dataclasses import dataclass

from overlay.client.facts import Fact
from overlay.client.requests import Reply
from overlay.peering.effects import CloseLink, Dial, Forget, Load, Persist, Send
from overlay.peering.events import Ticket


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """Seal `text` to the public sealing key `key` (1,216 bytes) with HPKE; gives `Sealed`."""

    ticket: Ticket
    key: bytes
    info: bytes
    text: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """Open `sealed` with the sealing key of `seed` (32 bytes); gives `Opened`."""

    ticket: Ticket
    seed: bytes
    info: bytes
    sealed: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to `Asked(ticket, …)`."""

    ticket: Ticket
    reply: Reply


@dataclass(frozen=True, slots=True)
class Report:
    """A fact that the client states; programs, pages, logs and checkers read the same ones."""

    fact: Fact


Effect = Send | CloseLink | Dial | Persist | Forget | Load | Seal | Open | Answer | Report
