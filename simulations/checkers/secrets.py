"""S12: no plaintext of a sealed body and no private key where others can see it."""

from collections.abc import Sequence

from overlay.client.facts import ChannelMessageArrived, MessageArrived
from overlay.crypto.encoding import decode, encode
from overlay.peering.rows import Row
from overlay.wire.codec import read_json
from simulations.checkers.base import Checker, Fact
from simulations.machines import ClientHost, Host, NodeHost
from simulations.sayings import SEALED_MARK
from simulations.seeds import SECRET_MARK

SEARCH_BYTES = 1_048_576
"""What is new of that is gathered up to this much, and then searched for every secret at once."""

PART_BYTES_MIN = 16
"""Shorter pieces hold no secret, nor the better part of one."""

_KEY_FIELDS = {"sealing_keys": "seed", "sending_chains": "first_key"}
"""Rows of a client with secrets that it made by itself, and the field that holds one."""
_QUOTE = b'"'


class SecretsChecker(Checker):
    """Searches frames, reports and the rows of nodes, raw and as base64url at any offset."""

    id = "S12"

    def __init__(self) -> None:
        super().__init__()
        self._patterns: dict[bytes, str] = {}
        self._seen: dict[bytes, str] = {}
        self._unsearched: list[bytes] = []
        self._unsearched_bytes = 0
        self._learn(SECRET_MARK, "the seed of a signing key")
        self._learn(SEALED_MARK.encode(), "the text of a sealed message")

    def on_frame(self, host: Host, data: bytes, now_ms: int) -> None:
        self._see(f"a frame of {host.name} at {now_ms} ms", data)

    def on_fact(self, host: Host, fact: Fact, now_ms: int) -> None:
        # What a client shows its own person is the purpose, not a leak.
        if not isinstance(fact, MessageArrived | ChannelMessageArrived):
            self._see(f"a report of {host.name} at {now_ms} ms", repr(fact).encode())

    def on_rows(self, host: Host, rows: Sequence[Row], now_ms: int) -> None:
        for row in rows:
            if isinstance(host, NodeHost):
                source = f"the row {row.table}/{row.key} of {host.name} at {now_ms} ms"
                self._see(source, row.value)
            elif isinstance(host, ClientHost):
                self._learn_from(host, row)

    def look(self, hosts: Sequence[Host], now_ms: int) -> None:
        if self._unsearched_bytes >= SEARCH_BYTES:
            self.search(now_ms)

    def search(self, now_ms: int) -> None:
        """Look for every secret that is known by now in what is new since the last time."""
        everything = b"\n".join(self._unsearched)
        for pattern, secret in self._patterns.items():
            if pattern in everything:
                places = (self._seen[part] for part in self._unsearched if pattern in part)
                self.broken(now_ms, f"{next(places)} holds {secret}")
        self._unsearched.clear()
        self._unsearched_bytes = 0

    def _see(self, source: str, data: bytes) -> None:
        """Take in what stands between quotes: most of that travels many times over."""
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
