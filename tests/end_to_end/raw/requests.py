"""Rows about plain HTTP at the port: docs/protocol.md, sections 1.1 and 1.5; RFC 9112."""

from overlay.transport.http import BODY_BYTES_MAX, HEAD_BYTES_MAX
from tests.end_to_end.raw.cases import (
    Answers,
    Case,
    Doing,
    Door,
    Ends,
    asked,
    get,
    opening,
    request,
)

HOST = ("Host", "127.0.0.1")
CLOSE = ("Connection", "close")
CHUNKED = ("Transfer-Encoding", "chunked")
LAST_CHUNK = b"0\r\n\r\n"
KEPT = request("GET /healthz HTTP/1.1", [HOST])
LAST = get("/healthz")
HEALTHY = b"\r\n\r\nok\n"

PATHS = (
    "/nothing",
    "/../../etc/passwd",
    "/assets/../../../etc/passwd",
    "/..%2f..%2fetc%2fpasswd",
    "/%2e%2e/%2e%2e/etc/passwd",
    "/..\\..\\etc\\passwd",
    "/%00",
    "/healthz%00.html",
    "/healthz/",
    "/healthz#top",
    "/HEALTHZ",
    "/%68ealthz",
    "/status.json",
    "/overlay/status",
    "/.git/config",
    "/" + "a/" * 4_000,
    "*",
    "healthz",
    "http://evil.test/status",
)
METHODS = ("POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "get", "PRI", "X" * 4_000)
BODIES = {
    "two lengths": ([("Content-Length", "5"), ("Content-Length", "6")], b"12345"),
    "two lengths in one header": ([("Content-Length", "5, 6")], b"12345"),
    "a negative length": ([("Content-Length", "-5")], b""),
    "a length with a sign": ([("Content-Length", "+5")], b"12345"),
    "a length in hexadecimal": ([("Content-Length", "0x5")], b"12345"),
    "a length of words": ([("Content-Length", "five")], b"12345"),
    "a length of 5,000 digits": ([("Content-Length", "9" * 5_000)], b""),
    "a length and chunks": ([("Content-Length", "5"), CHUNKED], LAST_CHUNK),
    "chunks and a length": ([CHUNKED, ("Content-Length", "5")], LAST_CHUNK),
    "a chunk of no size": ([CHUNKED], b"five\r\n12345\r\n" + LAST_CHUNK),
    "a chunk of a negative size": ([CHUNKED], b"-5\r\n12345\r\n" + LAST_CHUNK),
    "a chunk that is longer than it says": ([CHUNKED], b"2\r\n12345\r\n" + LAST_CHUNK),
    "a chunk of 2^80 bytes": ([CHUNKED], b"1" + b"0" * 20 + b"\r\n"),
}
ENCODINGS = ("gzip", "gzip, chunked", "chunked, gzip", "chunked, chunked", "identity", "xchunked")


def body(name: str, headers: list[tuple[str, str]], data: bytes, status: int) -> Case:
    """A row about a body, behind which another request would be smuggled in."""
    first = request("GET /healthz HTTP/1.1", [HOST, *headers], data)
    return asked(name, first + LAST, status)


CASES = (
    *(asked(f"the path {path[:40]}", get(path), 404) for path in PATHS),
    asked("a path with a zero byte", get("/\0"), 400),
    asked("a path with a space", get("/a b"), 400),
    asked("a path that is not ASCII", get("/é"), 400),
    asked("a path that is longer than all headers", get("/" + "x" * (HEAD_BYTES_MAX + 4_096)), 431),
    asked("a path that is never finished", b"GET /" + b"x" * (HEAD_BYTES_MAX + 4_096), 431),
    asked("another host's page in the path", get("/status", ("X-Forwarded-Host", "127.0.0.1"))
          .replace(b"Host: 127.0.0.1\r\n", b"Host: evil.test\r\n", 1), 421),
    *(asked(f"the method {method[:12]}", request(f"{method} / HTTP/1.1", [HOST]), 405)
      for method in METHODS),
    asked("an order where nodes take none",
          request("POST /overlay-map/control HTTP/1.1", [HOST, ("Content-Length", "2")], b"{}"),
          405),
    asked("a method with a colon", request("GE:T / HTTP/1.1", [HOST]), 400),
    asked("no method", request("/ HTTP/1.1", [HOST]), 400),
    asked("a link without an upgrade", get("/overlay"), 426, holds=b"upgrade: websocket"),
    asked("no HTTP at all", b"hello, is this a chat?\r\n\r\n", 400),
    asked("the greeting of SMTP", b"EHLO evil.test\r\n\r\n", 400),
    asked("zeros", bytes(64), 400),
    asked("the preface of HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(9), 505),
    asked("HTTP/1.1 without a Host", b"GET /healthz HTTP/1.1\r\n\r\n", 400),
    asked("HTTP/1.0 without a Host", b"GET /healthz HTTP/1.0\r\n\r\n", 421),
    asked("HTTP/1.0, kept alive, gets one answer",
          request("GET /healthz HTTP/1.0", [HOST, ("Connection", "keep-alive")]) + LAST, 200),
    asked("HTTP/3", request("GET / HTTP/3", [HOST]), 400),
    asked("a line end before the request", b"\r\n" + LAST, 400),
    asked("a space before the first header",
          b"GET / HTTP/1.1\r\n X-A: b\r\nHost: 127.0.0.1\r\n\r\n", 400),
    asked("a header folded into two lines", get("/healthz", ("X-Long", "a\r\n b")), 200,
          holds=HEALTHY),
    asked("a carriage return alone in a header", get("/healthz", ("X-Return", "a\rHost: b")), 400),
    asked("lines that end without a carriage return",
          LAST.replace(b"\r\n", b"\n"), 200, holds=HEALTHY),
    *(body(name, headers, data, 400) for name, (headers, data) in BODIES.items()),
    *(body(f"transfer encoding {encoding}", [("Transfer-Encoding", encoding)], b"", 501)
      for encoding in ENCODINGS),
    body("a tab in the name of an encoding", [("Transfer-Encoding\t", "chunked")], b"", 400),
    body("a body that is too long", [("Content-Length", "99999")], bytes(BODY_BYTES_MAX + 1), 413),
    body("chunks that are too long together", [CHUNKED], b"1000\r\n%b\r\n" % bytes(4_096) * 5, 413),
    asked("two requests at once", KEPT + LAST, 200, 200, holds=HEALTHY),
    asked("a hundred requests at once", KEPT * 99 + LAST, *(200,) * 100),
    asked("a request behind the last one", LAST + KEPT, 200),
    asked("a bad request behind a good one", KEPT + b"\xff\xff\r\n\r\n", 200, 400),
    asked("a link behind a request", KEPT + opening(), 200, 426),
    asked("a request behind one with a body",
          request("GET /healthz HTTP/1.1", [HOST, ("Content-Length", "4")], b"GET ") + LAST,
          200, 200),
    asked("a part of a page", get("/healthz", ("Range", "bytes=0-0")), 200, holds=HEALTHY),
    asked("a thousand parts of a page",
          get("/healthz", ("Range", "bytes=" + ",".join(["0-0"] * 1_000))), 200, holds=HEALTHY),
    asked("parts that are none", get("/healthz", ("Range", "bytes=9-1,-,x")), 200, holds=HEALTHY),
    Case(
        name="half a request, and then the end of it",
        steps=(LAST[:30], Doing.ENDS_WRITING),
        answer=Answers((400,)),
        doors=(Door.PLAIN,),
    ),
    Case(
        name="half a request, and then the end without a farewell of TLS",
        steps=(LAST[:30], Doing.ENDS_WRITING),
        answer=Ends(),
        doors=(Door.SECURED,),
    ),
    Case(
        name="the greeting of SSH, and then nothing",
        steps=(b"SSH-2.0-OpenSSH_9.6\r\n",),
        answer=Answers((408,)),
        is_slow=True,
    ),
    Case(name="half a request, and then a reset", steps=(LAST[:30], Doing.RESETS),
         answer=Ends()),
    Case(name="nothing, and then the end of it", steps=(Doing.ENDS_WRITING,), answer=Ends()),
    Case(name="nothing at all", steps=(), answer=Ends(), is_slow=True),
    Case(name="half a request, and then nothing", steps=(LAST[:30],), answer=Answers((408,)),
         is_slow=True),
    Case(name="half a body, and then nothing",
         steps=(request("GET / HTTP/1.1", [HOST, ("Content-Length", "9")], b"half"),),
         answer=Answers((408,)), is_slow=True),
    Case(name="a request, and then no other", steps=(KEPT,), answer=Answers((200,)), is_slow=True),
    Case(name="a request that nobody will send a body for",
         steps=(request("GET / HTTP/1.1", [HOST, ("Content-Length", "9"),
                                           ("Expect", "100-continue")]),),
         answer=Answers((408,)), is_slow=True),
)  # fmt: skip
