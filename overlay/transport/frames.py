"""What the headers of WebSocket frames declare, before any payload is kept.

Source: RFC 6455, section 5.2.
"""

from typing import Final

FRAGMENTS_MAX: Final = 256
"""Frames of one message: 1 KiB each on average at the largest message. Empty ones cost memory
too, however small their sum is."""

_CONTINUATION: Final = 0x0
_LAST_DATA_OPCODE: Final = 0x2
_CLOSE: Final = 0x8
_FINAL_BIT: Final = 0x80
_MASKED_BIT: Final = 0x80
_HEADER_BYTES_MAX: Final = 14
_LENGTH_BYTES: Final = {126: 2, 127: 8}


class FrameHeaders:
    """Follows one direction of a link and stops before the first frame that is too large.

    It judges sizes only: whatever else is wrong with a frame is left to the
    WebSocket library behind it.
    """

    __slots__ = ("_fragments", "_is_control", "_is_fragmented", "_message_bytes", "_partial",
                 "_payload_left", "begun", "has_close", "is_too_large",
                 "message_bytes_max")  # fmt: skip

    def __init__(self, message_bytes_max: int) -> None:
        self.message_bytes_max = message_bytes_max
        self._message_bytes = 0
        self._fragments = 0
        self._partial = b""
        self._payload_left = 0
        self._is_control = False
        self._is_fragmented = False
        self.begun = 0
        """Messages that have begun."""
        self.has_close = False
        self.is_too_large = False

    @property
    def unfinished_bytes(self) -> int:
        """Payload that has come of a message that has begun and not ended."""
        left = 0 if self._is_control else self._payload_left
        return self._message_bytes - left if left or self._is_fragmented else 0

    def feed(self, data: bytes) -> int:
        """Follow the next bytes; returns how many of them may be passed on.

        Fewer than all only once `is_too_large` is set. A header that is cut
        between two calls is passed on with the part that came first.
        """
        position = 0
        while position < len(data) and not self.is_too_large:
            if self._payload_left:
                step = min(self._payload_left, len(data) - position)
                self._payload_left -= step
            else:
                step = self._read_header(data, position)
            position += step
        return position

    def _read_header(self, data: bytes, position: int) -> int:
        known = len(self._partial)
        header = self._partial + data[position : position + _HEADER_BYTES_MAX - known]
        header_bytes = _header_bytes(header)
        if len(header) < header_bytes:
            self._partial = header
            return len(header) - known
        self._partial = b""
        payload_bytes = _payload_bytes(header)
        self._judge(header[0], payload_bytes)
        if self.is_too_large:
            return 0
        self._payload_left = payload_bytes
        return header_bytes - known

    def _judge(self, first: int, payload_bytes: int) -> None:
        opcode = first & 0x0F
        self._is_control = opcode > _LAST_DATA_OPCODE
        if self._is_control:
            self.has_close = self.has_close or opcode == _CLOSE
            return
        if opcode != _CONTINUATION:
            self._message_bytes = self._fragments = 0
            self.begun += 1
        self._is_fragmented = not first & _FINAL_BIT
        self._message_bytes += payload_bytes
        self._fragments += 1
        self.is_too_large = (
            self._message_bytes > self.message_bytes_max or self._fragments > FRAGMENTS_MAX
        )


def _header_bytes(header: bytes) -> int:
    """The length of a frame's header, as far as its beginning tells."""
    if len(header) < 2:
        return 2
    length_bytes = _LENGTH_BYTES.get(header[1] & 0x7F, 0)
    return 2 + length_bytes + (4 if header[1] & _MASKED_BIT else 0)


def _payload_bytes(header: bytes) -> int:
    short = header[1] & 0x7F
    if short == 126:
        return int.from_bytes(header[2:4])
    if short == 127:
        return int.from_bytes(header[2:10])
    return short
