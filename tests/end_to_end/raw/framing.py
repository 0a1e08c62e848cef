"""Rows about the headers of frames: docs/protocol.md, section 1.5; RFC 6455, section 5.2."""

from overlay import limits
from tests.end_to_end.raw.cases import GOODBYE, MALFORMED, TOO_LARGE, Closes, on_link
from tests.unit.transport.peers import frame

MASK = bytes(4)
BEYOND = limits.FRAME_BYTES_MAX + 1
RESERVED_OPCODES = (3, 4, 5, 6, 7, 0xB, 0xC, 0xD, 0xE, 0xF)


def with_length(first: int, short: int, length: bytes, payload: bytes = b"") -> bytes:
    """A masked frame whose length is written just so."""
    return bytes([first, 0x80 | short]) + length + MASK + payload


CASES = (
    *(
        on_link(f"reserved bit {bit}", frame(b"[]", opcode=0x80 >> bit | 1), answer=MALFORMED)
        for bit in (1, 2, 3)
    ),
    on_link("all reserved bits", frame(b"[]", opcode=0x71), answer=MALFORMED),
    on_link("a reserved bit in a ping", frame(b"", opcode=0x49), answer=MALFORMED),
    on_link("a reserved bit in a close frame", frame(b"", opcode=0x48), answer=MALFORMED),
    *(
        on_link(f"reserved opcode {opcode}", frame(b"[]", opcode=opcode), answer=MALFORMED)
        for opcode in RESERVED_OPCODES
    ),
    on_link(
        "a reserved opcode with a gigabyte declared",
        frame(b"", opcode=3, declared_bytes=2**30),
        answer=MALFORMED,
    ),
    on_link("text without a mask", b"\x81\x02[]", answer=MALFORMED),
    on_link("binary without a mask", b"\x82\x02[]", answer=MALFORMED),
    on_link("a ping without a mask", b"\x89\x00", answer=MALFORMED),
    on_link("a close frame without a mask", b"\x88\x02\x03\xe8", answer=MALFORMED),
    on_link("a short length in two bytes", with_length(0x81, 126, b"\0\x02", b"[]"),
            answer=MALFORMED),
    on_link("length 125 in two bytes", with_length(0x81, 126, b"\0\x7d", bytes(125)),
            answer=MALFORMED),
    on_link("a short length in eight bytes", with_length(0x81, 127, bytes(7) + b"\x02", b"[]"),
            answer=MALFORMED),
    on_link("length 65,535 in eight bytes",
            with_length(0x81, 127, (65_535).to_bytes(8), bytes(65_535)), answer=TOO_LARGE),
    on_link("length 0 in eight bytes", with_length(0x81, 127, bytes(8)), answer=MALFORMED),
    on_link("length 2^63", with_length(0x81, 127, (2**63).to_bytes(8)), answer=TOO_LARGE),
    on_link("length 2^64 less 1", with_length(0x81, 127, b"\xff" * 8), answer=TOO_LARGE),
    on_link("length 2^63 less 1", with_length(0x82, 127, (2**63 - 1).to_bytes(8)),
            answer=TOO_LARGE),
    on_link("a gigabyte declared", frame(b"", declared_bytes=2**30), answer=TOO_LARGE),
    on_link("a byte too many for a stranger",
            frame(b"", declared_bytes=limits.OPENING_BYTES_MAX + 1), answer=TOO_LARGE),
    on_link("a byte too many declared", frame(b"", declared_bytes=BEYOND), answer=TOO_LARGE),
    on_link("a byte too many in a binary message", frame(b"", opcode=2, declared_bytes=BEYOND),
            answer=TOO_LARGE),
    on_link("a byte too many, all of it sent", frame(bytes(BEYOND)), answer=TOO_LARGE),
    on_link("a megabyte sent after a refused length",
            frame(bytes(2**20), declared_bytes=2**30), answer=TOO_LARGE),
    on_link("HTTP instead of frames", b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
            answer=MALFORMED),
    on_link("zeros instead of frames", bytes(64), answer=MALFORMED),
    on_link("noise instead of frames", b"\xff" * 64, answer=MALFORMED),
    on_link("half a header, and then nothing", b"\x81",
            answer=Closes(code=1008, reason="handshake_timeout", refusals=("handshake_timeout",)),
            is_slow=True),
    on_link("half a payload, and then nothing", frame(b"[", declared_bytes=100),
            answer=Closes(code=1008, reason="handshake_timeout", refusals=("handshake_timeout",)),
            is_slow=True),
    on_link("what comes behind a refused frame", b"\x81\x02[]" + GOODBYE, answer=MALFORMED),
)  # fmt: skip
