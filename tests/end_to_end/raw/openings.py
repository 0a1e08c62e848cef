"""Rows about requests for a link: docs/protocol.md, section 1.5; RFC 6455, section 4.2.1."""

from overlay.transport.http import HEAD_BYTES_MAX
from tests.end_to_end.raw.cases import (
    CLIENTS_HEADERS,
    GOODBYE,
    HEAD_END,
    MALFORMED,
    Answers,
    Awaits,
    Case,
    Closes,
    asked,
    opening,
    request,
)
from tests.unit.transport.peers import KEY, frame

DEFLATE = ("Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits")
ACCEPTED = Closes(code=1000, reason="bye")
VERSION = b"sec-websocket-version: 13"
UPGRADE = b"upgrade: websocket"


def granted(name: str, data: bytes, *then: bytes, answer: Closes = ACCEPTED) -> Case:
    """A link all the same; what else was asked for is not in the answer to that."""
    return Case(name=name, steps=(data, Awaits(HEAD_END), *then, GOODBYE), answer=answer)


CASES = (
    asked("no key", opening(without="Sec-WebSocket-Key"), 400),
    asked("an empty key", opening(Sec_WebSocket_Key=""), 400),
    asked("two keys", opening(also=[("Sec-WebSocket-Key", KEY)]), 400),
    asked("two keys in one header", opening(Sec_WebSocket_Key=f"{KEY}, {KEY}"), 400),
    asked("a key of 15 bytes", opening(Sec_WebSocket_Key="c" * 20), 400),
    asked("a key of 17 bytes", opening(Sec_WebSocket_Key="dGhlIHNhbXBsZSBub25jZTE="), 400),
    asked("a key without its padding", opening(Sec_WebSocket_Key=KEY.rstrip("=")), 400),
    asked("a key in the alphabet of URLs", opening(Sec_WebSocket_Key="-" * 22 + "=="), 400),
    asked("a key that is not ASCII", opening(Sec_WebSocket_Key="é" * 24), 400),
    asked("a key folded into two lines", opening(Sec_WebSocket_Key=f"{KEY[:8]}\r\n {KEY[8:]}"),
          400),
    asked("no version", opening(without="Sec-WebSocket-Version"), 426, holds=VERSION),
    *(
        asked(f"version {version}", opening(Sec_WebSocket_Version=version), 426, holds=VERSION)
        for version in ("0", "7", "8", "12", "14", "013", "+13", "255", "thirteen")
    ),
    asked("two versions", opening(also=[("Sec-WebSocket-Version", "8")]), 426, holds=VERSION),
    asked("no upgrade", opening(without="Upgrade"), 426, holds=UPGRADE),
    asked("an upgrade to HTTP/2", opening(Upgrade="h2c"), 426, holds=UPGRADE),
    asked("an upgrade to something like it", opening(Upgrade="websockets"), 426, holds=UPGRADE),
    asked("no connection", opening(without="Connection"), 400),
    asked("a connection that is kept alive alone", opening(Connection="keep-alive"), 400),
    asked("a connection to something like it", opening(Connection="upgraded"), 400),
    asked("POST", opening("POST /overlay HTTP/1.1"), 405),
    asked("HEAD", opening("HEAD /overlay HTTP/1.1"), 400),
    asked("CONNECT", opening("CONNECT /overlay HTTP/1.1"), 405),
    asked("HTTP/1.0", opening("GET /overlay HTTP/1.0"), 400),
    asked("HTTP/0.9", b"GET /overlay\r\n\r\n", 400),
    granted("HTTP/1.2, which is read as 1.1", opening("GET /overlay HTTP/1.2")),
    asked("HTTP/0.9 in words", opening("GET /overlay HTTP/0.9"), 505),
    asked("HTTP/2.0 in words", opening("GET /overlay HTTP/2.0"), 505),
    asked("a body", opening(also=[("Content-Length", "2")], body=b"[]"), 400),
    asked("a body in chunks",
          opening(also=[("Transfer-Encoding", "chunked")], body=b"2\r\n[]\r\n0\r\n\r\n"), 400),
    asked("another path", opening("GET /chat HTTP/1.1"), 404),
    asked("the path with a slash", opening("GET /overlay/ HTTP/1.1"), 404),
    asked("the path in capitals", opening("GET /OVERLAY HTTP/1.1"), 404),
    asked("the path percent-encoded", opening("GET /%6fverlay HTTP/1.1"), 404),
    asked("the path with two slashes", opening("GET //overlay HTTP/1.1"), 404),
    asked("no Host", opening(without="Host"), 400),
    asked("an empty Host", opening(Host=""), 421),
    asked("two Hosts", opening(also=[("Host", "evil.test")]), 400),
    asked("two equal Hosts", opening(also=[("Host", "127.0.0.1")]), 400),
    asked("a foreign Host", opening(Host="evil.test"), 421),
    asked("a foreign Host that begins like ours", opening(Host="127.0.0.1.evil.test"), 421),
    asked("a foreign Host that ends like ours", opening(Host="evil.test/@127.0.0.1"), 421),
    asked("somebody at our Host", opening(Host="evil@127.0.0.1"), 421),
    asked("a Host with a path", opening(Host="127.0.0.1/evil"), 421),
    asked("an unfinished IPv6 Host", opening(Host="[::1"), 421),
    asked("a foreign Origin", opening(also=[("Origin", "https://evil.test")]), 403),
    asked("an Origin that is hidden", opening(also=[("Origin", "null")]), 403),
    asked("an Origin that begins like ours",
          opening(also=[("Origin", "http://127.0.0.1.evil.test")]), 403),
    asked("an Origin with our name before an @",
          opening(also=[("Origin", "http://127.0.0.1@evil.test")]), 403),
    asked("an Origin without a scheme", opening(also=[("Origin", "127.0.0.1")]), 403),
    asked("two Origins",
          opening(also=[("Origin", "http://127.0.0.1"), ("Origin", "http://evil.test")]), 403),
    asked("headers without end", opening(also=[("Cookie", "c" * (HEAD_BYTES_MAX + 4_096))]), 431),
    asked("more headers than anybody has",
          opening(also=[(f"X-{number}", "x") for number in range(5_000)]), 431),
    asked("a zero byte in a header", opening(also=[("X-Zero", "a\0b")]), 400),
    asked("a line end in a header's name", opening(also=[("X\nHost", "evil.test")]), 400),
    asked("a space before a colon", opening(also=[("X-Space ", "x")]), 400),
    asked("a header without a colon", opening().replace(HEAD_END, b"\r\nX-Nothing\r\n\r\n"), 400),
    asked("the answer to a request instead of one",
          request("HTTP/1.1 101 Switching Protocols", CLIENTS_HEADERS), 400),
    granted("an offer to compress", opening(also=[DEFLATE])),
    granted("an offer to compress, and a compressed frame", opening(also=[DEFLATE]),
            frame(b"\xca\x8e\x05\x00", opcode=0x41), answer=MALFORMED),
    granted("an offer of what nobody knows",
            opening(also=[("Sec-WebSocket-Extensions", "x-unknown; a=1, bad;;")])),
    granted("an offer of subprotocols",
            opening(also=[("Sec-WebSocket-Protocol", "chat, superchat")])),
    granted("a header in Latin-1", opening(also=[("X-Name", "Zoë")])),
    Case(name="a link before the answer to its request came",
         steps=(opening() + frame(b"[]", opcode=0x41),), answer=MALFORMED),
    Case(name="half a request, and then the end",
         steps=(opening()[:60],), answer=Answers((408,)), is_slow=True),
)  # fmt: skip
