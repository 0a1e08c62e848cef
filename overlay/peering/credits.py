"""Numbers, acks, round trips and credit of one direction of a link. docs/protocol.md, 1.4."""

from collections import OrderedDict
from collections.abc import Iterator
from itertools import chain
from typing import Any, Generic, TypeVar

from overlay import limits

ItemT = TypeVar("ItemT")

_Sent = tuple[ItemT, int, int | None, bool]
"""What, its bytes, when, and whether its answer is awaited."""

_NONE: OrderedDict[int, _Sent[Any]] = OrderedDict()
"""On most links nothing waits: a table of one's own takes 170 bytes, empty."""

_GAIN = 8
"""Each measurement moves the smoothed round trip by an eighth. RFC 6298, section 2.3."""


class RoundTrip:
    """How long a numbered message waits for its answer on one link, smoothed, in ms.

    Acks are delayed by up to `ACK_DELAY_MS` on purpose, and that is part of
    every measurement: whoever waits for an answer waits for the delay, too.
    Whoever compares links asks for `rank`, which is too coarse to see it.
    """

    __slots__ = ("_eighths_ms", "_measured_ms", "rank")

    def __init__(self) -> None:
        self._eighths_ms: int | None = None
        self._measured_ms: int | None = None
        self.rank = 0
        """0 up to twice the ack delay, or unmeasured; one more for each doubling."""

    @property
    def smoothed_ms(self) -> int | None:
        """What was supposed, before the first measurement; None if nothing was."""
        return self._eighths_ms // _GAIN if self._eighths_ms is not None else None

    @property
    def patience_ms(self) -> int:
        """An answer that takes longer than this is late."""
        if self._eighths_ms is None:
            return limits.ANSWER_MS_MIN
        usual_ms = limits.ANSWER_ROUND_TRIPS * self._eighths_ms // _GAIN
        return min(max(usual_ms, limits.ANSWER_MS_MIN), limits.ANSWER_MS_MAX)

    def rank_at(self, now_ms: int) -> int:
        """The rank, as long as it means anything: who is never chosen is never measured anew."""
        return 0 if self._is_stale(now_ms) else self.rank

    def _is_stale(self, now_ms: int) -> bool:
        measured_ms = self._measured_ms
        return measured_ms is None or now_ms >= measured_ms + limits.ROUND_TRIP_STALE_MS

    def suppose(self, round_trip_ms: int) -> None:
        """Go by a rough guess until the first measurement. It gives no rank."""
        if self._measured_ms is None:
            self._eighths_ms = _GAIN * round_trip_ms

    def measured(self, round_trip_ms: int, now_ms: int) -> None:
        """Take in how long one answer took."""
        is_stale, self._measured_ms = self._is_stale(now_ms), now_ms
        if self._eighths_ms is None or is_stale:
            self._eighths_ms = _GAIN * round_trip_ms
        else:
            self._eighths_ms += round_trip_ms - self._eighths_ms // _GAIN
        self._take_rank(self._eighths_ms // _GAIN)

    def _take_rank(self, smoothed_ms: int) -> None:
        """A rank is left only a quarter beyond its end, so that noise does not make it flap."""
        rank = _rank(smoothed_ms)
        if rank > self.rank:
            self.rank = max(self.rank, _rank(smoothed_ms * 4 // 5))
        elif rank < self.rank:
            self.rank = min(self.rank, _rank(smoothed_ms * 5 // 4))


def _rank(smoothed_ms: int) -> int:
    return (smoothed_ms // (2 * limits.ACK_DELAY_MS)).bit_length()


class Window:
    """How many bytes may wait for answers at once, so that these come soon.

    While they do, it grows by what is answered, as long as it is used; while
    they do not, it shrinks by half of that: halved within a round trip. What a link cannot
    carry waits where it can still go another way, and not in a queue
    before everything else. Source: delay as the sign of congestion, as in LEDBAT, RFC 6817.
    """

    __slots__ = ("size_bytes",)

    def __init__(self) -> None:
        self.size_bytes: int = limits.WINDOW_FIRST_BYTES

    def on_answers(self, answered_bytes: int, waited_bytes: int, took_ms: int) -> None:
        """So much of what waited was answered, the last of it after `took_ms`."""
        if took_ms > limits.WINDOW_ANSWER_MS:
            self.size_bytes = max(self.size_bytes - answered_bytes // 2, limits.WINDOW_MIN_BYTES)
        elif waited_bytes > self.size_bytes // 2:
            self.size_bytes = min(self.size_bytes + answered_bytes, limits.LINK_CREDIT_BYTES)


class Unanswered(Generic[ItemT]):
    """What was sent with a number on one link and has not been answered, within its credit.

    What was sent without saying when is not measured; only what is awaited can be late.
    """

    __slots__ = ("_bytes", "_credit_bytes", "_credit_envelopes", "_last", "_late", "_sent",
                 "_window", "round_trip")  # fmt: skip

    def __init__(self, credit_envelopes: int, credit_bytes: int) -> None:
        self._credit_envelopes = credit_envelopes
        self._credit_bytes = credit_bytes
        self._window: Window | None = None
        self._bytes = 0
        self._last = 0
        self._sent: OrderedDict[int, _Sent[ItemT]] = _NONE
        # What is late was sent before everything that is not, so both stay in order.
        self._late: OrderedDict[int, _Sent[ItemT]] = _NONE
        self.round_trip = RoundTrip()

    def __len__(self) -> int:
        return len(self._sent) + len(self._late)

    def resize(self, credit_envelopes: int, credit_bytes: int) -> None:
        """Take the credit that the other end's welcome grants."""
        self._credit_envelopes = credit_envelopes
        self._credit_bytes = credit_bytes

    def pace(self) -> None:
        """Let no more wait for answers than lets these come soon."""
        self._window = Window()

    def has_credit(self, size_bytes: int) -> bool:
        """Whether one more envelope may be sent now. An empty link takes any single one."""
        count = len(self._sent) + len(self._late)
        if not count:
            return True
        most_bytes = self._credit_bytes
        if self._window is not None and self._window.size_bytes < most_bytes:
            most_bytes = self._window.size_bytes
        return count < self._credit_envelopes and self._bytes + size_bytes <= most_bytes

    def take_number(
        self, item: ItemT, size_bytes: int, now_ms: int | None = None, *, is_awaited: bool = False
    ) -> int:
        """The number to send `item` under. The caller has asked `has_credit`."""
        self._last += 1
        if self._sent is _NONE:
            self._sent = OrderedDict()
        self._sent[self._last] = (item, size_bytes, now_ms, is_awaited)
        self._bytes += size_bytes
        return self._last

    def acked(self, number: int, now_ms: int | None = None) -> list[ItemT]:
        """Everything up to `number` that is unanswered, which an ack covers."""
        items: list[ItemT] = []
        last_ms: int | None = None
        waited_bytes = self._bytes
        for waiting in (self._late, self._sent):
            while waiting:
                first = next(iter(waiting))
                if first > number:
                    break
                # Of what one ack covers, the last has waited least for the ack's own delay.
                item, size_bytes, last_ms, _ = waiting.pop(first)
                self._bytes -= size_bytes
                items.append(item)
        if last_ms is not None and now_ms is not None:
            self.round_trip.measured(now_ms - last_ms, now_ms)
            if self._window is not None:
                self._window.on_answers(waited_bytes - self._bytes, waited_bytes, now_ms - last_ms)
        return items

    def answered(self, number: int, now_ms: int | None = None) -> ItemT | None:
        """The one item that was returned or refused; None when it is answered already."""
        sent = self._sent.pop(number, None) or self._late.pop(number, None)
        if sent is None:
            return None
        item, size_bytes, at_ms, _ = sent
        self._bytes -= size_bytes
        if now_ms is not None and at_ms is not None:
            self.round_trip.measured(now_ms - at_ms, now_ms)
        return item

    def items(self) -> Iterator[ItemT]:
        """Everything unanswered, oldest first."""
        return (item for item, *_ in chain(self._late.values(), self._sent.values()))

    # Silence.

    def take_late(self, now_ms: int) -> list[ItemT]:
        """What has become late by now, each once; `late_at_ms` says when to ask again."""
        items: list[ItemT] = []
        patience_ms = self.round_trip.patience_ms
        while self._sent:
            number, (item, _, at_ms, is_awaited) = next(iter(self._sent.items()))
            if is_awaited and at_ms is not None:
                if at_ms + patience_ms > now_ms:
                    break
                items.append(item)
            if self._late is _NONE:
                self._late = OrderedDict()
            self._late[number] = self._sent.pop(number)
        return items

    def late_at_ms(self) -> int | None:
        """When the oldest that is not late will be; None while nothing waits."""
        for *_, at_ms, is_awaited in self._sent.values():
            if is_awaited and at_ms is not None:
                return at_ms + self.round_trip.patience_ms
        return None


class Received:
    """The numbers that came in on one link, to be acked together."""

    __slots__ = ("_acked", "_bytes", "_last")

    def __init__(self) -> None:
        self._last = 0
        self._acked = 0
        self._bytes = 0

    def take(self, number: int, size_bytes: int = 0) -> bool:
        """Note an arrival; False when the number is not the next: the peer miscounts."""
        if number != self._last + 1:
            return False
        self._last = number
        self._bytes += size_bytes
        return True

    def exceeds(self, credit_envelopes: int, credit_bytes: int) -> bool:
        """Whether more has arrived since the last ack than this credit; one always fits."""
        outstanding = self._last - self._acked
        if outstanding <= 1:
            return False
        return outstanding > credit_envelopes or self._bytes > credit_bytes

    @property
    def total(self) -> int:
        """How many have arrived since the link opened."""
        return self._last

    @property
    def outstanding(self) -> int:
        """How many have arrived that no ack covers yet."""
        return self._last - self._acked

    def ack(self) -> int:
        """The number to ack now; covers everything that arrived."""
        self._acked = self._last
        self._bytes = 0
        return self._last
