"""What happens once for all events of a round: what is due, and what is to be said and kept."""

from typing import assert_never

from overlay.client.assembly import Assembly
from overlay.client.durable.rows import sealing_key_row
from overlay.client.durable.values import Durable
from overlay.client.facts import ClientStoreFailed
from overlay.client.state.deadlines import (
    ChainDue,
    Deadline,
    FindDue,
    GapDue,
    JoinDue,
    KeysDue,
    Moment,
    OfferDue,
)
from overlay.crypto.sealing import SealingKey
from overlay.peering.events import LinkId


class Rounds:
    """The end of every round, the start of the client, and the loss of its link."""

    def __init__(self, parts: Assembly, durable: Durable) -> None:
        self._parts = parts
        self._durable = durable
        self._is_started = False
        self._linked: LinkId | None = None

    def finish(self, now_ms: int) -> None:
        """Do what is due, then say and keep everything that the round has brought."""
        parts, state = self._parts, self._parts.state
        if not self._is_started:
            self._start(now_ms)
        for deadline in state.desk.timers.due(now_ms):
            self._on_due(deadline, now_ms)
            self.notice_loss()
        parts.directory.flush(now_ms)
        parts.showing.flush(now_ms)
        parts.receipts.flush()
        parts.submission.flush(now_ms)
        parts.liveness.flush()
        for effect in (*state.connection.flush(now_ms), *state.ledger.flush(now_ms)):
            state.desk.do(effect)

    def on_entered(self) -> None:
        """The network is known, without which nothing that was signed can be read."""
        self._parts.certificates.restore(self._durable.account)
        self._parts.acquaintance.restore(self._durable.people)

    def on_linked(self) -> None:
        """A node serves the link that there is now."""
        self._linked = self._parts.state.connection.open_link.id

    def notice_loss(self) -> None:
        """Tell every part when the link is gone over which it spoke."""
        link = self._parts.state.connection.link
        if self._linked is not None and (link is None or link.id != self._linked):
            self._linked = None
            self._parts.on_detached()

    def _start(self, now_ms: int) -> None:
        self._is_started = True
        state, durable = self._parts.state, self._durable
        for table, key in durable.unreadable:
            state.desk.report(ClientStoreFailed(f"row {table}/{key} cannot be read"))
        if not state.ourselves.sealing_keys:
            sealing_key = SealingKey.generate(state.desk.random)
            state.ourselves.sealing_keys[sealing_key.key_id] = sealing_key
            state.ledger.put(sealing_key_row(sealing_key.key_id, sealing_key.seed))
        if durable.network is not None:
            state.ourselves.enter(durable.network)
            self.on_entered()
        self._parts.showing.restore(durable.untaken, durable.held, now_ms)
        self._parts.attaching.start()

    def _on_due(self, deadline: Deadline, now_ms: int) -> None:
        parts = self._parts
        match deadline:
            case Moment():
                self._on_moment(deadline, now_ms)
            case KeysDue(account):
                parts.keys.on_due(account, now_ms)
            case FindDue(request):
                parts.directory.on_find_due(request)
            case JoinDue(channel):
                parts.channels.on_join_due(channel, now_ms)
            case OfferDue(message):
                parts.sayings.on_offer_due(message)
            case ChainDue(chain, origin):
                parts.reading.on_chain_due(chain, origin, now_ms)
            case GapDue(place):
                parts.showing.on_gap_due(place)
            case _:
                assert_never(deadline)

    def _on_moment(self, moment: Moment, now_ms: int) -> None:
        parts = self._parts
        if moment is Moment.DIAL:
            parts.attaching.dial()
        if parts.state.connection.link is None:
            # An earlier deadline of this round has closed the link that this one is about.
            return
        match moment:
            case Moment.HANDSHAKE:
                parts.attaching.refused("handshake_timeout", "it took too long", now_ms)
            case Moment.HEARTBEAT:
                parts.liveness.on_heartbeat_due(now_ms)
            case Moment.ANSWER:
                if parts.liveness.on_answer_due(now_ms):
                    parts.attaching.leave("stalled", now_ms)
            case Moment.SILENCE:
                parts.liveness.on_silence_due(now_ms)
            case Moment.ACK:
                parts.liveness.on_ack_due()
            case Moment.RENEW:
                parts.renew(now_ms)
            case Moment.DIAL | Moment.POST | Moment.STORE | Moment.WATCH:
                # What waits for room or for the disk is looked at at the end of every round.
                pass
            case _:
                assert_never(moment)
