"""Ways in which a machine can be broken: what it does instead of what it should."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from overlay.client import effects as client_effects
from overlay.core import effects as node_effects
from overlay.messages.links import Refusal, Welcome
from overlay.messages.union import Message
from overlay.peering.effects import Send
from overlay.peering.events import FrameReceived
from overlay.wire.codec import decode_frame, encode_frame
from simulations.checkers.base import Fact
from simulations.machines import Effect, Event
from tests.simulations.doubles import Tamper, TamperingNode

Effects = Sequence[Effect]


def unchanged(_: Event, effects: Effects) -> Effects:
    """What an honest machine does."""
    return effects


class MishearingNode(TamperingNode):
    """A node that does not hear quite what it is told. `None` is not heard at all."""

    def hear(self, message: Message) -> Message | None:
        return message

    def handle(self, event: Event, now_ms: int) -> Effects:
        if not isinstance(event, FrameReceived):
            return super().handle(event, now_ms)
        heard = [self.hear(message) for message in decode_frame(event.data)]
        messages = [message for message in heard if message is not None]
        if not messages:
            return []
        return super().handle(FrameReceived(event.link, encode_frame(*messages)), now_ms)


class OverconfidentNode(MishearingNode):
    """A node that will not be told of records of its own that it has forgotten."""

    def hear(self, message: Message) -> Message | None:
        return replace(message, record=None) if isinstance(message, Welcome) else message


def misspeaking(change: Callable[[Message], Sequence[Message]]) -> Tamper:
    """A machine that says other messages than it should."""

    def tamper(_: Event, effects: Effects) -> Effects:
        changed: list[Effect] = []
        for effect in effects:
            if isinstance(effect, Send):
                said = [each for message in decode_frame(effect.data) for each in change(message)]
                changed += [Send(effect.link, encode_frame(*said))] if said else []
            else:
                changed.append(effect)
        return changed

    return tamper


def told_otherwise(change: Callable[[Fact], Sequence[Fact]]) -> Tamper:
    """A machine that states other facts than are so."""

    def tamper(_: Event, effects: Effects) -> Effects:
        changed: list[Effect] = []
        for effect in effects:
            match effect:
                case node_effects.Report(fact):
                    changed += [node_effects.Report(each) for each in change(fact)]  # type: ignore[arg-type]  # a node's fact stays one
                case client_effects.Report(fact):
                    changed += [client_effects.Report(each) for each in change(fact)]  # type: ignore[arg-type]  # a client's fact stays one
                case _:
                    changed.append(effect)
        return changed

    return tamper


def saying_too(detail: str) -> Tamper:
    """A machine that gives something away with the first frame that it sends."""

    def tamper(_: Event, effects: Effects) -> Effects:
        for place, effect in enumerate(effects):
            if isinstance(effect, Send):
                leak = Send(effect.link, encode_frame(Refusal(code="busy", detail=detail)))
                return [*effects[: place + 1], leak, *effects[place + 1 :]]
        return effects

    return tamper
