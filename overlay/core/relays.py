"""What the units of another node set in motion: relayed, audited, acked, returned, refused."""

from overlay import limits
from overlay.core.assembly import Assembly
from overlay.core.effects import Effect, Report
from overlay.core.endings import Endings
from overlay.core.facts import EnvelopeRefused
from overlay.core.rounds import Rounds
from overlay.core.stages.verification import check_size
from overlay.core.state.links import Link
from overlay.core.state.units import Unit
from overlay.errors import Busy, RemoteError, Unexpected
from overlay.messages.envelopes import BundleAnswer, BundleWanted, Receipt
from overlay.messages.ids import NodeId
from overlay.messages.routing import Relay, Returned, UnitKey
from overlay.messages.signed import Signed
from overlay.peering.refusals import refusal_of


class RelayMessages:
    """Takes units in, and what neighbours say about those that they were given."""

    def __init__(self, parts: Assembly, rounds: Rounds, endings: Endings) -> None:
        self._parts = parts
        self._rounds = rounds
        self._endings = endings

    def take_number(self, link: Link, number: int, envelope: Signed, now_ms: int) -> None:
        """Count what came.

        Raises `Unexpected` out of turn, `TooLarge` for what cannot be passed on, `Busy` beyond
        the credit.
        """
        received = link.received
        if not received.take(number, envelope.size_bytes):
            raise Unexpected(f"number {number} out of turn")
        check_size(envelope)
        if not link.is_ack_due:
            self._parts.keeping.owe_ack(link, now_ms)
        if received.exceeds(limits.LINK_CREDIT_ENVELOPES, limits.LINK_CREDIT_BYTES):
            raise Busy("more than the credit", retry_after_ms=limits.BUSY_RETRY_MS)

    def on_relay(self, link: Link, relay: Relay, now_ms: int) -> list[Effect]:
        self.take_number(link, relay.number, relay.envelope, now_ms)
        verification = self._parts.verification
        if verification.is_audit_due():
            try:
                leaf = verification.reader.verified_leaf_of(relay.envelope)
            except RemoteError as error:
                return self._refuse_forged(link, relay.envelope, error, relay.number, now_ms)
            link.audit_score = max(0, link.audit_score - 1)
        else:
            leaf = verification.reader.leaf_of(relay.envelope)
        unit, effects = self._parts.routing.on_relay(link, relay, leaf, now_ms)
        if unit is None:
            return effects
        return effects + self._on_arrived(link, unit, relay.envelope, now_ms)

    def on_returned(self, link: Link, returned: Returned, now_ms: int) -> list[Effect]:
        """A copy comes back. Where only this link has had its text, that is verified."""
        parts = self._parts
        reader = parts.verification.reader
        leaf = reader.leaf_of(returned.envelope)
        key = UnitKey(leaf, returned.home, returned.attempt)
        link.unanswered.answered(returned.number, now_ms)
        link.is_quiet = False
        if parts.routing.has_forgotten(link, key):
            try:
                reader.verified_leaf_of(returned.envelope)
            except RemoteError as error:
                return self._refuse_forged(link, returned.envelope, error, None, now_ms)
        return parts.routing.on_returned(link, returned, key, now_ms)

    def _refuse_forged(
        self, link: Link, signed: Signed, error: RemoteError, number: int | None, now_ms: int
    ) -> list[Effect]:
        """Say no to a text that nobody signed, and close a link on which too many come."""
        effects = [self.refused(link, signed, error, number)]
        link.audit_score += limits.AUDIT_BAD_SCORE
        if link.audit_score >= limits.AUDIT_SCORE_MAX:
            effects += self._endings.close(link, error.code, now_ms)
        return effects

    def _on_arrived(self, link: Link, unit: Unit, signed: Signed, now_ms: int) -> list[Effect]:
        """An envelope whose home is here."""
        try:
            envelope = self._parts.verification.read_relayed(signed)
            match envelope.value:
                case BundleWanted(signer=asking, recipients=(client,)):
                    lost = self._parts.routing.lost_receipts
                    lost.on_asked(NodeId(asking), client, now_ms)
                    answers = self._parts.people.bundle_answer(envelope.value)
                    return self._rounds.send_from_node(answers)
                case BundleAnswer():
                    self._parts.people.on_bundle(envelope.value, self._parts.verification.reader)
                    return []
                case _:
                    pass
        except RemoteError as error:
            # Not counted: the hop before checks one in 16, and must not pay for all that it missed.
            return [self.refused(link, signed, error, unit.number)]
        self._parts.routing.lost_receipts.on_arrived(unit.key, unit.keeper, now_ms)
        if isinstance(envelope.value, Receipt):
            return self._rounds.take_note(envelope, envelope.value, now_ms)
        reason, effects = self._parts.receiving.hand_out(envelope, unit.keeper, now_ms)
        if reason is not None:
            effects += self._parts.routing.give_back(unit, reason)
        return effects

    def on_ack(self, link: Link, number: int, now_ms: int) -> list[Effect]:
        """The peer holds everything up to a number."""
        link.is_quiet = False
        for item in link.unanswered.acked(number, now_ms):
            if isinstance(item, UnitKey):
                self._parts.routing.on_acked(link, item)
        return []

    def on_refused(self, link: Link, item: object, code: str, now_ms: int) -> list[Effect]:
        """A next hop has audited a unit, or has no room. A forged one is blamed on its source."""
        routing = self._parts.routing
        unit = routing.text_refused(link, item) if isinstance(item, UnitKey) else None
        if unit is None or unit.envelope is None:
            return []
        envelope = unit.envelope
        source = self._parts.links.get(unit.came_from) if unit.came_from is not None else None
        if code != Busy.code and source is not None:
            try:
                self._parts.verification.reader.verified_leaf_of(envelope)
            except RemoteError as error:
                unit.end()
                return self._refuse_forged(source, envelope, error, unit.number, now_ms)
        return routing.on_refused(link, unit, code, now_ms)

    def refused(
        self, link: Link, signed: Signed, error: RemoteError, number: int | None = None
    ) -> Effect:
        """Say no to one signed text; the rest of its message stands."""
        self._parts.links.say(link, refusal_of(error, number=number))
        return Report(EnvelopeRefused(origin=signed.signer, code=error.code, detail=error.detail))
