"""What each deadline sets in motion when it has come."""

from typing import assert_never

from overlay.core.assembly import Assembly
from overlay.core.clients import ClientMessages
from overlay.core.effects import Effect
from overlay.core.peers import PeerMessages
from overlay.core.rounds import Rounds
from overlay.core.starting import Starting
from overlay.core.state.deadlines import (
    AckDue,
    AnnounceDue,
    AnswerDue,
    ApartDue,
    AttachDue,
    AttemptDue,
    BanDue,
    Deadline,
    ExtraDue,
    HandshakeDue,
    HealDue,
    HeartbeatDue,
    HomesDue,
    LingerDue,
    LivesDue,
    LossesDue,
    MissingDue,
    NamesDue,
    RedialDue,
    SaveDue,
    SearchDue,
    SilenceDue,
    SpareDue,
    StoreDue,
    SweepDue,
    UnitsDue,
    WatchersDue,
)


class Dues:
    """Knows whose each deadline is."""

    def __init__(
        self,
        parts: Assembly,
        rounds: Rounds,
        starting: Starting,
        peers: PeerMessages,
        clients: ClientMessages,
    ) -> None:
        self._parts = parts
        self._rounds = rounds
        self._starting = starting
        self._peers = peers
        self._clients = clients

    def on_due(self, due: Deadline, now_ms: int) -> list[Effect]:
        """One deadline that has come."""
        parts = self._parts
        match due:
            case (
                HandshakeDue()
                | AttachDue()
                | HeartbeatDue()
                | SilenceDue()
                | AckDue()
                | AnswerDue()
                | SpareDue()
            ):
                link = parts.links.get(due.link)
                return self._peers.on_link_due(link, due, now_ms) if link is not None else []
            case RedialDue(address):
                return parts.keeping.redial(address)
            case ApartDue(node):
                return self._peers.let_together(node)
            case BanDue(who):
                return self._peers.banning.end(who)
            case LingerDue(node):
                parts.liveness.let_go(node)
                return []
            case HealDue():
                return self._rounds.heal(now_ms)
            case ExtraDue():
                return self._rounds.link_further(now_ms)
            case UnitsDue():
                return parts.routing.forget_old(now_ms)
            case AttemptDue(leaf, home):
                return parts.delivery.on_attempt_due(leaf, home, now_ms)
            case SearchDue(search):
                return self._rounds.ask_again(parts.people.on_search_due(search, now_ms), now_ms)
            case LivesDue():
                effects = self._rounds.follow_lives(now_ms)
                # This change has waited already; watchers need not wait once more.
                parts.timers.cancel(WatchersDue())
                parts.people.tell_watchers()
                return effects
            case WatchersDue():
                parts.people.tell_watchers()
                return []
            case AnnounceDue():
                parts.spreading.on_announce_due(now_ms)
                return []
            case MissingDue():
                return parts.spreading.on_missing_due(now_ms)
            case SaveDue():
                return parts.gossip.save()
            case NamesDue() | LossesDue() | StoreDue():
                return []
            case HomesDue():
                return self._clients.tell_homes()
            case SweepDue():
                return self._starting.sweep(now_ms)
            case _:
                assert_never(due)
