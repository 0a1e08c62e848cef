"""The numbers of one link, where lies stand between what the machine inside says."""

from bisect import bisect_right
from dataclasses import replace

from overlay.messages.clients import Deliver, Submit
from overlay.messages.links import Ack, Refusal
from overlay.messages.routing import Relay, Returned, Spread
from overlay.messages.union import Message

NUMBERED = (Relay, Spread, Submit, Deliver)
Numbered = Relay | Spread | Submit | Deliver


class Line:
    """What was said with a number on one link: what the machine inside calls each, if it did."""

    def __init__(self) -> None:
        self._said = 0
        self._meant: dict[int, int] = {}
        """For a number on the link the one that the machine inside gave it."""
        self._true: list[int] = []
        """The numbers on the link of what the machine inside said, rising."""
        self._before = 0
        """Up to this one it was honest."""

    def mean(self, message: Numbered) -> Numbered:
        """What the machine inside says, under the next number of the link."""
        if not self._said:
            self._said = self._before = message.number - 1
        self._said += 1
        self._meant[self._said] = message.number
        self._true.append(self._said)
        return replace(message, number=self._said)

    def lie(self, message: Numbered) -> Numbered:
        """A lie, under the next number of the link."""
        self._said += 1
        return replace(message, number=self._said)

    def understood(self, message: Message) -> Message | None:
        """An answer as the machine inside understands it; None where it is about lies alone."""
        match message:
            case Ack(number):
                count = bisect_right(self._true, number)
                meant = self._meant[self._true[count - 1]] if count else min(number, self._before)
                return Ack(meant) if meant else None
            case Returned() | Refusal() if message.number is not None:
                number = message.number
                answered = number if number <= self._before else self._meant.get(number)
                return replace(message, number=answered) if answered else None
            case _:
                return message
