"""Who it is that dials a node: read from the first frame of the dialler as it passes by."""

from typing import Final

from overlay.errors import RemoteError
from overlay.messages.links import Hello
from overlay.wire.codec import decode_frame, read_json

HELLO_BYTES_MAX: Final = 65_536
"""An upgrade and a hello take a few kilobytes; of whoever says more it is not known who it is."""

_MASKED_BIT: Final = 0x80
_LENGTH_BYTES: Final = {126: 2, 127: 8}
_MASK_BYTES: Final = 4


class HelloReader:
    """Takes what a dialler sends until its hello has passed, or cannot be one."""

    def __init__(self) -> None:
        self._received = b""
        self.is_over = False
        self.key: str | None = None
        """The node id or client id in the hello. Nobody has proved it: it names, no more."""

    def feed(self, data: bytes) -> None:
        """The next bytes; nothing happens once it is over."""
        if self.is_over:
            return
        self._received += data
        _, end, rest = self._received.partition(b"\r\n\r\n")
        payload = _first_payload(rest) if end else None
        if payload is not None:
            self.key = _key_in(payload)
        if payload is not None or len(self._received) > HELLO_BYTES_MAX:
            self.is_over = True
            self._received = b""


def _first_payload(data: bytes) -> bytes | None:
    """What the first frame of a client carries, once all of it is there. RFC 6455, section 5.2."""
    if len(data) < 2:
        return None
    short = data[1] & 0x7F
    length_bytes = _LENGTH_BYTES.get(short, 0)
    begins = 2 + length_bytes
    length = int.from_bytes(data[2:begins]) if length_bytes else short
    mask = b""
    if data[1] & _MASKED_BIT:
        mask = data[begins : begins + _MASK_BYTES]
        begins += _MASK_BYTES
    payload = data[begins : begins + length]
    if len(data) < begins + length:
        return None
    return (
        bytes(byte ^ mask[at % _MASK_BYTES] for at, byte in enumerate(payload)) if mask else payload
    )


def _key_in(payload: bytes) -> str | None:
    try:
        first = decode_frame(payload)[0]
        said = read_json(first.text) if isinstance(first, Hello) else None
    except RemoteError:
        return None
    key = said.get("key") if isinstance(said, dict) else None
    return key if isinstance(key, str) else None
