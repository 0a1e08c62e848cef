"""What waits to be written on one link."""

from overlay.runtime.doorbell import Doorbell


class Outbox:
    """Frames of one link, first in, first out. One task takes them."""

    def __init__(self) -> None:
        # Two lists, each of which is only changed at its end: an empty deque is 760 bytes, and
        # most outboxes are empty most of the time.
        self._coming: list[bytes] = []
        self._going: list[bytes] = []
        self._bell = Doorbell()
        self._is_closed = False
        self.queued_bytes = 0

    def put(self, frame: bytes) -> None:
        """Add a frame. One put after `close` is dropped."""
        if self._is_closed:
            return
        self._coming.append(frame)
        self.queued_bytes += len(frame)
        self._bell.ring()

    def close(self) -> None:
        """Take nothing more; what is here may still be taken."""
        self._is_closed = True
        self._bell.ring()

    async def next_frame(self) -> bytes | None:
        """Wait for the oldest frame, which stays queued until `sent`; None when all is out."""
        while not self._going:
            if self._coming:
                self._going, self._coming = self._coming[::-1], []
            elif self._is_closed:
                return None
            else:
                await self._bell.wait()
        return self._going[-1]

    def sent(self) -> None:
        """The oldest frame is written."""
        self.queued_bytes -= len(self._going.pop())
