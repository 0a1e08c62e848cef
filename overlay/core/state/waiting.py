"""How long a keeper waits for receipts, and what it cannot even send. Sections 6.4 and 1.4."""

from collections import Counter
from collections.abc import Iterator
from random import Random

from overlay import limits
from overlay.messages.ids import ClientId, LeafHash, NodeId
from overlay.peering.credits import RoundTrip
from overlay.structures.bounded import LruCache
from overlay.structures.sizes import Size


class ReceiptTimes:
    """How long receipts of each home take, and of all homes together, smoothed."""

    def __init__(self) -> None:
        self._of_home: LruCache[NodeId, RoundTrip] = LruCache(limits.WAYS_HOMES_MAX)
        self._of_all = RoundTrip()

    def sizes(self) -> Iterator[Size]:
        """How full its tables are."""
        yield Size("receipt times", len(self._of_home), limits.WAYS_HOMES_MAX)

    def usual_ms(self, home: NodeId) -> int | None:
        """What is usual for a home; None before its first receipt."""
        time = self._of_home.get(home)
        return time.smoothed_ms if time is not None else None

    def measured(self, home: NodeId, took_ms: int, now_ms: int) -> None:
        """A receipt has come from a home."""
        time = self._of_home.get(home)
        if time is None:
            time = RoundTrip()
            self._of_home.put(home, time)
        time.measured(took_ms, now_ms)
        self._of_all.measured(took_ms, now_ms)

    def wait_ms(self, home: NodeId, made: int) -> int:
        """How long a receipt is waited for after so many attempts before.

        For a home from which none has come yet, as long as for the others.
        """
        usual_ms = self.usual_ms(home)
        if usual_ms is None:
            usual_ms = self._of_all.smoothed_ms or 0
        first_ms = max(limits.ATTEMPT_RECEIPTS * usual_ms, limits.ATTEMPT_FIRST_MS)
        return min(first_ms << made, limits.ATTEMPT_MAX_MS)


def busy_wait_ms(busy: int, told_ms: int | None, random: Random) -> int:
    """How long to wait after so many attempts in a row that found no room.

    At least as long as told, ever longer within a bound, and up to half as
    long again: what found no room together comes again spread out.
    """
    wait_ms = (told_ms or limits.BUSY_RETRY_MS) << min(busy // 2, 8)
    wait_ms = min(wait_ms, limits.BUSY_RETRY_MAX_MS)
    return wait_ms + random.randrange(wait_ms // 2 + 1)


class Stuck:
    """Copies that found no room on any link of their keeper, so that whose they are has to wait."""

    def __init__(self) -> None:
        self._copies: dict[tuple[LeafHash, NodeId], ClientId] = {}
        self._counts: Counter[ClientId] = Counter()
        self._held_back: dict[ClientId, None] = {}

    def __len__(self) -> int:
        return len(self._copies)

    def is_so(self, origin: ClientId) -> bool:
        """Whether those of a client are so many."""
        return self._counts[origin] >= limits.STUCK_MAX

    def add(self, leaf: LeafHash, home: NodeId, origin: ClientId) -> None:
        if (leaf, home) not in self._copies:
            self._copies[leaf, home] = origin
            self._counts[origin] += 1

    def remove(self, leaf: LeafHash, home: NodeId) -> None:
        origin = self._copies.pop((leaf, home), None)
        if origin is not None:
            self._counts[origin] -= 1
            if not self._counts[origin]:
                del self._counts[origin]

    def hold_back(self, origin: ClientId) -> None:
        """A client's credit was not given back for that."""
        self._held_back[origin] = None

    def take_relieved(self) -> list[ClientId]:
        """Who was held back and need not be any more, each once."""
        relieved = [origin for origin in self._held_back if not self.is_so(origin)]
        for origin in relieved:
            del self._held_back[origin]
        return relieved
