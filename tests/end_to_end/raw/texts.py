"""Rows about texts that are no UTF-8: docs/protocol.md, section 1.5; RFC 6455, section 8.1."""

from tests.end_to_end.raw.cases import MALFORMED, NOT_UTF_8, on_link, refused
from tests.unit.transport.peers import frame

NOT_IN_UTF_8 = {
    "a byte that is in no text": b"\xff",
    "a continuation alone": b"\x80",
    "a start without its continuation": b"\xc3[",
    "a slash, overlong in two bytes": b"\xc0\xaf",
    "zero, overlong in two bytes": b"\xc0\x80",
    "a slash, overlong in three bytes": b"\xe0\x80\xaf",
    "a slash, overlong in four bytes": b"\xf0\x80\x80\xaf",
    "half of a surrogate pair": b"\xed\xa0\x80",
    "a surrogate pair": b"\xed\xa0\xbd\xed\xb8\x80",
    "a code point above U+10FFFF": b"\xf4\x90\x80\x80",
    "a sequence of five bytes": b"\xf8\x88\x80\x80\x80",
    "a sequence of six bytes": b"\xfc\x84\x80\x80\x80\x80",
    "a character cut off by the end": b"\xf0\x9f\x98",
    "UTF-16": "\ufeff[]".encode("utf-16"),
}


def fragments(*parts: bytes) -> bytes:
    """One text in several frames."""
    last = len(parts) - 1
    return b"".join(
        frame(part, opcode=0 if place else 1, is_final=place == last)
        for place, part in enumerate(parts)
    )


CASES = (
    *(
        on_link(name, frame(b'["' + data), answer=NOT_UTF_8)
        for name, data in NOT_IN_UTF_8.items()
    ),
    on_link("an overlong slash, split", fragments(b'["\xc0', b'\xaf"]'), answer=NOT_UTF_8),
    on_link("a surrogate, split", fragments(b'["\xed', b"\xa0", b'\x80"]'), answer=NOT_UTF_8),
    on_link("a character cut off in the last fragment", fragments(b'["', b"\xf0\x9f"),
            answer=NOT_UTF_8),
    on_link("what is no text already in the first fragment", frame(b'["\xff', is_final=False),
            answer=NOT_UTF_8),
    on_link("a whole character, split, in what is no array", fragments(b'"\xf0\x9f', b'\x98\x80"'),
            answer=refused("malformed")),
    on_link("a byte order mark", frame(b"\xef\xbb\xbf[]"), answer=refused("malformed")),
    on_link("a zero byte", frame(b"[\0]"), answer=refused("malformed")),
    on_link("a lone surrogate, escaped",
            frame(rb'[{"type": "goodbye", "homes": ["\ud800"]}]'), answer=refused("malformed")),
    on_link("no text in a close frame", frame(b"\x03\xe8\xff\xfe", opcode=8), answer=NOT_UTF_8),
    on_link("a surrogate in a close frame", frame(b"\x03\xe8\xed\xa0\x80", opcode=8),
            answer=NOT_UTF_8),
    on_link("a character cut off in a close frame", frame(b"\x03\xe8\xe2\x82", opcode=8),
            answer=NOT_UTF_8),
    on_link("no text, and no mask", b"\x81\x01\xff", answer=MALFORMED),
)  # fmt: skip
