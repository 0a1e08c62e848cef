"""Makes golden_frames.json: frames as a client gets them, their reading, and frames to refuse.

Run from the project's root: python tests/vectors/make_golden_frames.py

A change in what it writes is a change of the protocol.
"""

import json
from pathlib import Path

ID = "A" * 42 + "E"
OTHER_ID = "B" * 42 + "A"
SIGNED = {
    "kind": "channel",
    "signer": ID,
    "signed": '{"kind":"channel","text":"Grüße \\"世界\\""}',
    "signature": "C" * 85 + "A",
    "index": 2,
    "path": [OTHER_ID, ID],
}
HOME = {"id": ID, "name": "north", "address": "ws://127.0.0.1:7701/overlay"}
LIMITS = {
    "frame_bytes": 262_144,
    "frame_envelopes": 64,
    "credit_envelopes": 512,
    "credit_bytes": 1_048_576,
    "heartbeat_ms": 15_000,
}
PERSON = {
    "account": SIGNED,
    "present": [{"presence": SIGNED, "home_name": "north", "bundle": None}],
}

READ: list[list[dict[str, object]]] = [
    [{"type": "heartbeat", "wants_echo": False}],
    [{"type": "heartbeat", "wants_echo": True}, {"type": "ack", "number": 2**53 - 1}],
    [{"type": "hello", "text": '{"versions":[1],"later":{"deep":[1]}}'}],
    [{"type": "proof", "certificate": "none", "signature": "D" * 85 + "g"}],
    [{"type": "welcome", "version": 1, "limits": LIMITS, "record": None, "homes": [HOME]}],
    [{"type": "welcome", "version": 1, "limits": LIMITS, "record": SIGNED, "homes": []}],
    [{"type": "homes", "homes": [HOME]}, {"type": "goodbye", "homes": []}],
    [
        {
            "type": "refusal",
            "code": "busy",
            "detail": "no credit",
            "number": 7,
            "request": None,
            "retry_after_ms": 250,
        }
    ],
    [{"type": "done", "request": 0}],
    [{"type": "deliver", "number": 1, "envelope": SIGNED, "keeper": None}],
    [{"type": "deliver", "number": 2, "envelope": SIGNED, "keeper": OTHER_ID}],
    [{"type": "stalled", "counter": 9, "reason": "away"}],
    [{"type": "found", "request": 3, "people": [PERSON], "is_last": True}],
    [{"type": "people", "people": [PERSON, {"account": SIGNED, "present": []}]}],
]

REFUSED: list[tuple[str, str, str]] = [
    ("not JSON", "hello", "malformed"),
    ("no array", '"heartbeat"', "malformed"),
    ("an empty array", "[]", "malformed"),
    ("a number for a message", "[1]", "malformed"),
    ("cut short", '[{"type":"ack","number":1}', "malformed"),
    ("an unknown type", '[{"type":"whisper"}]', "unknown_message"),
    ("an unknown field", '[{"type":"heartbeat","volume":3}]', "malformed"),
    ("a field missing", '[{"type":"ack"}]', "malformed"),
    ("a fraction", '[{"type":"ack","number":1.5}]', "malformed"),
    ("a number above 2^53 - 1", '[{"type":"ack","number":9007199254740992}]', "malformed"),
    ("a negative number", '[{"type":"done","request":-1}]', "malformed"),
    ("text for a number", '[{"type":"ack","number":"1"}]', "malformed"),
    ("not a number", '[{"type":"ack","number":NaN}]', "malformed"),
    ("a number where a yes or no belongs", '[{"type":"heartbeat","wants_echo":1}]', "malformed"),
    ("nesting without end", "[" * 300 + "]" * 300, "too_deep"),
    ("a lone surrogate", '[{"type":"hello","text":"{\\ud800}"}]', "malformed"),
    (
        "an id with spare bits",
        json.dumps([{"type": "homes", "homes": [HOME | {"id": "A" * 42 + "B"}]}]),
        "malformed",
    ),
    (
        "an id with padding",
        json.dumps([{"type": "homes", "homes": [HOME | {"id": ID + "="}]}]),
        "malformed",
    ),
    (
        "a path of seven steps",
        json.dumps([{"type": "deliver", "number": 1, "envelope": SIGNED | {"path": [ID] * 7}}]),
        "malformed",
    ),
    ("257 messages", json.dumps([{"type": "heartbeat"}] * 257), "malformed"),
]


def main() -> None:
    content = {
        "about": "Frames that a home sends, with their reading; and frames that are refused.",
        "read": [
            {"frame": json.dumps(messages, ensure_ascii=False), "messages": messages}
            for messages in READ
        ],
        "refused": [{"name": name, "frame": frame, "code": code} for name, frame, code in REFUSED],
    }
    path = Path(__file__).with_name("golden_frames.json")
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
