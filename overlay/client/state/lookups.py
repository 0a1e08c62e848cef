"""Accounts about which the directory is to be asked, and what waits for the answers."""

from collections.abc import Callable, Iterator

from overlay import limits
from overlay.messages.ids import AccountId
from overlay.structures.sizes import Size

Then = Callable[[int], None]
"""What follows the answer, whatever it was; gets the time."""


class Lookups:
    """Each account is asked for once at a time, however many wait for it."""

    def __init__(self, accounts_max: int, waiters_max: int) -> None:
        self._accounts_max = accounts_max
        self._waiters_max = waiters_max
        self._waiting: dict[AccountId, list[Then]] = {}
        self._unasked: dict[AccountId, None] = {}
        self._waiters = 0

    def sizes(self) -> Iterator[Size]:
        """How full its tables are."""
        yield Size("look-ups", len(self._waiting), self._accounts_max)
        yield Size("waiting for look-ups", self._waiters, self._waiters_max)

    def ask(self, account: AccountId, then: Then | None = None) -> bool:
        """Have the directory asked; False where too much waits already, and then nothing is."""
        if account not in self._waiting and len(self._waiting) >= self._accounts_max:
            return False
        if then is not None and self._waiters >= self._waiters_max:
            return False
        if account not in self._waiting:
            self._waiting[account] = []
            self._unasked[account] = None
        if then is not None:
            self._waiting[account].append(then)
            self._waiters += 1
        return True

    def take(self) -> list[AccountId]:
        """Accounts to ask for now; the caller asks."""
        under_way = len(self._waiting) - len(self._unasked)
        room = limits.LOOKUPS_UNDER_WAY_MAX - under_way
        taken = list(self._unasked)[: max(room, 0)]
        for account in taken:
            del self._unasked[account]
        return taken

    def again(self, account: AccountId) -> None:
        """The question got no answer, or was lost with its link."""
        self._unasked[account] = None

    def answered(self, account: AccountId) -> list[Then]:
        """The directory has said what it knows: what waited for that follows."""
        self._unasked.pop(account, None)
        waiting = self._waiting.pop(account, [])
        self._waiters -= len(waiting)
        return waiting
