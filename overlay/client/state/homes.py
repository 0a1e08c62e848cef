"""Where to dial next: the addresses asked for, and the homes that nodes have named."""

from random import Random

from overlay import limits
from overlay.messages.ids import Address
from overlay.messages.links import Home
from overlay.structures.backoff import Backoff


class Homes:
    """Addresses in the order in which they are tried, over and over, ever more slowly.

    Until a home was found in this run, what was asked for comes first; then
    the homes that the last one ranked.
    """

    def __init__(self, asked: tuple[Address, ...], remembered: tuple[Home, ...]) -> None:
        self._asked = asked
        self._ranked = remembered
        self._last: tuple[Address, ...] = ()
        self._untried: list[Address] = []
        self._between_rounds = Backoff(limits.RESUME_FIRST_MS, limits.RESUME_MAX_MS)
        self._within_round = Backoff(limits.RESUME_FIRST_MS, limits.RESUME_FIRST_MS)

    def next(self) -> Address | None:
        """The address to dial now; None where there is none at all."""
        if not self._untried:
            self._untried = self._candidates()
        return self._untried.pop(0) if self._untried else None

    def wait_ms(self, random: Random) -> int:
        """How long to wait before that: longer before each new round through all of them."""
        backoff = self._within_round if self._untried else self._between_rounds
        return backoff.next_ms(random)

    def rank(self, homes: tuple[Home, ...]) -> bool:
        """Take what a home says of others; whether it says anything new."""
        if not homes or homes == self._ranked:
            return False
        self._ranked = homes
        return True

    def found(self, address: Address) -> None:
        """A home answers there: when it is lost, the homes that it ranked are tried first."""
        self._last = (address,)
        self._untried.clear()
        self._between_rounds.clear()

    def _candidates(self) -> list[Address]:
        ranked = tuple(home.address for home in self._ranked)
        ordered = (*ranked, *self._last, *self._asked) if self._last else (*self._asked, *ranked)
        return list(dict.fromkeys(ordered))
