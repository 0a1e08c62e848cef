"""Envelopes that wait for credit of our home, in the order in which they are to be sent."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from overlay import limits
from overlay.client.requests import MessageId
from overlay.messages.envelopes import ClientEnvelope
from overlay.messages.ids import NodeId
from overlay.peering.statements import Verified
from overlay.structures.sizes import Size


@dataclass(slots=True, eq=False)
class Parcel:
    """One envelope on its way to our home, signed when it leaves.

    `message` is the message that it carries; None for a chain start, a
    receipt or a question, whose fate nobody follows. Once signed it stays as
    it is, so that a home which gets it again knows it.
    """

    envelope: ClientEnvelope
    message: MessageId | None = None
    keeper: NodeId | None = None
    signed: Verified[ClientEnvelope] | None = None
    tries: int = 0


class Post:
    """Two queues: receipts and questions, which are small and others wait for; then the rest."""

    def __init__(self, urgent_max: int) -> None:
        self._urgent_max = urgent_max
        self._urgent: deque[Parcel] = deque()
        self._ordinary: deque[Parcel] = deque()

    def sizes(self) -> Iterator[Size]:
        """How full it is: what was under way comes back, and the batch that was just signed."""
        put_back = limits.CLIENT_CREDIT_ENVELOPES + limits.BATCH_LEAVES_MAX
        yield Size("urgent post", len(self._urgent), self._urgent_max + put_back)

    def put(self, parcel: Parcel) -> None:
        """Send after everything that waits."""
        self._ordinary.append(parcel)

    def put_urgent(self, parcel: Parcel) -> None:
        """Send before everything ordinary; left out where too many wait already."""
        if len(self._urgent) < self._urgent_max:
            self._urgent.append(parcel)

    def put_back(self, parcels: list[Parcel]) -> None:
        """Send these, which were taken or refused, before everything else."""
        self._urgent.extendleft(reversed(parcels))

    def take(self, parcels_max: int) -> list[Parcel]:
        """The next ones to send."""
        taken: list[Parcel] = []
        for queue in (self._urgent, self._ordinary):
            while queue and len(taken) < parcels_max:
                taken.append(queue.popleft())
        return taken

    def clear(self) -> None:
        """The home is gone; what still has to be sent is put here again at the next one."""
        self._urgent.clear()
        self._ordinary.clear()
