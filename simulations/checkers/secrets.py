"""S12: no plaintext of a sealed body and no private key where others can see it."""

from collections.abc import Sequence
from struct import Struct

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
"""What can be seen is gathered up to this much, and then searched for every secret at once."""

GATHERED_BYTES_MAX = 16 * SEARCH_BYTES
"""What is gathered between two looks, at most: a storm of thousands of nodes says gigabytes."""

SECRET_BYTES = 32
"""The length of every key. As base64url it is longer, wherever in a text it begins."""

_GRAM_BYTES = 8
_SAMPLES = Struct(f"{_GRAM_BYTES}s{SECRET_BYTES - 2 * _GRAM_BYTES + 1}x")
"""Takes a gram every 25 bytes: of 32 bytes in a row, one of these lies within them."""

_KEY_FIELDS = {"sealing_keys": "seed", "sending_chains": "first_key"}
"""Rows of a client with secrets that it made by itself, and the field that holds one."""
Source = tuple[str, str, int]
"""What held something, whose it was, and when."""


class SecretsChecker(Checker):
    """Searches frames, reports and the rows of nodes, raw and as base64url at any offset."""

    id = "S12"

    def __init__(self) -> None:
        super().__init__()
        self._marks: dict[bytes, str] = {}
        self._keys: dict[bytes, str] = {}
        self._grams: set[tuple[bytes]] = set()
        self._seen: dict[bytes | str, Source] = {}
        """Each thing once, with where it was seen first: thousands of nodes state the same."""
        self._seen_bytes = 0
        self._marks |= _written(SECRET_MARK, "the seed of a signing key")
        self._marks |= _written(SEALED_MARK.encode(), "the text of a sealed message")

    def on_frame(self, host: Host, link: LinkId, data: bytes, now_ms: int) -> None:
        if data != PLAIN_HEARTBEAT:
            self._see(data, "a frame", host, now_ms)

    def on_fact(self, host: Host, fact: Fact, now_ms: int) -> None:
        # What a client shows its own person is the purpose, not a leak.
        if isinstance(fact, MessageArrived | ChannelMessageArrived):
            return
        for name in fact.__slots__:
            value = getattr(fact, name)
            if isinstance(value, str):
                if value not in self._seen:
                    self._see(value, "a report", host, now_ms)
            elif not (value is None or isinstance(value, int | Order)):
                self._see(repr(value), "a report", host, now_ms)

    def on_rows(self, host: Host, rows: Sequence[Row], now_ms: int) -> None:
        for row in rows:
            if isinstance(host, NodeHost):
                if row.value not in self._seen:
                    self._see(row.value, f"the row {row.table}/{row.key}", host, now_ms)
            elif isinstance(host, ClientHost):
                self._learn_from(host, row)

    def look(self, sight: Sight, now_ms: int) -> None:
        if self._seen_bytes >= SEARCH_BYTES:
            self.search(now_ms)

    def search(self, now_ms: int) -> None:
        """Look for every secret that is known by now in what was seen since the last time.

        There are thousands of keys, and to look for each would take longer than
        all else: whether there is a piece of any is found out by samples.
        """
        everything = b"\n".join(map(_as_bytes, self._seen))
        sampled = everything + bytes(-len(everything) % _SAMPLES.size)
        has_key = not self._grams.isdisjoint(_SAMPLES.iter_unpack(sampled))
        for pattern, secret in (self._marks | self._keys if has_key else self._marks).items():
            if pattern in everything:
                seen = self._seen.items()
                places = (source for data, source in seen if pattern in _as_bytes(data))
                what, whose, at_ms = next(places)
                self.broken(now_ms, f"{what} of {whose} at {at_ms} ms holds {secret}")
        self._seen.clear()
        self._seen_bytes = 0

    def _see(self, data: bytes | str, what: str, host: Host, now_ms: int) -> None:
        if data not in self._seen:
            self._seen[data] = (what, host.name, now_ms)
            self._seen_bytes += len(data)
            if self._seen_bytes >= GATHERED_BYTES_MAX:
                self.search(now_ms)

    def _learn_from(self, host: Host, row: Row) -> None:
        field = _KEY_FIELDS.get(row.table)
        fields = read_json(row.value) if field is not None else None
        text = fields.get(field) if isinstance(fields, dict) else None
        if isinstance(text, str):
            patterns = _written(decode(text, SECRET_BYTES), f"a key of {row.table} of {host.name}")
            self._keys |= patterns
            for pattern in patterns:
                grams = range(len(pattern) - _GRAM_BYTES + 1)
                self._grams.update((pattern[at : at + _GRAM_BYTES],) for at in grams)


def _as_bytes(data: bytes | str) -> bytes:
    return data if isinstance(data, bytes) else data.encode()


def _written(secret: bytes, name: str) -> dict[bytes, str]:
    """How a secret can stand somewhere, each with what it is.

    Where in an encoding it begins is unknown: of three offsets one fits.
    """
    patterns = {secret: name}
    for offset in range(3):
        # What stands before or after shares the characters at the ends.
        text = encode(bytes(offset) + secret + bytes(2))
        first = (offset * 8 + 5) // 6
        last = (offset + len(secret)) * 8 // 6
        patterns[text[first:last].encode()] = f"{name} as base64url"
    return patterns
