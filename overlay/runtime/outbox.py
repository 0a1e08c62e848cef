"""What waits to be written on one link."""


class Outbox:
    """Frames of one link, first in, first out. One task at a time takes them."""

    __slots__ = ("_coming", "_going", "is_closed", "queued_bytes")

    def __init__(self) -> None:
        # Two lists, each of which is only changed at its end: an empty deque is 760 bytes, and
        # most outboxes are empty most of the time.
        self._coming: list[bytes] = []
        self._going: list[bytes] = []
        self.is_closed = False
        self.queued_bytes = 0

    def put(self, frame: bytes) -> None:
        """Add a frame. One put after `close` is dropped."""
        if not self.is_closed:
            self._coming.append(frame)
            self.queued_bytes += len(frame)

    def close(self) -> None:
        """Take nothing more; what is here may still be taken."""
        self.is_closed = True

    def discard(self) -> None:
        """Take nothing more, and let go of what is here."""
        self.is_closed = True
        self._coming.clear()
        self._going.clear()
        self.queued_bytes = 0

    def oldest(self) -> bytes | None:
        """The oldest frame, which stays queued until `sent`; None when all is out."""
        if not self._going:
            self._going, self._coming = self._coming[::-1], self._going
        return self._going[-1] if self._going else None

    def sent(self) -> None:
        """The oldest frame is written, unless all were let go meanwhile."""
        if self._going:
            self.queued_bytes -= len(self._going.pop())
