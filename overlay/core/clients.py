"""What each message of a client sets in motion. docs/protocol.md, sections 7.3 and 8."""

from collections.abc import Iterator
from typing import assert_never

from overlay import limits
from overlay.core.assembly import Assembly
from overlay.core.banning import Banning
from overlay.core.effects import Effect, Report
from overlay.core.endings import Endings
from overlay.core.facts import EnvelopeAccepted
from overlay.core.own_statements import OwnStatements
from overlay.core.rounds import Rounds
from overlay.core.settings import Share
from overlay.core.sharing import Sharing
from overlay.core.state.answers import Answers
from overlay.core.state.deadlines import AttachDue
from overlay.core.state.links import Link
from overlay.errors import Busy, Unexpected
from overlay.messages.clients import Attach, Detach, Done, Find, Join, Leave, Submit, Watch
from overlay.messages.envelopes import (
    ChainStart,
    ChainWanted,
    ChannelMessage,
    ChatMessage,
    ClientEnvelope,
    Receipt,
    UnknownKey,
)
from overlay.messages.ids import NodeId
from overlay.messages.links import Homes
from overlay.messages.union import ToNode
from overlay.peering.statements import Verified
from overlay.structures.sizes import Size


class ClientMessages:
    """Serves the clients attached here."""

    def __init__(
        self,
        parts: Assembly,
        rounds: Rounds,
        endings: Endings,
        statements: OwnStatements,
        sharing: Sharing,
        banning: Banning,
    ) -> None:
        self._parts = parts
        self._banning = banning
        self._sharing = sharing
        self._rounds = rounds
        self._endings = endings
        self._statements = statements
        self._answers = Answers(limits.REQUESTS_AT_ONCE_BYTES, limits.REQUESTS_SECOND_BYTES)

    def sizes(self) -> Iterator[Size]:
        """How full its tables are."""
        yield Size("clients that asked", len(self._answers), limits.ASKERS_MAX)

    def on_message(self, link: Link, message: ToNode, now_ms: int) -> list[Effect]:
        """One message of a client whose link is open."""
        parts = self._parts
        if isinstance(message, Submit):
            return self._on_submit(link, message, now_ms)
        if not isinstance(message, Detach):
            self._sharing.check_messages(link)
        match message:
            case Attach():
                return self._on_attach(link, message, now_ms)
            case Detach():
                return self._endings.close(link, "stopping", now_ms)
            case Find() | Watch():
                return self._answer(link, message, now_ms)
            case Join():
                self._check_attached(link)
                parts.channels.join(link, message)
                return []
            case Leave():
                parts.channels.leave(link, message)
                return []
            case _:
                assert_never(message)

    def tell_homes(self) -> list[Effect]:
        """The nodes to resume at have changed."""
        for link in self._parts.links.clients():
            homes = self._parts.sessions.homes_for(link.client)
            self._parts.links.say(link, Homes(homes))
        return []

    def _answer(self, link: Link, question: Find | Watch, now_ms: int) -> list[Effect]:
        """Raises `Busy` while earlier answers wait to be read, or were too many lately."""
        parts = self._parts
        _check_room(link)
        self._sharing.check(link, Share.LOOKUPS, now_ms)
        held_bytes = parts.holdings.size_bytes
        wait_ms = self._answers.wait_ms(link.peer, held_bytes, now_ms)
        if wait_ms:
            wait_ms = max(wait_ms, limits.BUSY_RETRY_MS)
            raise Busy("enough was answered for now", retry_after_ms=wait_ms)
        effects: list[Effect] = []
        before_bytes = link.waiting_bytes
        match question:
            case Find():
                effects = self._rounds.send_from_node(parts.people.find(link, question, now_ms))
            case Watch():
                parts.people.watch(link, question)
            case _:
                assert_never(question)
        size_bytes = link.waiting_bytes - before_bytes
        if parts.people.is_telling(link):
            # The rest of everything follows as it is read.
            size_bytes = max(size_bytes, held_bytes)
        size_bytes += limits.REQUEST_BYTES_MIN
        self._answers.given(link.peer, size_bytes, held_bytes, now_ms)
        return effects

    def _on_attach(self, link: Link, attach: Attach, now_ms: int) -> list[Effect]:
        parts = self._parts
        self._sharing.check(link, Share.ATTACHES, now_ms)
        brought = parts.attachments.read(link, attach)
        self._banning.check_id(brought.presence.value.account, now_ms)
        self._sharing.pay_with(link, brought.presence.value.account, now_ms)
        slot, effects = parts.attachments.attach(link, brought)
        parts.links.attached(link)
        parts.timers.cancel(AttachDue(link.id))
        parts.bundles.serve(brought.bundle)
        self._statements.sign_record(slot, brought.account, brought.presence)
        parts.links.say(link, Done(attach.request))
        return effects

    def _check_attached(self, link: Link) -> None:
        attachment = self._parts.attachments.get(link.client)
        if attachment is None or attachment.link is not link:
            raise Unexpected("attach first")

    def _on_submit(self, link: Link, submit: Submit, now_ms: int) -> list[Effect]:
        """Verify, keep or pass on, and ack: that is *accepted*."""
        parts = self._parts
        if not link.received.take(submit.number, submit.envelope.size_bytes):
            raise Unexpected(f"number {submit.number} out of turn")
        self._check_attached(link)
        if parts.delivery.stuck.is_so(link.client):
            parts.delivery.stuck.hold_back(link.client)
        else:
            parts.keeping.owe_ack(link, now_ms)
        if link.received.exceeds(limits.CLIENT_CREDIT_ENVELOPES, limits.CLIENT_CREDIT_BYTES):
            raise Busy("more than the credit", retry_after_ms=limits.BUSY_RETRY_MS)
        self._sharing.check_messages(link)
        envelope = parts.verification.read_submitted(submit.envelope, link.client, link.incarnation)
        is_new = parts.verification.take_counter(envelope)
        effects = self._take_in(envelope, submit.keeper, is_new, now_ms)
        if is_new:
            fact = EnvelopeAccepted(
                origin=envelope.value.signer,
                incarnation=envelope.value.incarnation,
                counter=envelope.value.counter,
                leaf=envelope.leaf,
                kind=envelope.signed.kind,
            )
            effects.append(Report(fact))
        return effects

    def _take_in(
        self, envelope: Verified[ClientEnvelope], keeper: NodeId | None, is_new: bool, now_ms: int
    ) -> list[Effect]:
        parts = self._parts
        match envelope.value:
            case ChatMessage() | ChainStart() as sealed:
                kept = Verified(sealed, envelope.signed, envelope.leaf)
                return parts.delivery.keep(kept, now_ms, is_new=is_new)
            case Receipt() | ChainWanted() | UnknownKey() as note:
                return self._pass_note(envelope, note, keeper, now_ms) if is_new else []
            case ChannelMessage() as message:
                if not is_new:
                    return []
                parts.channels.check_origin(message)
                said = Verified(message, envelope.signed, envelope.leaf)
                parts.spreading.spread_envelope(envelope.signed, envelope.leaf, None, now_ms)
                return parts.channels.hand_out(said, now_ms)
            case _:
                assert_never(envelope.value)

    def _pass_note(
        self,
        envelope: Verified[ClientEnvelope],
        note: Receipt | ChainWanted | UnknownKey,
        keeper: NodeId | None,
        now_ms: int,
    ) -> list[Effect]:
        """To the keeper and to the recipient's home; kept by nobody."""
        parts = self._parts
        effects: list[Effect] = []
        for home in parts.receiving.note_targets(note, keeper):
            if home != parts.ourselves.id:
                effects += self._rounds.send_unkept(envelope, home, now_ms)
                continue
            effects += self._rounds.take_note(envelope, note, now_ms)
        return effects


def _check_room(link: Link) -> None:
    """Raises `Busy` while earlier answers wait to be read: a short question has a long answer."""
    if link.waiting_bytes > limits.OUTBOX_BYTES_MAX // 2:
        raise Busy("read what was answered first", retry_after_ms=limits.BUSY_RETRY_MS)
