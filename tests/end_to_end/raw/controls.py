"""Rows about pings, pongs and close frames: docs/protocol.md, section 1.5; RFC 6455, 5.5, 7.4."""

from tests.end_to_end.raw.cases import GOODBYE, MALFORMED, Awaits, Closes, Doing, Drops, on_link
from tests.unit.transport.peers import frame

LONGEST = bytes(range(125))
ACCEPTED = Closes(code=1000, reason="bye")
FLOOD = 1_000


def ping(payload: bytes = b"", *, is_final: bool = True) -> bytes:
    return frame(payload, opcode=9, is_final=is_final)


def pong(payload: bytes = b"", *, is_final: bool = True) -> bytes:
    return frame(payload, opcode=10, is_final=is_final)


def close(payload: bytes = b"") -> bytes:
    return frame(payload, opcode=8)


def close_with(code: int, reason: bytes = b"") -> bytes:
    return close(code.to_bytes(2) + reason)


CASES = (
    on_link("a ping of 126 bytes", ping(bytes(126)), answer=MALFORMED),
    on_link("a pong of 126 bytes", pong(bytes(126)), answer=MALFORMED),
    on_link("a close frame of 126 bytes", close_with(1000, bytes(124)), answer=MALFORMED),
    on_link("a ping of a gigabyte", frame(b"", opcode=9, declared_bytes=2**30), answer=MALFORMED),
    on_link("a ping with its short length in two bytes", b"\x89\xfe\0\x01\0\0\0\0?",
            answer=MALFORMED),
    on_link("a ping in fragments", ping(b"a", is_final=False), answer=MALFORMED),
    on_link("a pong in fragments", pong(b"a", is_final=False), answer=MALFORMED),
    on_link("a close frame in fragments", frame(b"\x03\xe8", opcode=8, is_final=False),
            answer=MALFORMED),
    on_link("a ping within a text", frame(b"[", is_final=False), ping(b"now"), GOODBYE,
            answer=Closes(code=1000, reason="bye", pongs=(b"now",))),
    on_link("the longest ping", ping(LONGEST), GOODBYE,
            answer=Closes(code=1000, reason="bye", pongs=(LONGEST,))),
    on_link("a flood of pings", Awaits(b"hello"), ping(b"!") * FLOOD, GOODBYE,
            answer=Closes(code=1000, reason="bye", pongs=(b"!",) * FLOOD)),
    on_link("a pong that nobody asked for", pong(b"here"), GOODBYE, answer=ACCEPTED),
    on_link("a flood of pongs", pong(b"here") * FLOOD, GOODBYE, answer=ACCEPTED),
    on_link("a ping after the close frame", GOODBYE + ping(b"late"), answer=ACCEPTED),
    on_link("a message after the close frame", GOODBYE + frame(b"[]"), answer=ACCEPTED),
    on_link("what breaks the rules after the close frame", GOODBYE + b"\xff" * 64,
            answer=ACCEPTED),
    on_link("two close frames", GOODBYE + close_with(1001), answer=ACCEPTED),
    on_link("a close frame without a code", close(), answer=Closes(code=None)),
    on_link("a close frame of one byte", close(b"?"), answer=MALFORMED),
    *(
        on_link(f"close code {code}", close_with(code, b"so"), answer=MALFORMED)
        for code in (0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65_535)
    ),
    *(
        on_link(f"close code {code}, which may be sent", close_with(code, b"so"),
                answer=Closes(code=code, reason="so"))
        for code in (1001, 1003, 1011, 3000, 4999)
    ),
    on_link("the end without a close frame", Awaits(b"hello"), Doing.ENDS_WRITING,
            answer=Drops()),
    on_link("a reset instead of a close frame", Awaits(b"hello"), Doing.RESETS, answer=Drops()),
    on_link("the end within a frame", Awaits(b"hello"), b"\x81\xfe\x10", Doing.ENDS_WRITING,
            answer=Drops()),
)  # fmt: skip
