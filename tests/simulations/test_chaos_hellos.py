"""Who dials a node, read as it passes by."""

import json

import pytest
from wsproto.connection import Connection, ConnectionType
from wsproto.events import TextMessage

from overlay.messages.links import Hello
from overlay.wire.codec import encode_frame
from simulations.chaos.hellos import HELLO_BYTES_MAX, HelloReader

REQUEST = b"GET /overlay HTTP/1.1\r\nHost: south\r\nUpgrade: websocket\r\n\r\n"


def said_by(key: str, filling: int = 0) -> bytes:
    """What a dialler sends until its hello is over."""
    text = json.dumps({"key": key, "role": "node", "filling": "x" * filling})
    return REQUEST + framed(encode_frame(Hello(text)).decode())


def framed(text: str) -> bytes:
    return Connection(ConnectionType.CLIENT).send(TextMessage(data=text))


@pytest.mark.parametrize("filling", [0, 1_000])
def test_a_dialler_is_known_once_its_hello_is_whole_however_it_is_cut(filling: int) -> None:
    said = said_by("north", filling)
    reader = HelloReader()

    known = []
    for byte in said:
        reader.feed(bytes([byte]))
        known.append(reader.key)

    assert known == [None] * (len(said) - 1) + ["north"]


def test_what_comes_after_the_hello_changes_nothing() -> None:
    reader = HelloReader()
    reader.feed(said_by("north"))

    reader.feed(said_by("south"))

    assert reader.key == "north"


@pytest.mark.parametrize(
    "frame",
    [
        "[]",
        "nonsense",
        '[{"type":"heartbeat"}]',
        encode_frame(Hello("no JSON")).decode(),
        encode_frame(Hello("[1]")).decode(),
        encode_frame(Hello('{"key": 1}')).decode(),
        "x" * HELLO_BYTES_MAX,
    ],
    ids=["nothing", "no JSON", "no hello", "no text", "no object", "no key", "too much"],
)
def test_who_says_something_else_stays_unknown(frame: str) -> None:
    reader = HelloReader()

    reader.feed(REQUEST + framed(frame))

    assert reader.is_over
    assert reader.key is None


def test_who_says_too_much_before_any_hello_stays_unknown() -> None:
    reader = HelloReader()

    reader.feed(b"x" * (HELLO_BYTES_MAX + 1))

    assert reader.is_over
    assert reader.key is None
