"""Numbers, acks and credit of one direction of a link. docs/protocol.md, section 1.4."""

from collections import OrderedDict
from collections.abc import Iterator
from typing import Generic, TypeVar

ItemT = TypeVar("ItemT")


class Unanswered(Generic[ItemT]):
    """What was sent with a number on one link and has not been answered, within its credit."""

    def __init__(self, credit_envelopes: int, credit_bytes: int) -> None:
        self._credit_envelopes = credit_envelopes
        self._credit_bytes = credit_bytes
        self._bytes = 0
        self._last = 0
        self._sent: OrderedDict[int, tuple[ItemT, int]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._sent)

    def resize(self, credit_envelopes: int, credit_bytes: int) -> None:
        """Take the credit that the other end's welcome grants."""
        self._credit_envelopes = credit_envelopes
        self._credit_bytes = credit_bytes

    def has_credit(self, size_bytes: int) -> bool:
        """Whether one more envelope may be sent now. An empty link takes any single one."""
        if not self._sent:
            return True
        fits = self._bytes + size_bytes <= self._credit_bytes
        return fits and len(self._sent) < self._credit_envelopes

    def take_number(self, item: ItemT, size_bytes: int) -> int:
        """The number to send `item` under. The caller has asked `has_credit`."""
        self._last += 1
        self._sent[self._last] = (item, size_bytes)
        self._bytes += size_bytes
        return self._last

    def acked(self, number: int) -> list[ItemT]:
        """Everything up to `number` that is unanswered, which an ack covers."""
        items: list[ItemT] = []
        while self._sent:
            first = next(iter(self._sent))
            if first > number:
                break
            items.append(self._pop(first))
        return items

    def answered(self, number: int) -> ItemT | None:
        """The one item that was returned or refused; None when it is answered already."""
        return self._pop(number) if number in self._sent else None

    def items(self) -> Iterator[ItemT]:
        """Everything unanswered, oldest first."""
        return (item for item, _ in self._sent.values())

    def _pop(self, number: int) -> ItemT:
        item, size_bytes = self._sent.pop(number)
        self._bytes -= size_bytes
        return item


class Received:
    """The numbers that came in on one link, to be acked together."""

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
        if self.outstanding <= 1:
            return False
        return self.outstanding > credit_envelopes or self._bytes > credit_bytes

    @property
    def outstanding(self) -> int:
        """How many have arrived that no ack covers yet."""
        return self._last - self._acked

    def ack(self) -> int:
        """The number to ack now; covers everything that arrived."""
        self._acked = self._last
        self._bytes = 0
        return self._last
