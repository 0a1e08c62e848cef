"""Rows about what stands in a frame: docs/protocol.md, sections 1.2, 2.1, 2.3, 2.4 and 11."""

import json

from overlay import limits
from tests.end_to_end.raw.cases import Awaits, Case, Closes, on_link, refused
from tests.support.people import a_client, hash_of
from tests.unit.transport.peers import frame

MALLORY = a_client("mallory")
SMALL_ORDER = "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
HELLO = {
    "versions": [1],
    "suites": [],
    "role": "client",
    "end": "dialler",
    "key": MALLORY.id,
    "incarnation": 1,
    "network": "overlay",
    "admission": "listed",
    "challenge": hash_of("fresh"),
    "software": "a test",
}
UNSUPPORTED = Closes(code=1003, reason="unsupported")


def hello(**changes: object) -> dict[str, object]:
    return {"type": "hello", "text": json.dumps(HELLO | changes)}


def said(*messages: object) -> bytes:
    return frame(json.dumps(messages).encode())


def says(name: str, text: bytes | str, code: str) -> Case:
    """A row about one text message, said once the node has said its hello."""
    data = text.encode() if isinstance(text, str) else text
    return on_link(name, Awaits(b"hello"), frame(data), answer=refused(code))


PROOF = {"type": "proof", "certificate": "none", "signature": "A" * 86}
HEARTBEAT = {"type": "heartbeat"}

CASES = (
    says("text that is no JSON", "hello?", "malformed"),
    says("an array that is no JSON", "[hello", "malformed"),
    says("an array that is not finished", "[", "malformed"),
    says("an array with a comma too many", '[{"type": "heartbeat"},]', "malformed"),
    says("two arrays", "[][]", "malformed"),
    says("an empty array", "[]", "malformed"),
    says("a number", "1", "malformed"),
    says("a text", '"hello"', "malformed"),
    says("null", "null", "malformed"),
    says("an object, as chunks will begin", json.dumps(HEARTBEAT), "unsupported"),
    says("an array of numbers", "[1, 2]", "malformed"),
    says("an array of arrays", "[[]]", "malformed"),
    says("an array of null", "[null]", "malformed"),
    says("a message without a type", '[{"wants_echo": true}]', "malformed"),
    says("a message whose type is a number", '[{"type": 1}]', "unknown_message"),
    says("a message of an unknown type", '[{"type": "gossip"}]', "unknown_message"),
    says("an unknown message behind a known one", json.dumps([hello(), {"type": "x"}]),
         "unknown_message"),
    says("a field that is not there", '[{"type": "heartbeat", "loud": true}]', "malformed"),
    says("NaN", '[{"type": "ack", "number": NaN}]', "malformed"),
    says("infinity", '[{"type": "ack", "number": Infinity}]', "malformed"),
    says("a number with a fraction", '[{"type": "ack", "number": 1.5}]', "malformed"),
    says("a number above 2^53", '[{"type": "ack", "number": 9007199254740993}]', "malformed"),
    says("a number below zero", '[{"type": "ack", "number": -1}]', "malformed"),
    says("a comment", '[{"type": "heartbeat"} /* now */]', "malformed"),
    says("257 messages", json.dumps([HEARTBEAT] * (limits.FRAME_MESSAGES_MAX + 1)), "malformed"),
    says("a thousand levels", "[" * 1_000 + "]" * 1_000, "too_deep"),
    says("a thousand levels that are not closed", "[" * 1_000, "too_deep"),
    says("a level more than a message has", '[{"type": "ack", "number": [1]}]', "malformed"),
    says("5,000 empty arrays", "[" + ",".join(["[]"] * 5_000) + "]", "malformed"),
    says("a number of 16,000 digits", f'[{{"type": "ack", "number": {"9" * 16_000}}}]',
         "malformed"),
    says("keys in plenty", json.dumps([{f"k{key}": 0 for key in range(1_200)}]), "malformed"),
    says("a hello without a text", '[{"type": "hello"}]', "malformed"),
    says("a hello whose text is no JSON", '[{"type": "hello", "text": "?"}]', "malformed"),
    says("a hello of version 2 alone", json.dumps([hello(versions=[2])]), "wrong_version"),
    says("a hello of no version", json.dumps([hello(versions=[])]), "malformed"),
    says("a hello of another network", json.dumps([hello(network="elsewhere")]), "wrong_network"),
    says("a hello with a key of small order", json.dumps([hello(key=SMALL_ORDER)]), "bad_key"),
    says("a hello from a listener", json.dumps([hello(end="listener")]), "mismatch"),
    says("a hello of another role", json.dumps([hello(role="king")]), "malformed"),
    says("two hellos", json.dumps([hello(), hello()]), "unexpected"),
    says("a proof before the hello", json.dumps([PROOF]), "unexpected"),
    says("a proof that proves nothing", json.dumps([hello(), PROOF]), "wrong_proof"),
    says("a heartbeat before the handshake", json.dumps([HEARTBEAT]), "unexpected"),
    says("a heartbeat before the proof", json.dumps([hello(), HEARTBEAT]), "unexpected"),
    says("a goodbye before the handshake", '[{"type": "goodbye", "homes": []}]', "unexpected"),
    says("an ack before the handshake", '[{"type": "ack", "number": 1}]', "unexpected"),
    says("a spare before the handshake", '[{"type": "spare"}]', "unexpected"),
    says("a question before the handshake",
         '[{"type": "find", "request": 1, "name": "alice"}]', "unexpected"),
    on_link("a binary message", frame(b'{"type": "chunk"}\nbytes', opcode=2), answer=UNSUPPORTED),
    on_link("an array in a binary message", frame(b'[{"type": "heartbeat"}]', opcode=2),
            answer=UNSUPPORTED),
    on_link("an empty binary message", frame(b"", opcode=2), answer=UNSUPPORTED),
    on_link("a binary message that is no text", frame(b"\xff\xfe", opcode=2), answer=UNSUPPORTED),
    on_link("a hello, and then nothing", said(hello()),
            answer=Closes(code=1008, reason="handshake_timeout", refusals=("handshake_timeout",)),
            is_slow=True),
    on_link("nothing on a link",
            answer=Closes(code=1008, reason="handshake_timeout", refusals=("handshake_timeout",)),
            is_slow=True),
)  # fmt: skip
