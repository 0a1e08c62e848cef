"""How long a keeper waits for receipts, and what it cannot even send. Sections 6.4 and 1.4."""

from random import Random

from overlay import limits
from overlay.messages.ids import LeafHash, NodeId
from overlay.peering.credits import RoundTrip
from overlay.structures.bounded import LruCache


class ReceiptTimes:
    """How long receipts of each home take, and of all homes together, smoothed."""

    def __init__(self) -> None:
        self._of_home: LruCache[NodeId, RoundTrip] = LruCache(limits.WAYS_HOMES_MAX)
        self._of_all = RoundTrip()

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
    """Copies that found no room on any link of their keeper, so that its clients have to wait."""

    def __init__(self) -> None:
        self._copies: dict[tuple[LeafHash, NodeId], None] = {}
        self._holds_back = False

    def __len__(self) -> int:
        return len(self._copies)

    @property
    def is_so(self) -> bool:
        """Whether they are so many."""
        return len(self._copies) >= limits.STUCK_MAX

    def add(self, leaf: LeafHash, home: NodeId) -> None:
        self._copies[leaf, home] = None

    def remove(self, leaf: LeafHash, home: NodeId) -> None:
        self._copies.pop((leaf, home), None)

    def hold_back(self) -> None:
        """A client's credit was not given back for that."""
        self._holds_back = True

    def take_relief(self) -> bool:
        """True once when clients are held back and need not be any more."""
        if not self._holds_back or self.is_so:
            return False
        self._holds_back = False
        return True
