"""A whole node: whatever its links say in whatever order, it rests, keeps its limits and serves."""

from typing import Final

from overlay.core.durable import from_rows
from overlay.messages.clients import Submit
from overlay.messages.links import Ack
from overlay.messages.routing import Relay, Returned, Spread
from overlay.messages.union import Message
from overlay.wire.codec import Decode, decode_frame, write_json
from simulations.checkers.bounds import ALL_BOUNDS, BOUNDS
from tests.fuzz.scripts import Line, frame, lines, wait_ms
from tests.fuzz.targets import Notice, Target
from tests.protocol.harness import NodeUnderTest
from tests.support.town import Town

WHO: Final = ("stranger", "client", "attached", "south", "west", "dialled")
"""Whose links a line may name; anybody else is a stranger."""

DEADLINE_MAX_MS: Final = 3_600_000
"""Nothing that a node has to do is later than its hourly sweep."""

_ENDS_MS: Final = 3_000


def target(notice: Notice) -> Target:
    return Nodes(decode_frame, notice)


def broken(notice: Notice) -> Target:
    """It keeps a table by number, which ends."""
    return Nodes(_decode_by_number, notice)


class Nodes:
    """Judges a node that reads frames with `decode`."""

    def __init__(self, decode: Decode, notice: Notice) -> None:
        self._notice = notice
        self._decode = decode

    def __call__(self, data: bytes) -> None:
        town = Town(self._decode)
        for line in lines(data):
            _play(town, line)
            judge(town.north, self._notice)
        town.passes(_ENDS_MS)
        judge(town.north, self._notice)
        assert town.at_alice.is_open, "alice lost her link"
        assert town.at_bob.is_open, "bob lost his link"
        assert town.goes_on(), "others cannot talk any more"


def _play(town: Town, line: Line) -> None:
    match line:
        case Line("wait", rest):
            town.passes(wait_ms(rest))
        case Line("end", rest):
            town.link(_known(rest)).ends("reset")
        case Line("deaf" | "hears" as word, rest):
            town.link(_known(rest)).reads = word == "hears"
        case Line(who, rest):
            peer = town.link(who if who in WHO else "stranger")
            peer.says_bytes(frame(rest, peer.next_number))


def _known(rest: bytes) -> str:
    who = rest.decode("latin-1")
    return who if who in WHO else "stranger"


def judge(node: NodeUnderTest, notice: Notice) -> None:
    """What holds for a node at rest. That it rests, and what it sends, its harness judges."""
    deadline_ms = node.node.next_deadline_ms()
    assert deadline_ms is None or node.now_ms < deadline_ms <= node.now_ms + DEADLINE_MAX_MS
    census = node.node.census()
    sizes = {name: getattr(census, name) for name in BOUNDS}
    sizes |= {"members": len(census.members), "rows": len(node.disk)}
    beyond = {name: size for name, size in sizes.items() if size > ALL_BOUNDS[name]}
    assert not beyond, beyond
    durable = from_rows(node.disk.values())
    assert not durable.unreadable, durable.unreadable
    for fact in node.facts:
        write_json(fact)
        notice(f"{type(fact).__name__} {getattr(fact, 'code', '')}")
    node.facts.clear()
    node.node.snapshot()


def _decode_by_number(data: bytes) -> list[Message]:
    messages = decode_frame(data)
    for message in messages:
        if isinstance(message, Ack | Relay | Returned | Spread | Submit):
            _NUMBERS[message.number]
    return messages


_NUMBERS: Final = dict.fromkeys(range(1_000))
