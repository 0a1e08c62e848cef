"""Ways in which a machine can be broken: what it does instead of what it should."""

from collections.abc import Callable, Sequence

from overlay.client import effects as client_effects
from overlay.core import effects as node_effects
from overlay.messages.links import Refusal
from overlay.peering.effects import Send
from overlay.wire.codec import encode_frame
from simulations.checkers.base import Fact
from simulations.machines import Effect, Event
from tests.simulations.doubles import Tamper

Effects = Sequence[Effect]


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
