"""Inputs for whole machines: a line says who does what, in JSON where it is a frame.

    south [{"type": "push", "records": [{"sign": {"kind": "node", …}, "by": "south"}]}]
    wait 300
    end south

What fuzzing could never guess is written as what it stands for: `"@south"` is
that node's id, or a client's; `"@@alice"` an account's; `"#"` the number that is due on the
link; and `{"sign": …, "by": …}` the text, truly signed by whoever is named.
Anything else arrives as it is.
"""

import json
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Final, NamedTuple

from overlay.crypto.keys import SigningKey
from overlay.messages.signed import Signed
from overlay.wire.codec import write_signed
from tests.fuzz.mutating import Json
from tests.support.people import a_client, a_node_called, signed_text

LINES_MAX: Final = 24
"""Longer stories are cut off: a story is played anew for each input."""

WAIT_MAX_MS: Final = 6_000
"""Two lines of it are longer than any patience with a link; each second costs a millisecond."""

_CLIENTS = {name: a_client(name) for name in ("alice", "bob", "mallory", "malice")}
_NODES = {name: a_node_called(name) for name in ("north", "south", "west", "far")}
_IDS: Final[dict[str, str]] = {
    **{f"@{name}": client.id for name, client in _CLIENTS.items()},
    **{f"@@{name}": client.account_id for name, client in _CLIENTS.items()},
    **{f"@{name}": node.id for name, node in _NODES.items()},
}
_KEYS: Final[dict[str, SigningKey]] = {
    **{name: client.key for name, client in _CLIENTS.items()},
    **{f"@{name}": client.account for name, client in _CLIENTS.items()},
    **{name: node.key for name, node in _NODES.items()},
}
_MEANT: Final = (b"@", b'"#"', b'"sign"')


class Line(NamedTuple):
    """Who, or what, and what is said of it."""

    word: str
    rest: bytes


def lines(data: bytes) -> Iterator[Line]:
    """What happens, in order."""
    for line in data.split(b"\n")[:LINES_MAX]:
        word, _, rest = line.partition(b" ")
        yield Line(word.decode("latin-1"), rest)


def wait_ms(rest: bytes) -> int:
    """How long nothing is said."""
    try:
        return min(abs(int(rest[:9])), WAIT_MAX_MS)
    except ValueError:
        return 0


def frame(text: bytes, next_number: Callable[[], int]) -> bytes:
    """The frame that a text stands for; the text itself where that is nothing special."""
    if not any(mark in text for mark in _MEANT):
        return text
    try:
        filled = _filled(json.loads(text), next_number)
        return json.dumps(filled, separators=(",", ":")).encode()
    except (ValueError, RecursionError):
        return text


def _filled(value: Json, next_number: Callable[[], int]) -> Json:
    match value:
        case "#":
            return next_number()
        case str():
            return _IDS.get(value, value)
        case list():
            return [_filled(each, next_number) for each in value]
        case {"sign": text, "by": str(who)} if who in _KEYS:
            return _signed(_filled(text, next_number), who)
        case dict():
            return {key: _filled(each, next_number) for key, each in value.items()}
        case _:
            return value


def _signed(text: Json, who: str) -> Json:
    kind = text.get("kind") if isinstance(text, dict) else None
    written = text if isinstance(text, str) else json.dumps(text, separators=(",", ":"))
    signed = _sign(who, kind if isinstance(kind, str) else "node", written)
    return json.loads(write_signed(signed))  # type: ignore[no-any-return]  # any JSON is Json


@lru_cache(4_096)
def _sign(who: str, kind: str, text: str) -> Signed:
    """Raises ValueError for text without a UTF-8 form."""
    return signed_text(_KEYS[who], kind, text)


def written(text: bytes) -> bytes:
    """The reverse of `frame`, numbers aside: what a frame of ours would be as a line."""
    names = {key: name for name, key in _IDS.items()}
    signers = {key.id: name for name, key in _KEYS.items()}
    return json.dumps(_named(json.loads(text), names, signers), separators=(",", ":")).encode()


def _named(value: Json, names: dict[str, str], signers: dict[str, str]) -> Json:
    match value:
        case str():
            return names.get(value, value)
        case list():
            return [_named(each, names, signers) for each in value]
        case {"signer": str(signer), "signed": str(text)} if signer in signers:
            return {"sign": _named(json.loads(text), names, signers), "by": signers[signer]}
        case dict():
            return {key: _named(each, names, signers) for key, each in value.items()}
        case _:
            return value
