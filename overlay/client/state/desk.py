"""Where every part puts what it wants done: effects in order, and deadlines by name."""

from random import Random

from overlay.client.effects import Answer, Effect, Report
from overlay.client.facts import Fact
from overlay.client.requests import Reply
from overlay.client.state.deadlines import Deadline
from overlay.crypto.encoding import encode
from overlay.peering.events import Ticket
from overlay.structures.timers import Timers


class Desk:
    """The effects of the event being handled, and what every part needs to make more."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.timers: Timers[Deadline] = Timers()
        self._effects: list[Effect] = []
        self._ticket = 0

    def do(self, effect: Effect) -> None:
        self._effects.append(effect)

    def report(self, fact: Fact) -> None:
        self._effects.append(Report(fact))

    def answer(self, ticket: Ticket, reply: Reply) -> None:
        self._effects.append(Answer(ticket, reply))

    def take(self) -> list[Effect]:
        """Everything put here since the last time, in order."""
        effects, self._effects = self._effects, []
        return effects

    def next_ticket(self) -> Ticket:
        self._ticket += 1
        return Ticket(self._ticket)

    def fresh_id(self) -> str:
        """16 random bytes, base64url: a salt, or the name of a message."""
        return encode(self.random.randbytes(16))
