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


class ReplayWindow:
    """The counters of one origin and incarnation, each of which can be accepted once.

    They count from 1 and may come in any order, as long as they lie fewer than
    `span` below the highest accepted so far. Older ones are refused whether or
    not they were seen, since nothing is remembered of them. A mark is anything
    of at least 8 bytes that names the text, such as a hash; its first 8 bytes
    are kept. Memory grows with the counters used, up to 8 bytes times `span`.
    Source: RFC 4303, section 3.4.3.
    """

    __slots__ = ("_highest", "_marks", "_span", "_used")

    def __init__(self, span: int) -> None:
        self._span = span
        self._highest = 0
        # Bit i stands for the counter that lies i below the highest.
        self._used = 0
        self._marks = bytearray()

    def judge(self, counter: int, mark: bytes) -> Verdict:
        """Say what `counter` with `mark` is.

        Changes nothing: whoever asks before verifying the text takes the
        counter with `accept` only afterwards.
        """
        behind = self._highest - counter
        if counter < 1 or behind >= self._span:
            return Verdict.REPLAYED
        if behind < 0 or not (self._used >> behind) & 1:
            return Verdict.FRESH
        place = counter % self._span * MARK_BYTES
        same = self._marks[place : place + MARK_BYTES] == mark[:MARK_BYTES]
        return Verdict.DUPLICATE if same else Verdict.REPLAYED

    def accept(self, counter: int, mark: bytes) -> None:
        """Take `counter` for `mark`, which `judge` has just called FRESH."""
        assert len(mark) >= MARK_BYTES
        assert self.judge(counter, mark) is Verdict.FRESH
        ahead = counter - self._highest
        if ahead > 0:
            # Shifting by an unbounded distance would let one counter cost any memory.
            kept = self._used << ahead if ahead < self._span else 0
            self._used = kept & ((1 << self._span) - 1)
            self._highest = counter
        self._used |= 1 << (self._highest - counter)
        self._write(counter % self._span * MARK_BYTES, mark[:MARK_BYTES])

    def _write(self, place: int, mark: bytes) -> None:
        missing = place + MARK_BYTES - len(self._marks)
        if missing > 0:
            self._marks.extend(bytes(missing))
        self._marks[place : place + MARK_BYTES] = mark
