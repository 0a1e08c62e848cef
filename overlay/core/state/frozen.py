"""Incarnations that are disabled: their owner was caught with two texts for one order.

docs/protocol.md, section 5.8.
"""

from collections.abc import Iterator

from overlay.messages.ids import Incarnation
from overlay.peering.equivocation import Proved
from overlay.structures.sizes import Size


class Frozen:
    """The proofs that are held, one for each signer, and which of them count."""

    def __init__(self, parked_max: int) -> None:
        self._parked_max = parked_max
        self._proofs: dict[str, Proved] = {}
        self._counting: dict[str, Incarnation] = {}

    def sizes(self) -> Iterator[Size]:
        """How full its table is of what does not count."""
        parked = sum(signer not in self._counting for signer in self._proofs)
        yield Size("parked proofs", parked, self._parked_max)

    def __len__(self) -> int:
        return len(self._proofs)

    def all(self) -> list[Proved]:
        """Every proof held, the oldest first."""
        return list(self._proofs.values())

    def put(self, proved: Proved) -> bool:
        """Hold a proof: for each signer that of the highest incarnation, of those the smallest.

        False when it is not that one. Of those that do not count the oldest are dropped.
        """
        known = self._proofs.get(proved.signer)
        rank = (-proved.incarnation, proved.leaf)
        if known is not None and (-known.incarnation, known.leaf) <= rank:
            return False
        self._proofs[proved.signer] = proved
        parked = [signer for signer in self._proofs if signer not in self._counting]
        for signer in parked[: max(0, len(parked) - self._parked_max)]:
            del self._proofs[signer]
        return True

    def count(self, proved: Proved, *, does: bool) -> bool:
        """Have a proof count from now on, or no longer; True if that is new."""
        incarnation = proved.incarnation if does else None
        if self._counting.get(proved.signer) == incarnation:
            return False
        if incarnation is None:
            del self._counting[proved.signer]
        else:
            self._counting[proved.signer] = incarnation
        return True

    def is_proved(self, signer: str, incarnation: Incarnation) -> bool:
        """Whether a proof is held against this incarnation or a higher one, counting or not."""
        proved = self._proofs.get(signer)
        return proved is not None and incarnation <= proved.incarnation

    def is_frozen(self, signer: str, incarnation: Incarnation) -> bool:
        """Whether a proof that counts disables this incarnation."""
        frozen = self._counting.get(signer)
        return frozen is not None and incarnation <= frozen
