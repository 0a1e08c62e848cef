"""In which order messages are shown: the heads of each conversation, and what waits for parents."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from overlay import limits
from overlay.client.durable.values import Arrival, Place
from overlay.messages.ids import ConversationId
from overlay.structures.bounded import BoundedDict
from overlay.structures.sizes import Size


@dataclass(slots=True, kw_only=True)
class Held:
    """An opened message whose parents are not all shown."""

    arrival: Arrival
    missing: dict[Place, None]
    is_stored: bool


class Order:
    """Heads, arrivals that nobody has judged yet, and messages held back."""

    def __init__(self, conversations_max: int, held_max: int) -> None:
        self._conversations_max = conversations_max
        self._held_max = held_max
        self._heads: BoundedDict[ConversationId, tuple[Place, ...]] = BoundedDict(conversations_max)
        self._arrived: list[Arrival] = []
        self._held: dict[Place, Held] = {}
        self._waiting_for: dict[Place, dict[Place, None]] = {}

    def sizes(self) -> Iterator[Size]:
        """How full its tables are."""
        yield Size("conversations", len(self._heads), self._conversations_max)
        yield Size("held messages", len(self._held), self._held_max)

    # Heads.

    def knows(self, conversation: ConversationId) -> bool:
        """Whether anything of a conversation was ever shown or said here."""
        return conversation in self._heads

    def heads(self, conversation: ConversationId) -> tuple[Place, ...]:
        return self._heads.get(conversation) or ()

    def set_heads(
        self, conversation: ConversationId, heads: Iterable[Place]
    ) -> ConversationId | None:
        """Returns the conversation that had to be forgotten for it, if any."""
        newest = tuple(heads)[-limits.PARENTS_MAX :]
        evicted = self._heads.put(conversation, newest)
        return evicted[0] if evicted is not None else None

    # Arrivals.

    def arrive(self, arrival: Arrival) -> None:
        """A message was opened; whether it can be shown is judged at the end of the round."""
        self._arrived.append(arrival)

    def take_arrived(self) -> list[Arrival]:
        arrived, self._arrived = self._arrived, []
        return arrived

    # Messages held back.

    def hold(self, held: Held) -> None:
        self._held[held.arrival.place] = held
        for parent in held.missing:
            self._waiting_for.setdefault(parent, {})[held.arrival.place] = None

    def held(self, place: Place) -> Held | None:
        return self._held.get(place)

    def longest_held(self) -> Held | None:
        """The one to let go where too many are held; None while there is room."""
        if len(self._held) <= self._held_max:
            return None
        return next(iter(self._held.values()))

    def release(self, held: Held) -> list[Held]:
        """It is being shown; returns those for which it was the last parent missing."""
        place = held.arrival.place
        del self._held[place]
        for parent in held.missing:
            self._stop_waiting(parent, place)
        children = [self._held[child] for child in self._waiting_for.pop(place, {})]
        for child in children:
            child.missing.pop(place, None)
        return [child for child in children if not child.missing]

    def _stop_waiting(self, parent: Place, place: Place) -> None:
        children = self._waiting_for.get(parent, {})
        children.pop(place, None)
        if not children:
            self._waiting_for.pop(parent, None)
