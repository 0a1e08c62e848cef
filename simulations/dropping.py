"""A node that acks whatever is to be passed on, and drops it."""

from collections.abc import Sequence
from dataclasses import replace

from overlay.core.effects import Effect
from overlay.core.requests import NodeStatus
from overlay.messages.links import Ack, Refusal
from overlay.messages.routing import Relay, Returned, Spread
from overlay.messages.union import Message
from overlay.peering.effects import Send
from overlay.peering.events import FrameReceived, LinkId
from overlay.wire.codec import decode_frame, encode_frame
from simulations.machines import Event, NodeMachine


class Dropper:
    """Wraps a node: of what its neighbours relay it sees only what is for itself."""

    def __init__(self, node: NodeMachine, node_id: str) -> None:
        self._node = node
        self._id = node_id
        self._numbers: dict[LinkId, dict[int, int]] = {}
        """For each number that the node was told, the one that it came under."""
        self.dropped = 0

    def next_deadline_ms(self) -> int | None:
        return self._node.next_deadline_ms()

    def snapshot(self) -> NodeStatus:
        return self._node.snapshot()

    def handle(self, event: Event, now_ms: int) -> Sequence[Effect]:
        acks: list[Effect] = []
        if isinstance(event, FrameReceived) and b'"number"' in event.data:
            messages = decode_frame(event.data)
            kept = [told for each in messages if (told := self._taken(event.link, each))]
            numbered = [each.number for each in messages if isinstance(each, Relay | Spread)]
            if numbered:
                acks.append(Send(event.link, encode_frame(Ack(numbered[-1]))))
            if not kept:
                return acks
            event = FrameReceived(event.link, encode_frame(*kept))
        effects = self._node.handle(event, now_ms)
        return [*map(self._said, effects), *acks]  # type: ignore[arg-type]  # a node's effects

    def _taken(self, link: LinkId, message: Message) -> Message | None:
        """What the node is told of a message, under a number in turn."""
        if not isinstance(message, Relay | Spread):
            return message
        numbers = self._numbers.setdefault(link, {})
        if not numbers:
            # It was honest before this one.
            numbers[message.number - 1] = message.number - 1
        if isinstance(message, Relay) and message.home != self._id:
            self.dropped += 1
            return None
        last = next(reversed(numbers), message.number - 1)
        numbers[last + 1] = message.number
        return replace(message, number=last + 1)

    def _said(self, effect: Effect) -> Effect:
        """What it says of numbers, as its neighbours count them."""
        if not isinstance(effect, Send) or effect.link not in self._numbers:
            return effect
        numbers = self._numbers[effect.link]
        messages: list[Message] = []
        for message in decode_frame(effect.data):
            match message:
                case Ack(number):
                    messages.append(Ack(numbers.get(number, number)))
                case Returned() | Refusal() if message.number is not None:
                    number = numbers.get(message.number, message.number)
                    messages.append(replace(message, number=number))
                case _:
                    messages.append(message)
        return Send(effect.link, encode_frame(*messages))
