"""What each message of our home, or of the node that is to become it, sets in motion."""

from overlay import limits
from overlay.client.assembly import Assembly
from overlay.client.facts import HomeMisbehaved
from overlay.client.rounds import Rounds
from overlay.client.state.connection import Phase
from overlay.errors import MalformedFrame, Mismatch, RemoteError, Unexpected, UnknownSuite
from overlay.messages.clients import Deliver, Done, Found, People, Stalled
from overlay.messages.envelopes import (
    ChainStart,
    ChainWanted,
    ChannelMessage,
    ChatMessage,
    Receipt,
    UnknownKey,
)
from overlay.messages.ids import AccountId, NodeId
from overlay.messages.links import Ack, Goodbye, Heartbeat, Homes, Refusal, Welcome
from overlay.messages.union import Message
from overlay.peering.events import LinkId
from overlay.peering.statements import Verified
from overlay.wire.codec import Decode
from overlay.wire.signed import Signable

_TAKEN_OVER = "duplicate_link"


class HomeMessages:
    """Hands what the home says to the parts that it concerns."""

    def __init__(self, parts: Assembly, rounds: Rounds, decode: Decode) -> None:
        self._parts = parts
        self._rounds = rounds
        self._decode = decode

    def on_frame(self, link: LinkId, data: bytes, now_ms: int) -> None:
        """One frame. What comes on a link that was given up is not looked at."""
        if self._is_gone(link):
            return
        try:
            messages = self._decode(data)
            self._parts.liveness.on_heard(now_ms)
            for message in messages:
                self._on_message(message, now_ms)
                if self._is_gone(link):
                    return
        except RemoteError as error:
            self._refuse(error, now_ms)

    def _is_gone(self, link: LinkId) -> bool:
        current = self._parts.state.connection.link
        return current is None or current.id != link

    def _refuse(self, error: RemoteError, now_ms: int) -> None:
        """The home broke the protocol: tell it, and go elsewhere."""
        state, detail = self._parts.state, error.detail[: limits.DETAIL_CHARACTERS_MAX]
        state.desk.report(HomeMisbehaved(code=error.code, detail=detail))
        state.connection.say(Refusal(code=error.code, detail=detail))
        self._parts.attaching.refused(error.code, detail, now_ms)

    def _on_message(self, message: Message, now_ms: int) -> None:
        parts = self._parts
        match message:
            case Refusal():
                self._on_refusal(message, now_ms)
            case Welcome():
                self._on_welcome(message, now_ms)
            case _ if parts.state.connection.phase is Phase.HANDSHAKE:
                if parts.attaching.on_handshake(message):
                    self._rounds.on_entered()
            case Heartbeat():
                parts.liveness.on_heartbeat(message)
            case Goodbye(homes):
                parts.attaching.rank(homes)
                parts.attaching.leave("stopping", now_ms)
            case Homes(homes):
                parts.attaching.rank(homes)
            case Ack(number):
                self._on_ack(number, now_ms)
            case Done(request):
                self._on_done(request, now_ms)
            case Found():
                parts.directory.on_found(message, parts.learn(message.people, now_ms), now_ms)
                parts.attaching.on_found(message, now_ms)
            case People(people):
                parts.directory.on_people(parts.learn(people, now_ms))
                for told in people:
                    parts.keys.complete(AccountId(told.account.signer))
            case Deliver():
                self._on_deliver(message, now_ms)
            case Stalled(counter=counter, reason=reason):
                parts.sayings.on_stalled(counter, reason, now_ms)
            case _:
                raise Unexpected("a message that no client takes")

    def _on_welcome(self, welcome: Welcome, now_ms: int) -> None:
        parts = self._parts
        if not parts.attaching.on_welcome(welcome, now_ms):
            return
        self._rounds.on_linked()
        parts.liveness.on_welcomed(welcome.limits.heartbeat_ms, now_ms)
        if parts.certificates.certify():
            parts.renew(now_ms)
        else:
            detail = "no record of the account lists this client"
            parts.attaching.refused("not_certified", detail, now_ms)

    def _on_ack(self, number: int, now_ms: int) -> None:
        for parcel in self._parts.submission.on_ack(number, now_ms):
            if parcel.message is not None:
                self._parts.sayings.on_accepted(parcel.message)
                self._parts.channels.on_accepted(parcel.message)

    def _on_done(self, request: int, now_ms: int) -> None:
        self._parts.directory.on_done(request)
        self._parts.channels.on_done(request)
        if self._parts.attaching.on_done(request):
            self._parts.on_attached(now_ms)

    def _on_refusal(self, refusal: Refusal, now_ms: int) -> None:
        parts = self._parts
        if refusal.number is not None:
            parcel = parts.submission.on_refused(refusal, now_ms)
            if parcel is not None and parcel.message is not None:
                parts.sayings.on_refused(parcel.message, refusal, now_ms)
                parts.channels.on_message_refused(parcel.message, refusal.code)
        elif refusal.request is not None:
            parts.directory.on_refused(refusal, now_ms)
            parts.channels.on_refused(refusal, now_ms)
            parts.attaching.on_refused(refusal, now_ms)
        elif refusal.code == _TAKEN_OVER:
            # Somebody attached with our identity: to come back would be to take turns for ever.
            parts.attaching.stop(refusal.code, now_ms)
        else:
            parts.attaching.turned_away(refusal, now_ms)

    def _on_deliver(self, deliver: Deliver, now_ms: int) -> None:
        connection = self._parts.state.connection
        if not connection.open_link.received.take(deliver.number):
            raise MalformedFrame("the numbers on this link have a gap")
        self._parts.liveness.owe_ack(now_ms)
        try:
            envelope = self._parts.state.ourselves.reader.read(deliver.envelope)
            self._on_envelope(envelope, deliver.keeper, now_ms)
        except RemoteError as error:
            detail = error.detail[: limits.DETAIL_CHARACTERS_MAX]
            connection.say(Refusal(code=error.code, detail=detail, number=deliver.number))
            # In what suite somebody seals is not the home's doing, and the reader has told it.
            if not isinstance(error, UnknownSuite):
                self._parts.state.desk.report(HomeMisbehaved(code=error.code, detail=detail))

    def _on_envelope(
        self, envelope: Verified[Signable], keeper: NodeId | None, now_ms: int
    ) -> None:
        parts = self._parts
        match envelope.value:
            case ChatMessage() as message:
                parts.reading.on_message(message, keeper, now_ms)
            case ChainStart() as start:
                parts.reading.on_chain_start(start, keeper)
            case Receipt() as receipt:
                parts.receipts.on_receipt(receipt)
            case ChainWanted() as wanted:
                parts.sealing.on_chain_wanted(wanted)
            case UnknownKey() as unknown:
                parts.sealing.on_unknown_key(unknown)
            case ChannelMessage() as said:
                parts.channels.on_message(Verified(said, envelope.signed, envelope.leaf))
            case _:
                raise Mismatch("no envelope for a client")
