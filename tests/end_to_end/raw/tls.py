"""Rows about TLS, and what is none: docs/protocol.md, sections 1.1 and 1.5; RFC 8446."""

import ssl

from tests.end_to_end.raw.cases import (
    GOODBYE,
    HEAD_END,
    MALFORMED,
    Alerts,
    Answer,
    Answers,
    Awaits,
    Case,
    Doing,
    Door,
    Drops,
    Ends,
    Step,
    get,
    opening,
)
from tests.end_to_end.raw.hellos import ALERT, DATA, HANDSHAKE, client_hello, record
from tests.unit.transport.peers import frame

UNEXPECTED_MESSAGE, BAD_RECORD_MAC, RECORD_OVERFLOW = 10, 20, 22
HANDSHAKE_FAILURE, ILLEGAL_PARAMETER, DECODE_ERROR = 40, 47, 50
PROTOCOL_VERSION, UNRECOGNIZED_NAME = 70, 112

HELLO = client_hello()
HALF = HELLO[: len(HELLO) // 2]
NAMED = client_hello(host="north.example")
SSL_2_HELLO = b"\x80\x2e\x01\x00\x02\x00\x15\x00\x00\x00\x10" + bytes(37)
TOO_LONG = 2**14 + 257


def below(name: str, *steps: Step, answer: Answer, is_slow: bool = False) -> Case:
    """A row about what is said to a port at which TLS is spoken."""
    return Case(name=name, steps=steps, answer=answer, doors=(Door.BARE,), is_slow=is_slow)


def alerts(name: str, data: bytes, *descriptions: int) -> Case:
    return below(name, data, answer=Alerts(descriptions))


def ends(name: str, *steps: Step, is_slow: bool = False) -> Case:
    return below(name, *steps, answer=Ends(), is_slow=is_slow)


def plain(name: str, data: bytes, answer: Answer) -> Case:
    """A row about TLS said to a port at which none is spoken."""
    return Case(name=name, steps=(data,), answer=answer, doors=(Door.PLAIN,))


def without_tls(name: str, data: bytes) -> Case:
    return below(name, data, answer=Answers((400,), b"TLS is spoken here"))


def within(name: str, *steps: Step, answer: Answer) -> Case:
    """A row about what is said once TLS is spoken; it may break out of that."""
    return Case(name=name, steps=steps, answer=answer, doors=(Door.SECURED,))


CASES = (
    without_tls("GET to a port of TLS", get("/")),
    without_tls("HEAD to a port of TLS", b"HEAD / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"),
    without_tls("POST to a port of TLS", b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"),
    without_tls("a link without TLS to a port of TLS", opening()),
    ends("another method to a port of TLS", b"OPTIONS / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"),
    ends("the preface of HTTP/2 to a port of TLS", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    ends("the greeting of SSH to a port of TLS", b"SSH-2.0-OpenSSH_9.6\r\n"),
    ends("zeros to a port of TLS", bytes(64)),
    ends("noise to a port of TLS", b"\xa5" * 512),
    alerts("the hello of SSL 2", SSL_2_HELLO, PROTOCOL_VERSION, HANDSHAKE_FAILURE),
    alerts("the hello of SSL 3", record(HANDSHAKE, b"\x01\0\0\x29\x03\0" + bytes(33) +
           b"\0\x02\0\x2f\x01\0", b"\x03\x00"), PROTOCOL_VERSION, HANDSHAKE_FAILURE),
    *(
        alerts(f"a client of {version.name} alone", client_hello(highest=version),
               PROTOCOL_VERSION)
        for version in (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1, ssl.TLSVersion.TLSv1_2)
    ),
    alerts("a record of an unknown kind", record(99, b"what?"), UNEXPECTED_MESSAGE),
    alerts("a record of heartbeats", record(24, b"\x01\x40\x00"), UNEXPECTED_MESSAGE),
    alerts("data before the hello", record(DATA, bytes(64)), UNEXPECTED_MESSAGE),
    ends("an empty record, and then nothing", record(HANDSHAKE, b""), is_slow=True),
    alerts("a record that is too long", record(HANDSHAKE, bytes(TOO_LONG)), RECORD_OVERFLOW),
    alerts("another message than the hello", record(HANDSHAKE, b"\x14\0\0\x04four"),
           UNEXPECTED_MESSAGE),
    alerts("a hello that is longer than any", record(HANDSHAKE, b"\x01\xff\xff\xff" + bytes(64)),
           ILLEGAL_PARAMETER, DECODE_ERROR),
    alerts("a hello of zeros", record(HANDSHAKE, b"\x01\0\0\x40" + bytes(64)),
           DECODE_ERROR, PROTOCOL_VERSION),
    alerts("a host with a zero byte", NAMED.replace(b"north.example", b"north\0example"),
           UNRECOGNIZED_NAME, DECODE_ERROR),
    alerts("an alert instead of a hello", record(ALERT, b"\x02\x28"), UNEXPECTED_MESSAGE),
    alerts("a farewell instead of a hello", record(ALERT, b"\x01\x00"), UNEXPECTED_MESSAGE),
    below("half a hello, and then the end", HALF, Doing.ENDS_WRITING, answer=Drops()),
    ends("half a hello, and then a reset", HALF, Doing.RESETS),
    ends("half a hello, and then nothing", HALF, is_slow=True),
    ends("one byte of a hello, and then nothing", HELLO[:1], is_slow=True),
    below("one byte of a hello, and then the end", HELLO[:1], Doing.ENDS_WRITING, answer=Drops()),
    ends("nothing in TLS", is_slow=True),
    below("a hello, and then nothing", HELLO, answer=Drops(), is_slow=True),
    below("a hello, and then the end", HELLO, Doing.ENDS_WRITING, answer=Drops()),
    below("a hello, and then a reset", HELLO, Doing.RESETS, answer=Drops()),
    below("a hello, and data that nobody has sealed", HELLO + record(DATA, bytes(64)),
          answer=Drops()),
    below("two hellos", HELLO + HELLO, answer=Drops()),
    within("nothing in TLS once it is spoken, and then the end", Doing.BREAKS_OUT,
           Doing.ENDS_WRITING, answer=Drops()),
    within("data without TLS once it is spoken", Doing.BREAKS_OUT, get("/"), answer=Drops()),
    within("a new hello once TLS is spoken", Doing.BREAKS_OUT, HELLO, answer=Drops()),
    within("sealed noise once TLS is spoken", Doing.BREAKS_OUT, record(DATA, b"\xa5" * 64),
           answer=Drops()),
    within("the end of a link without a farewell", opening(), Awaits(b"hello"), Doing.BREAKS_OUT,
           Doing.ENDS_WRITING, answer=Drops()),
    within("noise on a link in TLS", opening(), Awaits(b"hello"), Doing.BREAKS_OUT,
           record(DATA, b"\xa5" * 64), answer=Drops()),
    within("the preface of HTTP/2 in TLS", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
           answer=Answers((505,))),
    within("a link in TLS, and another hello in it", opening(), Awaits(HEAD_END), HELLO,
           answer=MALFORMED),
    within("a link in TLS in another link's frame", opening(), Awaits(HEAD_END),
           frame(HELLO, opcode=3), GOODBYE, answer=MALFORMED),
    below("a client of HTTP/2 alone", client_hello(protocols=["h2"]), answer=Drops(),
          is_slow=True),
    below("a host of another network", client_hello(host="evil.test"), answer=Drops(),
          is_slow=True),
    plain("a hello to a port without TLS", HELLO, Answers((400,))),
    Case(name="the hello of SSL 2 to a port without TLS", steps=(SSL_2_HELLO,),
         answer=Answers((408,)), doors=(Door.PLAIN,), is_slow=True),
    plain("an alert to a port without TLS", record(ALERT, b"\x02\x28"), Answers((400,))),
    plain("half a hello to a port without TLS", HALF, Answers((400,))),
)  # fmt: skip
