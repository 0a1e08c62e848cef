"""Which counters of one origin were used, and for what."""

from enum import Enum, auto
from typing import Final

MARK_BYTES: Final = 8
"""Of each mark this much is kept: enough to tell a repetition from another text."""


class Verdict(Enum):
    """What a window says of a counter with its mark."""

    FRESH = auto()
    """Never accepted, and within the window or above it."""

    DUPLICATE = auto()
    """Accepted before, with the same mark: the same thing once more."""

    REPLAYED = auto()
    """Accepted before with another mark, or too old to be told from a replay."""


class CounterWindow:
    """The counters of one origin and incarnation that were used.

    They count from 1 and may come in any order, as long as they lie fewer than
    `span` below the highest taken so far. Older ones are never fresh, whether
    or not they were seen, since nothing is remembered of them. `highest` and
    `used`, in which bit i stands for the counter i below the highest, are all
    that there is to it: whoever keeps them makes the same window of them again.
    Raises ValueError where they fit no window of that span.
    Source: RFC 4303, section 3.4.3.
    """

    __slots__ = ("_span", "highest", "used")

    def __init__(self, span: int, highest: int = 0, used: int = 0) -> None:
        if highest < 0 or used < 0 or used.bit_length() > min(span, highest):
            raise ValueError(f"no window of {span} counters up to {highest}")
        self._span = span
        self.highest = highest
        self.used = used

    def is_fresh(self, counter: int) -> bool:
        """Whether `counter` was never taken, and is not too old to tell."""
        behind = self.highest - counter
        if counter < 1 or behind >= self._span:
            return False
        return behind < 0 or not (self.used >> behind) & 1

    def take(self, counter: int) -> None:
        """Use `counter`, which `is_fresh` has just called so."""
        assert self.is_fresh(counter)
        ahead = counter - self.highest
        if ahead > 0:
            # Shifting by an unbounded distance would let one counter cost any memory.
            kept = self.used << ahead if ahead < self._span else 0
            self.used = kept & ((1 << self._span) - 1)
            self.highest = counter
        self.used |= 1 << (self.highest - counter)


class ReplayWindow(CounterWindow):
    """A window that remembers what each counter was used for.

    A mark is anything of at least 8 bytes that names the text, such as a hash;
    its first 8 bytes are kept. Memory grows with the counters used, up to 8
    bytes times `span`.
    """

    __slots__ = ("_marks",)

    def __init__(self, span: int) -> None:
        super().__init__(span)
        self._marks = bytearray()

    def judge(self, counter: int, mark: bytes) -> Verdict:
        """Say what `counter` with `mark` is.

        Changes nothing: whoever asks before verifying the text takes the
        counter with `accept` only afterwards.
        """
        if self.is_fresh(counter):
            return Verdict.FRESH
        if counter < 1 or self.highest - counter >= self._span:
            return Verdict.REPLAYED
        place = counter % self._span * MARK_BYTES
        same = self._marks[place : place + MARK_BYTES] == mark[:MARK_BYTES]
        return Verdict.DUPLICATE if same else Verdict.REPLAYED

    def accept(self, counter: int, mark: bytes) -> None:
        """Take `counter` for `mark`, which `judge` has just called FRESH."""
        assert len(mark) >= MARK_BYTES
        self.take(counter)
        self._write(counter % self._span * MARK_BYTES, mark[:MARK_BYTES])

    def _write(self, place: int, mark: bytes) -> None:
        missing = place + MARK_BYTES - len(self._marks)
        if missing > 0:
            self._marks.extend(bytes(missing))
        self._marks[place : place + MARK_BYTES] = mark
