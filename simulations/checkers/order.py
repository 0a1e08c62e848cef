"""S6: a message is never shown before its known parents unless marked as a gap.

Seen from outside, where every account has one client: each message of a chain names the one
before it as a parent, or something by the other person, who had seen that one. So whoever is
shown a later one first is told that there is a gap, unless what was skipped is never shown.
Where accounts have more clients it may be a message of another client that carried the mark.
"""

from overlay.client.facts import MessageArrived
from simulations.checkers.base import Checker, Fact
from simulations.machines import Host


class OrderChecker(Checker):
    """Knows what was shown of each chain at each client, and what was marked."""

    id = "S6"
    facts = (MessageArrived,)
    branches = ("shown after a gap", "shown late, behind a gap")

    def __init__(self) -> None:
        super().__init__()
        self._shown: dict[tuple[str, str], dict[int, bool]] = {}
        """By client and chain: the indexes, in the order of showing, and whether marked."""

    def on_fact(self, host: Host, fact: Fact, now_ms: int) -> None:
        assert isinstance(fact, MessageArrived)
        shown = self._shown.setdefault((host.name, fact.chain), {})
        if fact.index in shown:
            # That nothing is shown twice is for others to judge.
            return
        above = next((index for index in shown if index > fact.index), None)
        if above is not None:
            self.sometimes("shown late, behind a gap")
            if not shown[above]:
                self.broken(now_ms, f"{host.name} was shown {above} unmarked, and then {fact!r}")
        if fact.follows_gap:
            self.sometimes("shown after a gap")
        shown[fact.index] = fact.follows_gap
