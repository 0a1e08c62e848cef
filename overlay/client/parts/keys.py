"""Keys that are missing: messages that cannot be sealed before the directory knows somebody.

docs/protocol.md, section 8.2.
"""

from overlay import limits
from overlay.client.durable.rows import outbox_key
from overlay.client.facts import LadderStepped
from overlay.client.state.deadlines import KeysDue
from overlay.client.state.everything import State
from overlay.messages.ids import AccountId
from overlay.structures.backoff import Backoff


class Keys:
    """Asks for people until what waits for them can be sealed."""

    def __init__(self, state: State) -> None:
        self._desk = state.desk
        self._ledger = state.ledger
        self._people = state.people
        self._lookups = state.lookups
        self._outbox = state.outbox
        self._ourselves = state.ourselves
        self._chains = state.own_chains
        self._wanted: dict[AccountId, Backoff] = {}
        self._unknown: dict[AccountId, int] = {}

    def want(self, account: AccountId, now_ms: int) -> None:
        """Ask the directory for a person, again and again while something waits for them."""
        if account not in self._wanted:
            self._wanted[account] = Backoff(limits.FIND_MS, limits.ASK_KEYS_MAX_MS)
            self.on_due(account, now_ms)

    def complete(self, account: AccountId) -> None:
        """Somebody may have come whose key is wanted and not known: ask for it now.

        A reader of our messages, or one for whom something waits, whatever
        the wait until they would be asked for again.
        """
        person = self._people.get(account)
        is_reader = account == self._ourselves.account or self._chains.current(account) is not None
        if person is None or not (is_reader or account in self._wanted):
            return
        others = [client for client in person.present if client != self._ourselves.client]
        if any(client not in person.bundles for client in others):
            self._lookups.ask(account)

    def on_due(self, account: AccountId, now_ms: int) -> None:
        """It is time to ask."""
        if not self._outbox.unsealed(account):
            del self._wanted[account]
            self._unknown.pop(account, None)
        elif not self._lookups.ask(account, lambda at_ms: self._on_answer(account, at_ms)):
            self._ask_later(account, now_ms)

    def _on_answer(self, account: AccountId, now_ms: int) -> None:
        if self._people.get(account) is not None:
            self._unknown.pop(account, None)
            if not self._people.has_keys(account):
                self._stall(account, "away")
            self._ask_later(account, now_ms)
            return
        # What one home has not heard yet it may hear a moment later.
        times = self._unknown.pop(account, 0) + 1
        if times >= limits.UNKNOWN_ASKS_MAX:
            del self._wanted[account]
            self._give_up(account)
            return
        self._unknown[account] = times
        self._stall(account, "unknown_recipient")
        self._desk.timers.set(KeysDue(account), now_ms + limits.UNKNOWN_ASK_MS)

    def _ask_later(self, account: AccountId, now_ms: int) -> None:
        wait_ms = self._wanted[account].next_ms(self._desk.random)
        self._desk.timers.set(KeysDue(account), now_ms + wait_ms)

    def _give_up(self, account: AccountId) -> None:
        """Nobody knows whom it is for, and we never did."""
        for entry in self._outbox.unsealed(account):
            self._outbox.remove(entry)
            self._ledger.forget(outbox_key(entry.message))
            self._desk.report(
                LadderStepped(message=entry.message, step="failed", reason="unknown_recipient")
            )

    def _stall(self, account: AccountId, reason: str) -> None:
        for entry in self._outbox.unsealed(account):
            if entry.stalled_for != reason:
                entry.stalled_for = reason
                self._desk.report(
                    LadderStepped(message=entry.message, step="stalled", reason=reason)
                )
