"""Where to dial next: the addresses asked for, and the homes that nodes have named."""

from random import Random

from overlay import limits
from overlay.messages.ids import Address
from overlay.messages.links import Home
from overlay.structures.backoff import Backoff


class Homes:
    """Addresses in the order in which they are tried, over and over, ever more slowly.

    Until a home was found in this run, what was asked for comes first; then
    the homes that the last one ranked. The first round goes quickly through all
    of them. If none answers, the fault is hardly theirs: from then on each wait
    is twice the one before, up to where a round takes `RESUME_MAX_MS`. Whoever
    has said when to come again is passed over until then, and waited for where
    nobody else is left.
    """

    def __init__(self, asked: tuple[Address, ...], remembered: tuple[Home, ...]) -> None:
        self._asked = asked
        self._ranked = remembered
        self._last: tuple[Address, ...] = ()
        self._untried: list[Address] = []
        self._rounds = 0
        self._avoided: dict[Address, int] = {}
        self._in_first_round = Backoff(limits.RESUME_FIRST_MS, limits.RESUME_FIRST_MS)
        self._later = self._in_first_round

    def next(self) -> Address | None:
        """The address to dial now; None where there is none at all."""
        if not self._untried:
            self._begin_round()
        return self._untried.pop(0) if self._untried else None

    def wait_ms(self, random: Random, now_ms: int) -> int:
        """How long to wait before that."""
        is_quick = self._rounds == 0 or (self._rounds == 1 and self._untried)
        backoff = self._in_first_round if is_quick else self._later
        at_ms = now_ms + backoff.next_ms(random)
        return (self._pass_over(at_ms) if self._avoided else at_ms) - now_ms

    def avoid(self, address: Address, until_ms: int) -> None:
        """A home has said when to come again."""
        self._avoided[address] = until_ms

    def rank(self, homes: tuple[Home, ...]) -> bool:
        """Take what a home says of others; whether it says anything new."""
        if not homes or homes == self._ranked:
            return False
        self._ranked = homes
        return True

    def found(self, address: Address) -> None:
        """A home answers there: when it is lost, the homes that it ranked are tried first."""
        self._last = (address,)
        self._avoided.pop(address, None)
        self._untried.clear()
        self._rounds = 0

    def _pass_over(self, at_ms: int) -> int:
        """When to dial, `at_ms` at the soonest: whoever is not to be dialled then is left out."""
        candidates = self._candidates()
        self._avoided = {
            address: until_ms
            for address, until_ms in self._avoided.items()
            if until_ms > at_ms and address in candidates
        }
        if candidates and len(self._avoided) == len(candidates):
            soonest = min(candidates, key=lambda address: self._avoided[address])
            self._untried = [soonest]
            return self._avoided[soonest]
        self._leave_out()
        if not self._untried:
            self._begin_round()
            self._leave_out()
        return at_ms

    def _leave_out(self) -> None:
        self._untried = [each for each in self._untried if each not in self._avoided]

    def _begin_round(self) -> None:
        self._untried = self._candidates()
        self._rounds += 1
        if self._rounds == 1 and self._untried:
            slowest_ms = limits.RESUME_MAX_MS // len(self._untried)
            self._later = Backoff(limits.RESUME_FIRST_MS, max(limits.RESUME_FIRST_MS, slowest_ms))

    def _candidates(self) -> list[Address]:
        ranked = tuple(home.address for home in self._ranked)
        ordered = (*ranked, *self._last, *self._asked) if self._last else (*self._asked, *ranked)
        return list(dict.fromkeys(ordered))
