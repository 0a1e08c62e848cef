"""Messages that people write, and the ladder of each. docs/protocol.md, sections 7.3 and 7.6."""

from collections.abc import Iterator

from overlay import limits
from overlay.client.durable.rows import outbox_key, outbox_row
from overlay.client.durable.values import Written
from overlay.client.facts import LadderStepped
from overlay.client.requests import Declined, MessageId, Queued, Say
from overlay.client.state.deadlines import OfferDue
from overlay.client.state.everything import State
from overlay.client.state.outbox import Entry
from overlay.crypto.sealing import pad
from overlay.errors import RemoteError
from overlay.messages.clients import Find, StallReason
from overlay.messages.envelopes import MessageText
from overlay.messages.ids import AccountId, ChainId
from overlay.messages.links import Refusal
from overlay.peering.events import Ticket
from overlay.structures.sizes import Size
from overlay.wire.codec import decode_frame, encode_frame
from overlay.wire.signed import read_message_text, write_message_text

_PARENTS = ((ChainId("A" * 43), 2**32),) * limits.PARENTS_MAX
_GIVEN_UP: tuple[StallReason, ...] = ("expired",)


class Sayings:
    """Takes messages in, follows them, and lets go of them when they are delivered."""

    def __init__(self, state: State) -> None:
        self._desk = state.desk
        self._ledger = state.ledger
        self._ourselves = state.ourselves
        self._outbox = state.outbox
        self._post = state.post
        self._entries_max = state.ourselves.settings.bounds.outbox_entries
        self._refused: dict[MessageId, AccountId] = {}

    def sizes(self) -> Iterator[Size]:
        """How full the outbox is."""
        yield Size("outbox", len(self._outbox), self._entries_max)

    def say(self, ticket: Ticket, say: Say) -> bool:
        """Put a message into the outbox; False where it is declined."""
        declined = self._why_not(say)
        if declined is not None:
            self._desk.answer(ticket, declined)
            return False
        message = MessageId(self._desk.fresh_id())
        content = Written(text=say.text, sent_at=say.sent_at)
        entry = self._outbox.write(message, say.to, content)
        self._ledger.put(
            outbox_row(entry.row), lambda _: self._desk.answer(ticket, Queued(message))
        )
        return True

    def on_accepted(self, message: MessageId) -> None:
        """Our home holds it."""
        entry = self._outbox.get(message)
        if entry is None:
            return
        entry.stalled_for = None
        if not entry.is_accepted:
            entry.is_accepted = True
            self._desk.report(LadderStepped(message=message, step="accepted"))

    def on_stalled(self, counter: int, reason: StallReason, now_ms: int) -> None:
        """Our home says why it could not deliver yet, or gives up."""
        entry = self._outbox.by_counter(counter)
        if entry is None:
            return
        if reason in _GIVEN_UP:
            self._outbox.remove(entry)
            self._ledger.forget(outbox_key(entry.message))
            self._desk.report(LadderStepped(message=entry.message, step="failed", reason=reason))
            return
        self._stall(entry, reason)
        if reason == "quota":
            self._offer_later(entry, now_ms)

    def on_refused(self, message: MessageId, refusal: Refusal, now_ms: int) -> None:
        """Our home does not take it. It stays in the outbox, for another time or another home."""
        entry = self._outbox.get(message)
        if entry is None:
            return
        self._stall(entry, "away" if refusal.code == "unknown_recipient" else refusal.code)
        self._offer_later(entry, now_ms, refusal.retry_after_ms)

    def on_offer_due(self, message: MessageId) -> None:
        """What was refused is offered once more."""
        entry = self._outbox.get(message)
        if self._refused.pop(message, None) is None or entry is None or entry.parcel is None:
            return
        self._desk.timers.cancel(OfferDue(message))
        self._post.put(entry.parcel)

    def on_present(self, account: AccountId) -> None:
        """A person came: offer at once what was refused while they were away."""
        for message in [message for message, to in self._refused.items() if to == account]:
            self.on_offer_due(message)

    def on_detached(self) -> None:
        """The next home is offered everything."""
        for message in self._refused:
            self._desk.timers.cancel(OfferDue(message))
        self._refused.clear()

    def _offer_later(self, entry: Entry, now_ms: int, wait_ms: int | None = None) -> None:
        self._refused[entry.message] = entry.to
        wait_ms = max(limits.QUOTA_RETRY_MS if wait_ms is None else wait_ms, limits.BUSY_RETRY_MS)
        self._desk.timers.set(OfferDue(entry.message), now_ms + wait_ms)

    def _stall(self, entry: Entry, reason: str) -> None:
        if entry.stalled_for != reason:
            entry.stalled_for = reason
            self._desk.report(LadderStepped(message=entry.message, step="stalled", reason=reason))

    def _why_not(self, say: Say) -> Declined | None:
        if say.to == self._ourselves.account:
            return Declined("unknown_recipient", "that is your own account")
        if len(self._outbox) >= self._entries_max:
            detail = f"{self._entries_max} messages wait for delivery already"
            return Declined("quota", detail)
        # Whatever our person gives has to pass the schemas, or nobody could read it.
        try:
            decode_frame(encode_frame(Find(request=0, id=say.to)))
            if len(say.text.encode()) > limits.TEXT_BYTES_MAX:
                return Declined("too_large", f"at most {limits.TEXT_BYTES_MAX} bytes")
            text = MessageText(text=say.text, sent_at=say.sent_at, parents=_PARENTS)
            written = write_message_text(text)
            read_message_text(written)
            pad(written)
        except (RemoteError, ValueError) as error:
            return Declined("malformed", str(error))
        return None
