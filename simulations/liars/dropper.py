"""A node that acks whatever is to be passed on, and drops it."""

from collections.abc import Sequence
from dataclasses import replace

from overlay.crypto.keys import SigningKey
from overlay.messages.links import Ack, Refusal
from overlay.messages.routing import Relay, Returned, Spread
from overlay.messages.union import Message
from overlay.peering.events import LinkId
from simulations.liars.base import LyingNode
from simulations.machines import NodeMachine


class Dropper(LyingNode):
    """Of what its neighbours relay it sees only what is for itself."""

    def __init__(self, inside: NodeMachine, key: SigningKey) -> None:
        super().__init__(inside, key)
        self._numbers: dict[LinkId, dict[int, int]] = {}
        """For each number that the node was told, the one that it came under."""
        self._came: dict[LinkId, int] = {}
        """The last number that this event has brought."""
        self.dropped = 0

    def drops(self, relay: Relay) -> bool:
        """Whether it drops this one of what is to be passed on."""
        return True

    def on_received(self, link: LinkId, message: Message) -> Sequence[Message]:
        """What the node is told of a message, under a number in turn."""
        if not isinstance(message, Relay | Spread):
            return (message,)
        self._came[link] = message.number
        numbers = self._numbers.setdefault(link, {})
        if not numbers:
            # It was honest before this one.
            numbers[message.number - 1] = message.number - 1
        if isinstance(message, Relay) and message.home != self.key.id and self.drops(message):
            self.dropped += 1
            return ()
        last = next(reversed(numbers), message.number - 1)
        numbers[last + 1] = message.number
        return (replace(message, number=last + 1),)

    def on_said(self, link: LinkId, message: Message) -> Sequence[Message]:
        """What it says of numbers, as its neighbours count them."""
        numbers = self._numbers.get(link, {})
        match message:
            case Ack(number):
                return (Ack(numbers.get(number, number)),)
            case Returned() | Refusal() if message.number is not None:
                return (replace(message, number=numbers.get(message.number, message.number)),)
            case _:
                return (message,)

    def at_end(self) -> None:
        for link, number in self._came.items():
            self.speak(link, Ack(number))
        self._came.clear()
