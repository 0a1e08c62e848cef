"""What the runtime knows of a machine, be it a node or a client."""

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from overlay.peering.events import Wake

EventT_contra = TypeVar("EventT_contra", contravariant=True)
EffectT_co = TypeVar("EffectT_co", covariant=True)


class Machine(Protocol[EventT_contra, EffectT_co]):
    """Events and the time go in, effects come out."""

    def handle(self, event: EventT_contra | Wake, now_ms: int) -> Sequence[EffectT_co]:
        """Advance by one event. An exception is a defect of the machine."""

    def next_deadline_ms(self) -> int | None:
        """When to `Wake` it at the latest. After a `Wake` at t, later than t or None."""


class Sink(Protocol[EventT_contra]):
    """The end of an inbox into which events are put."""

    async def put(self, event: EventT_contra) -> None:
        """Wait for room, put `event`, and return once the machine's task has taken it."""

    def put_nowait(self, event: EventT_contra) -> None:
        """Put the answer to an effect. Never waits: there are no more answers than effects."""

    def put_made(self, make: Callable[[], EventT_contra | None], *, is_urgent: bool = True) -> None:
        """Put an event that is made, or found needless, only when it is taken.

        One that is not urgent rides with the next round, whatever causes that.
        """
