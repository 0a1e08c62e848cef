"""Envelopes to our home: signed together, within its credit, and what it says to them.

docs/protocol.md, sections 1.4, 3.2, 7.2 and 7.3.
"""

from overlay import limits
from overlay.client.state.deadlines import Moment
from overlay.client.state.everything import State
from overlay.client.state.post import Parcel
from overlay.messages.clients import Submit
from overlay.messages.links import Refusal

_SIGN_ANEW = ("replayed", "old_incarnation")


class Submission:
    """Takes parcels from the post to the home."""

    def __init__(self, state: State) -> None:
        self._desk = state.desk
        self._ourselves = state.ourselves
        self._connection = state.connection
        self._post = state.post
        self._outbox = state.outbox
        self._busy_until_ms = 0
        self._refused: list[Parcel] = []

    def flush(self, now_ms: int) -> None:
        """Submit what waits, as far as there is credit."""
        if not self._connection.is_attached or now_ms < self._busy_until_ms:
            return
        self._post.put_back(self._refused)
        self._refused = []
        unanswered = self._connection.open_link.unanswered
        while unanswered.has_credit(0) and (parcels := self._take()):
            for place, parcel in enumerate(parcels):
                if not self._submit(parcel, now_ms):
                    self._post.put_back(parcels[place:])
                    return

    def on_ack(self, number: int, now_ms: int) -> list[Parcel]:
        """What the home has accepted."""
        return self._connection.open_link.unanswered.acked(number, now_ms)

    def on_refused(self, refusal: Refusal, now_ms: int) -> Parcel | None:
        """Send it again where that is the answer; otherwise return it, with its fate open."""
        assert refusal.number is not None
        parcel = self._connection.open_link.unanswered.answered(refusal.number, now_ms)
        if parcel is None:
            return None
        if refusal.code == "busy":
            wait_ms = refusal.retry_after_ms or limits.BUSY_RETRY_MS
            self._busy_until_ms = now_ms + wait_ms
            self._desk.timers.set(Moment.POST, self._busy_until_ms)
            self._refused.append(parcel)
            return None
        if refusal.code in _SIGN_ANEW and parcel.tries < limits.SUBMIT_TRIES_MAX:
            parcel.signed = None
            parcel.tries += 1
            self._refused.append(parcel)
            return None
        return parcel

    def on_detached(self) -> None:
        """The next home has credit of its own."""
        self._busy_until_ms = 0
        self._refused = []
        self._post.clear()

    def _take(self) -> list[Parcel]:
        parcels = self._post.take(limits.BATCH_LEAVES_MAX)
        unsigned = [parcel for parcel in parcels if not self._is_signed(parcel)]
        signed = self._ourselves.sign_envelopes([parcel.envelope for parcel in unsigned])
        for parcel, statement in zip(unsigned, signed, strict=True):
            parcel.signed = statement
        return parcels

    def _is_signed(self, parcel: Parcel) -> bool:
        signed = parcel.signed
        return signed is not None and signed.value.incarnation == self._ourselves.incarnation

    def _submit(self, parcel: Parcel, now_ms: int) -> bool:
        signed = parcel.signed
        assert signed is not None
        unanswered = self._connection.open_link.unanswered
        size_bytes = signed.signed.size_bytes
        if not unanswered.has_credit(size_bytes):
            return False
        number = unanswered.take_number(parcel, size_bytes, now_ms)
        self._connection.ask(
            Submit(number=number, envelope=signed.signed, keeper=parcel.keeper), now_ms
        )
        self._note_counter(parcel, signed.value.counter)
        return True

    def _note_counter(self, parcel: Parcel, counter: int) -> None:
        entry = self._outbox.get(parcel.message) if parcel.message is not None else None
        if entry is not None:
            self._outbox.note_counter(entry, counter)
