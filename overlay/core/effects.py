"""The closed set of what a node wants done, in order."""

from dataclasses import dataclass

from overlay.core.facts import Fact
from overlay.core.requests import Reply
from overlay.peering.effects import CloseLink, Dial, Forget, Hold, Load, Persist, Send, Trust
from overlay.peering.events import Ticket


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to `Command(ticket, …)`."""

    ticket: Ticket
    reply: Reply


@dataclass(frozen=True, slots=True)
class Report:
    """A fact that the node states about itself; logs, metrics and checkers read the same ones."""

    fact: Fact


Effect = Send | CloseLink | Hold | Trust | Dial | Persist | Forget | Load | Answer | Report
