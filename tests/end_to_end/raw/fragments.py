"""Rows about messages in several frames: docs/protocol.md, section 1.5; RFC 6455, section 5.4."""

import json

from overlay import limits
from overlay.transport.frames import FRAGMENTS_MAX
from tests.end_to_end.raw.cases import (
    GOODBYE,
    MALFORMED,
    TOO_LARGE,
    Awaits,
    Closes,
    on_link,
    refused,
)
from tests.end_to_end.raw.messages import hello
from tests.unit.transport.peers import frame

BEGUN = frame(b"[", is_final=False)
HELLO = json.dumps([hello()]).encode()
HALF_BYTES = limits.FRAME_BYTES_MAX // 2


def further(payload: bytes, *, is_last: bool = False) -> bytes:
    return frame(payload, opcode=0, is_final=is_last)


CASES = (
    on_link("a continuation of nothing", further(b"[]", is_last=True), answer=MALFORMED),
    on_link("a continuation of nothing that goes on", further(b"["), answer=MALFORMED),
    on_link("an empty continuation of nothing", further(b"", is_last=True), answer=MALFORMED),
    on_link("a continuation after the last one",
            frame(HELLO[:9], is_final=False), further(HELLO[9:], is_last=True),
            further(b"", is_last=True), answer=MALFORMED),
    on_link("a text within a text", BEGUN, frame(b"[]"), answer=MALFORMED),
    on_link("a binary message within a text", BEGUN, frame(b"{}", opcode=2), answer=MALFORMED),
    on_link("a text that begins within a text", BEGUN, BEGUN, answer=MALFORMED),
    on_link("a text within a binary message",
            frame(b"{", opcode=2, is_final=False), frame(b"[]"), answer=MALFORMED),
    on_link("too much in two fragments",
            frame(bytes(HALF_BYTES), is_final=False), further(bytes(HALF_BYTES + 1)),
            answer=TOO_LARGE),
    on_link("too much declared by the last fragment",
            BEGUN, frame(b"", opcode=0, declared_bytes=limits.FRAME_BYTES_MAX),
            answer=TOO_LARGE),
    on_link("too much for a stranger in two fragments",
            frame(bytes(8_192), is_final=False), further(bytes(8_193)), answer=TOO_LARGE),
    on_link("one fragment too many", BEGUN, further(b" ") * FRAGMENTS_MAX, answer=TOO_LARGE),
    on_link("empty fragments without end", frame(b"", is_final=False), further(b"") * 9_999,
            answer=TOO_LARGE),
    on_link("a ping between each of too many fragments",
            BEGUN, (frame(b"", opcode=9) + further(b" ")) * FRAGMENTS_MAX,
            answer=Closes(code=1009, reason="too_large", pongs=(b"",) * FRAGMENTS_MAX)),
    on_link("as many fragments as may be, of no array",
            frame(b" ", is_final=False), further(b" ") * (FRAGMENTS_MAX - 2),
            further(b" ", is_last=True), answer=refused("malformed")),
    on_link("an empty text", frame(b""), answer=refused("malformed")),
    on_link("an empty text in three fragments",
            frame(b"", is_final=False), further(b""), further(b"", is_last=True),
            answer=refused("malformed")),
    on_link("a message that is never finished, and a close frame", BEGUN, GOODBYE,
            answer=Closes(code=1000, reason="bye")),
    on_link("a message that is never finished, and then nothing", Awaits(b"hello"), BEGUN,
            answer=Closes(code=1008, reason="handshake_timeout", refusals=("handshake_timeout",)),
            is_slow=True),
)  # fmt: skip
