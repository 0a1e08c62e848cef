"""What waits to be written on one link."""

from collections import deque

from overlay.runtime.doorbell import Doorbell


class Outbox:
    """Frames of one link, first in, first out. One task takes them."""

    def __init__(self) -> None:
        self._frames: deque[bytes] = deque()
        self._bell = Doorbell()
        self._is_closed = False
        self.queued_bytes = 0

    def put(self, frame: bytes) -> None:
        """Add a frame. One put after `close` is dropped."""
        if self._is_closed:
            return
        self._frames.append(frame)
        self.queued_bytes += len(frame)
        self._bell.ring()

    def close(self) -> None:
        """Take nothing more; what is here may still be taken."""
        self._is_closed = True
        self._bell.ring()

    async def next_frame(self) -> bytes | None:
        """Wait for the oldest frame, which stays queued until `sent`; None when all is out."""
        while not self._frames:
            if self._is_closed:
                return None
            await self._bell.wait()
        return self._frames[0]

    def sent(self) -> None:
        """The oldest frame is written."""
        self.queued_bytes -= len(self._frames.popleft())
