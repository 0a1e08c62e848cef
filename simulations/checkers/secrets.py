"""S12: no plaintext of a sealed body and no private key where others can see it."""

from collections.abc import Sequence

from overlay.client.facts import ChannelMessageArrived, MessageArrived
from overlay.crypto.encoding import decode, encode
from overlay.messages.ids import Order
from overlay.peering.events import LinkId
from overlay.peering.rows import Row
from overlay.wire.codec import PLAIN_HEARTBEAT, read_json
from simulations.checkers.base import Checker, Fact
from simulations.checkers.sight import Sight
from simulations.machines import ClientHost, Host, NodeHost
from simulations.sayings import SEALED_MARK
from simulations.seeds import SECRET_MARK

SEARCH_BYTES = 1_048_576
"""What is new of that is gathered up to this much, and then searched for every secret at once."""

PART_BYTES_MIN = 16
"""Shorter pieces hold no secret, nor the better part of one."""

SEEN_MAX = 400_000
"""Pieces that are remembered as searched; beyond it they are forgotten, and searched again."""

_KEY_FIELDS = {"sealing_keys": "seed", "sending_chains": "first_key"}
"""Rows of a client with secrets that it made by itself, and the field that holds one."""
_QUOTE = b'"'
_OBJECT = b'{"kind":'
"""Begins everything signed, which travels over every link as it is."""
_JOINTS = b",]}"
"""What follows a signed object depends on where it stands."""

Source = tuple[str, str, int]
"""What held something, whose it was, and when."""


class SecretsChecker(Checker):
    """Searches frames, reports and the rows of nodes, raw and as base64url at any offset."""

    id = "S12"

    def __init__(self) -> None:
        super().__init__()
        self._patterns: dict[bytes, str] = {}
        self._objects: set[bytes] = set()
        self._texts: set[str] = set()
        self._seen: dict[bytes, Source] = {}
        self._unsearched: list[bytes] = []
        self._unsearched_bytes = 0
        self._learn(SECRET_MARK, "the seed of a signing key")
        self._learn(SEALED_MARK.encode(), "the text of a sealed message")

    def on_frame(self, host: Host, link: LinkId, data: bytes, now_ms: int) -> None:
        if data != PLAIN_HEARTBEAT:
            self._see(("a frame", host.name, now_ms), data)

    def on_fact(self, host: Host, fact: Fact, now_ms: int) -> None:
        # What a client shows its own person is the purpose, not a leak.
        if isinstance(fact, MessageArrived | ChannelMessageArrived):
            return
        for name in fact.__slots__:
            value = getattr(fact, name)
            if value is None or isinstance(value, int | Order):
                continue
            text = value if isinstance(value, str) else repr(value)
            if text not in self._texts:
                self._texts.add(text)
                self._see(("a report", host.name, now_ms), text.encode())

    def on_rows(self, host: Host, rows: Sequence[Row], now_ms: int) -> None:
        for row in rows:
            if isinstance(host, NodeHost):
                self._see((f"the row {row.table}/{row.key}", host.name, now_ms), row.value)
            elif isinstance(host, ClientHost):
                self._learn_from(host, row)

    def look(self, sight: Sight, now_ms: int) -> None:
        if self._unsearched_bytes >= SEARCH_BYTES:
            self.search(now_ms)

    def search(self, now_ms: int) -> None:
        """Look for every secret that is known by now in what is new since the last time."""
        everything = b"\n".join(self._unsearched)
        for pattern, secret in self._patterns.items():
            if pattern in everything:
                places = (self._seen[part] for part in self._unsearched if pattern in part)
                what, whose, at_ms = next(places)
                self.broken(now_ms, f"{what} of {whose} at {at_ms} ms holds {secret}")
        self._unsearched.clear()
        self._unsearched_bytes = 0
        if len(self._seen) + len(self._objects) + len(self._texts) > SEEN_MAX:
            self._seen.clear()
            self._objects.clear()
            self._texts.clear()

    def _see(self, source: Source, data: bytes) -> None:
        """Take in every signed object once: most of what travels has travelled before."""
        for piece in data.split(_OBJECT):
            signed = piece.rstrip(_JOINTS)
            if signed not in self._objects:
                self._objects.add(signed)
                self._see_parts(source, signed)

    def _see_parts(self, source: Source, data: bytes) -> None:
        for part in data.split(_QUOTE):
            if len(part) >= PART_BYTES_MIN and part not in self._seen:
                self._seen[part] = source
                self._unsearched.append(part)
                self._unsearched_bytes += len(part)

    def _learn_from(self, host: Host, row: Row) -> None:
        field = _KEY_FIELDS.get(row.table)
        fields = read_json(row.value) if field is not None else None
        text = fields.get(field) if isinstance(fields, dict) else None
        if isinstance(text, str):
            self._learn(decode(text, 32), f"a key of {row.table} of {host.name}")

    def _learn(self, secret: bytes, name: str) -> None:
        """Where in an encoding a secret begins is unknown: of three offsets one fits."""
        self._patterns[max(secret.split(_QUOTE), key=len)] = name
        for offset in range(3):
            # What stands before or after shares the characters at the ends.
            text = encode(bytes(offset) + secret + bytes(2))
            first = (offset * 8 + 5) // 6
            last = (offset + len(secret)) * 8 // 6
            self._patterns[text[first:last].encode()] = f"{name} as base64url"
