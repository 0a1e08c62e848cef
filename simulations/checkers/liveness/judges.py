"""What is measured as it happens, from when a scenario says so: L2 and L4 (L3: `deaths.py`)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from overlay.core.facts import ClientAttached, RecordApplied
from overlay.limits import PARENT_WAIT_MS
from overlay.messages.ids import Order
from simulations.checkers.base import Checker, Fact
from simulations.checkers.liveness.bounds import (
    DELIVERY_MS,
    ROAMING_MS,
    Graph,
    connected,
)
from simulations.checkers.pending import Pending
from simulations.checkers.sight import Sight
from simulations.machines import Host
from simulations.sayings import Saying, Sayings


class Judge(Checker):
    """A checker of a bound. What it finds breaks liveness, not safety."""

    is_of_safety: ClassVar[bool] = False

    def __init__(self) -> None:
        super().__init__()
        self.times_ms: list[int] = []
        self._begun_ms: int | None = None

    def begin(self, now_ms: int) -> None:
        """Judge what happens from now on."""
        self._begun_ms = now_ms

    def close(self, now_ms: int) -> None:
        """The run is over: judge what can only be judged as a whole."""

    def rest(self) -> None:
        """Judge nothing that happens from now on."""
        self._begun_ms = None

    @property
    def is_judging(self) -> bool:
        return self._begun_ms is not None

    def numbers(self) -> dict[str, int]:
        """How many were measured, and how long they took."""
        ordered = sorted(self.times_ms)
        count = len(ordered)
        if count == 0:
            return {f"{self.id}_measured": 0}
        return {
            f"{self.id}_measured": count,
            f"{self.id}_p50_ms": ordered[(count - 1) // 2],
            f"{self.id}_p99_ms": ordered[max(-(-count * 99 // 100) - 1, 0)],
            f"{self.id}_max_ms": ordered[-1],
        }


class DeliveryJudge(Judge):
    """L2: an envelope whose recipient is live and connected is delivered within 5 s.

    From when its home accepted it until the first client of its recipient showed it.
    `are_unaffected` tells whether nothing befell these clients and the ways
    between their homes since a time.
    """

    id = "L2"

    def __init__(
        self, sayings: Sayings, are_unaffected: Callable[[Sequence[str], int], bool]
    ) -> None:
        super().__init__()
        self._pending = Pending(sayings)
        self._are_unaffected = are_unaffected
        self._judged = self._before = self._excused = 0

    def look(self, sight: Sight, now_ms: int) -> None:
        for saying in self._pending.all(now_ms):
            accepted_ms = saying.accepted_ms
            if accepted_ms is None:
                continue
            is_judged = self._begun_ms is not None and accepted_ms >= self._begun_ms
            due_ms = accepted_ms + _allowed_ms(saying)
            is_over = saying.delivered_ms is not None or now_ms > due_ms
            if is_judged and is_over and saying.wanted:
                self._judge(saying, accepted_ms, now_ms)
            elif is_over and saying.wanted:
                self._before += 1
            if is_over or not saying.wanted:
                self._pending.done_with(saying)

    def numbers(self) -> dict[str, int]:
        """Besides, of how many the bound was asked, and how many were left out: while nothing was
        judged, and since a fault or lost rows excuse that they were late."""
        return {
            **super().numbers(),
            "L2_judged": self._judged,
            "L2_not_judged": self._before,
            "L2_excused": self._excused,
        }

    def _judge(self, saying: Saying, accepted_ms: int, now_ms: int) -> None:
        took_ms = (saying.delivered_ms or now_ms) - accepted_ms
        if saying.delivered_ms is not None:
            self.times_ms.append(max(took_ms, 0))
        people = [saying.speaker, *saying.wanted]
        is_late = took_ms > _allowed_ms(saying)
        is_broken = is_late and self._are_unaffected(people, accepted_ms)
        is_excused = took_ms > DELIVERY_MS and not is_broken
        self._excused += is_excused
        self._judged += not is_excused
        if is_broken:
            who = f"{saying.speaker} to {'/'.join(saying.wanted)}"
            until = "and counting" if saying.delivered_ms is None else "and then arrived"
            self.broken(now_ms, f"{who}, accepted at {accepted_ms} ms, took {took_ms}, {until}")


def _allowed_ms(saying: Saying) -> int:
    """Who has lost rows may wait, besides, for a message that nobody has any more."""
    may_wait = any(saying.losses.values()) and (saying.delivered_ms is None or saying.follows_gap)
    return DELIVERY_MS + (PARENT_WAIT_MS if may_wait else 0)


@dataclass(slots=True, kw_only=True)
class _Roaming:
    """A client that has come to another home, and who has still to know."""

    at_ms: int
    order: Order | None = None
    unaware: dict[str, None] = field(default_factory=dict)


class RoamingJudge(Judge):
    """L4: a roaming client is reachable at its new home within 1 s, for 99 of 100 nodes.

    Judged are the nodes that are connected with that home when it takes the client in.
    """

    id = "L4"
    facts = (ClientAttached, RecordApplied)

    def __init__(self, graph: Callable[[], Graph]) -> None:
        super().__init__()
        self._graph = graph
        self._homes: dict[str, str] = {}
        self._roaming: dict[str, _Roaming] = {}

    def on_fact(self, host: Host, fact: Fact, now_ms: int) -> None:
        match fact:
            case ClientAttached(client=client):
                before, self._homes[client] = self._homes.get(client), host.name
                if self.is_judging and before is not None and before != host.name:
                    others = connected(self._graph(), host.name)
                    self._roaming[client] = _Roaming(at_ms=now_ms, unaware=dict.fromkeys(others))
            case RecordApplied(kind="presence", signer=client, order=order):
                self._on_presence(host, client, order, now_ms)
            case _:
                pass

    def on_end(self, host: Host, now_ms: int) -> None:
        for roaming in self._roaming.values():
            roaming.unaware.pop(host.name, None)

    def _on_presence(self, host: Host, client: str, order: Order, now_ms: int) -> None:
        roaming = self._roaming.get(client)
        if roaming is None:
            return
        if roaming.order is None and self._homes[client] == host.name:
            roaming.order = order
        elif roaming.order is not None and order >= roaming.order and host.name in roaming.unaware:
            del roaming.unaware[host.name]
            self.times_ms.append(now_ms - roaming.at_ms)

    def look(self, sight: Sight, now_ms: int) -> None:
        """Who does not know yet has been waiting at least so long; a later move forgives it."""
        for client, roaming in list(self._roaming.items()):
            if now_ms > roaming.at_ms + ROAMING_MS:
                unaware = [name for name in roaming.unaware if name in sight.censuses]
                self.times_ms += [now_ms - roaming.at_ms] * len(unaware)
                del self._roaming[client]

    def close(self, now_ms: int) -> None:
        """Compare the 99th percentile of all that was measured with its bound."""
        p99_ms = self.numbers().get(f"{self.id}_p99_ms", 0)
        if p99_ms > ROAMING_MS:
            count = sum(took_ms > ROAMING_MS for took_ms in self.times_ms)
            self.broken(
                now_ms,
                f"{count} of {len(self.times_ms)} nodes took longer than {ROAMING_MS} ms to know "
                f"where a client is, {p99_ms} ms at the 99th percentile",
            )
