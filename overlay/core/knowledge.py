"""What each message about records, and each channel envelope, of another node sets in motion."""

from collections.abc import Sequence
from typing import assert_never

from overlay.core.assembly import Assembly
from overlay.core.effects import Effect, Report
from overlay.core.endings import Endings
from overlay.core.facts import UnitDropped
from overlay.core.relays import RelayMessages
from overlay.core.rounds import Rounds
from overlay.core.sharing import Sharing
from overlay.core.state.deadlines import LingerDue
from overlay.core.state.links import Link
from overlay.errors import RemoteError
from overlay.messages.envelopes import ChannelMessage, ChatMessage
from overlay.messages.gossip import (
    Announce,
    Delta,
    Digest,
    DigestWanted,
    Equivocation,
    EverythingWanted,
    Prune,
    Push,
    Request,
    Synced,
)
from overlay.messages.ids import NodeId
from overlay.messages.records import Record
from overlay.messages.routing import Spread
from overlay.messages.signed import Signed
from overlay.messages.union import DigestMessage, TreeMessage
from overlay.peering.statements import Verified, is_of


class KnowledgeMessages:
    """Merges what neighbours tell, and answers what they ask."""

    def __init__(
        self,
        parts: Assembly,
        rounds: Rounds,
        endings: Endings,
        relays: RelayMessages,
        sharing: Sharing,
    ) -> None:
        self._parts = parts
        self._sharing = sharing
        self._rounds = rounds
        self._endings = endings
        self._relays = relays

    def on_message(
        self, link: Link, message: TreeMessage | DigestMessage, now_ms: int
    ) -> list[Effect]:
        """One message of a node whose link is open."""
        match message:
            case Push() | Equivocation() | Announce() | Prune() | Request() | Spread():
                return self._on_tree(link, message, now_ms)
            case _:
                return self._on_digest(link, message, now_ms)

    def _on_tree(self, link: Link, message: TreeMessage, now_ms: int) -> list[Effect]:
        parts = self._parts
        match message:
            case Push(records):
                if not self._sharing.admits_records(link, len(records), now_ms):
                    return []
                has_news, effects = self._take(link, records, now_ms)
                if not self._is_closed(link):
                    parts.spreading.on_pushed(link, records, now_ms, has_news=has_news)
                return effects
            case Equivocation():
                return self._on_proof(link, message, now_ms)
            case Announce():
                parts.spreading.on_announce(link, message, now_ms)
            case Prune():
                parts.spreading.on_prune(link)
            case Request():
                return self._answer(link, message, now_ms)
            case Spread():
                return self._on_spread(link, message, now_ms)
            case _:
                assert_never(message)
        return []

    def _on_digest(self, link: Link, message: DigestMessage, now_ms: int) -> list[Effect]:
        parts = self._parts
        effects: list[Effect] = []
        was_exchanged = link.is_exchanged
        match message:
            case Digest():
                parts.anti_entropy.on_digest(link, message, now_ms)
            case DigestWanted() | EverythingWanted():
                effects = self._answer(link, message, now_ms)
            case Delta(records, is_last):
                has_news, effects = self._take(link, records, now_ms)
                if self._is_closed(link):
                    return effects
                parts.anti_entropy.on_taken(link, has_news=has_news, is_last=is_last, now_ms=now_ms)
            case Synced():
                link.exchange.has_all_ours = True
            case _:
                assert_never(message)
        if link.is_exchanged:
            if not was_exchanged:
                parts.links.on_exchanged()
            parts.liveness.let_go(link.node)
            parts.timers.cancel(LingerDue(link.node))
            parts.spreading.announce_kept(link, now_ms)
        return effects

    def _answer(
        self, link: Link, question: Request | DigestWanted | EverythingWanted, now_ms: int
    ) -> list[Effect]:
        """Give what is asked for, within what one neighbour is answered."""
        parts = self._parts
        if not parts.anti_entropy.admits(link, now_ms):
            return []
        effects: list[Effect] = []
        before_bytes = link.waiting_bytes
        match question:
            case Request(grafts=True):
                effects = parts.spreading.on_request(link, question, now_ms)
            case Request():
                parts.anti_entropy.on_request(link, question)
            case DigestWanted():
                parts.anti_entropy.on_digest_wanted(link, question)
            case EverythingWanted():
                parts.anti_entropy.on_everything_wanted(link)
                # The most of it follows as it is read.
                before_bytes = link.waiting_bytes - parts.holdings.size_bytes
            case _:
                assert_never(question)
        parts.anti_entropy.answered(link, link.waiting_bytes - before_bytes, now_ms)
        return effects

    def _take(
        self, link: Link, signed_records: Sequence[Signed], now_ms: int
    ) -> tuple[bool, list[Effect]]:
        """Verify and merge records; says whether any of them was new."""
        parts = self._parts
        effects: list[Effect] = []
        records: list[Verified[Record]] = []
        unseen: list[Signed] = []
        for signed in signed_records:
            try:
                record = parts.verification.read_record(signed)
            except RemoteError as error:
                effects.append(self._relays.refused(link, signed, error))
                continue
            parts.spreading.on_arrived(link, record.leaf, now_ms)
            if signed.signer == parts.ourselves.id:
                if self._is_of_another_run(record):
                    used = parts.ourselves.incarnation
                    return True, [*effects, *self._endings.begin_anew(link.node, used, now_ms)]
                continue
            if parts.gossip.is_news(record):
                records.append(record)
            elif (parked := parts.gossip.parked_above(record)) is not None:
                unseen.append(parked)
        if unseen:
            # No comparison would ever show these: only what counts is in it.
            parts.links.say(link, Push(tuple(unseen)))
        return bool(records), effects + self._rounds.apply(records, link, now_ms)

    def _is_of_another_run(self, record: Verified[Record]) -> bool:
        """Of ourselves nobody has news, unless our disk was lost or went back.

        Then an earlier run has used our incarnation: `welcome` may have told of
        a lower one alone, and what it signed would count for ever.
        """
        is_of_ours = record.value.order.incarnation == self._parts.ourselves.incarnation
        return is_of_ours and self._parts.gossip.is_news(record)

    def _is_closed(self, link: Link) -> bool:
        return self._parts.links.get(link.id) is None

    def _on_proof(self, link: Link, message: Equivocation, now_ms: int) -> list[Effect]:
        parts = self._parts
        try:
            proved = parts.verification.read_proof(message)
        except RemoteError as error:
            return [self._relays.refused(link, message.first, error)]
        parts.spreading.on_arrived(link, proved.leaf, now_ms)
        if proved.leaf in parts.holdings:
            parts.spreading.on_pushed(link, (message.first,), now_ms, has_news=False)
            return []
        if link.exchange.pull is not None:
            link.exchange.pull.taken += 1
        return self._rounds.follow(parts.gossip.apply_proof(proved), now_ms, link)

    def _on_spread(self, link: Link, spread: Spread, now_ms: int) -> list[Effect]:
        parts = self._parts
        self._relays.take_number(link, spread.number, spread.envelope, now_ms)
        try:
            envelope = parts.verification.read_spread(spread.envelope, spread.keeper)
            if isinstance(envelope.value, ChannelMessage):
                parts.channels.check_origin(envelope.value)
            else:
                parts.directory.presence_in(envelope.value.signer, envelope.value.incarnation)
            is_new = parts.verification.take_counter(envelope)
        except RemoteError as error:
            return [self._relays.refused(link, spread.envelope, error)]
        parts.spreading.on_arrived(link, envelope.leaf, now_ms)
        parts.spreading.on_pushed(link, (envelope.signed,), now_ms, has_news=is_new)
        if not is_new:
            return []
        parts.spreading.spread_envelope(
            envelope.signed,
            envelope.leaf,
            link,
            now_ms,
            keeper=spread.keeper,
            age_ms=spread.age_ms or 0,
        )
        return self._hand_out(envelope, spread.keeper, now_ms)

    def _hand_out(
        self, envelope: Verified[ChannelMessage | ChatMessage], keeper: NodeId | None, now_ms: int
    ) -> list[Effect]:
        """To those who are here. The keeper of a message brings it again to who has no credit."""
        if is_of(envelope, ChannelMessage):
            return self._parts.channels.hand_out(envelope, now_ms)
        reason, effects = self._parts.receiving.hand_out(envelope, keeper, now_ms)
        if reason == "busy":
            effects.append(Report(UnitDropped(leaf=envelope.leaf, reason=reason)))
        return effects
