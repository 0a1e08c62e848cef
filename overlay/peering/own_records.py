"""What this run of a machine has signed of its own record, to tell another run's from it."""

from overlay.messages.ids import Incarnation, LeafHash, Order

REMEMBERED_MAX = 64
"""Texts of our own record that we know again; others hold the newest that they were given."""


class OwnRecords:
    """The texts of our own record in one incarnation, by their numbers.

    A disk that was lost, or that went back, has a machine count from the same
    incarnation again: then others hold texts of that incarnation which this run
    has not signed.
    """

    def __init__(self, incarnation: Incarnation) -> None:
        self._incarnation = incarnation
        self._leaves: dict[int, LeafHash] = {}

    def add(self, number: int, leaf: LeafHash) -> None:
        """Remember what we have signed; `number` is above all before."""
        self._leaves[number] = leaf
        if len(self._leaves) > REMEMBERED_MAX:
            del self._leaves[next(iter(self._leaves))]

    def is_of_another_run(self, order: Order, leaf: LeafHash) -> bool:
        """Whether a record of ours shows that our incarnation, or a higher one, was used before.

        What is older than all that is remembered counts as ours.
        """
        if order.incarnation != self._incarnation:
            return order.incarnation > self._incarnation
        oldest = next(iter(self._leaves), 0)
        if len(self._leaves) == REMEMBERED_MAX and order.number < oldest:
            return False
        return self._leaves.get(order.number) != leaf
