"""Follows what is said on channels from node to node: who got it, when, and what that cost."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from overlay.core.facts import EnvelopeAccepted
from overlay.messages.gossip import Announce, Prune, Request
from overlay.messages.routing import Spread
from overlay.messages.union import Message
from overlay.peering.events import LinkId
from overlay.peering.statements import Reader
from overlay.wire.codec import decode_frame
from simulations.checkers.base import Checker, Fact
from simulations.machines import Host, NodeHost
from simulations.population import NETWORK

_MARKS = (b'"announce"', b'"prune"', b'"grafts"')
"""What stands in frames that hold what controls the tree."""


@dataclass(slots=True, kw_only=True)
class Broadcast:
    """One message on a channel."""

    home: str
    at_ms: int
    """When its origin's home took it."""
    reached: dict[str, int] = field(default_factory=dict)
    """When which node first got it, by name; its home among them."""
    payloads: int = 0
    """How often it was sent in full,"""
    announcements: int = 0
    """and by its leaf hash alone, each counted by itself, however many share a message."""

    def latencies(self) -> list[int]:
        """How long it took to each node but its home, in order."""
        return sorted(
            at_ms - self.at_ms for name, at_ms in self.reached.items() if name != self.home
        )


class Broadcasts(Checker):
    """Counts copies and control messages from outside. Judges nothing."""

    id: ClassVar[str] = "broadcasts"
    facts = (EnvelopeAccepted,)

    def __init__(self) -> None:
        super().__init__()
        self._reader = Reader(NETWORK)
        self._of_leaf: dict[str, Broadcast] = {}
        self.control_messages = 0
        """Announcements, each with what has gathered for its link; prunes, and grafts."""
        self.prunes = 0
        self.grafts = 0

    def on_fact(self, host: Host, fact: Fact, now_ms: int) -> None:
        if isinstance(fact, EnvelopeAccepted) and fact.kind == "channel":
            reached = {host.name: now_ms}
            self._of_leaf[fact.leaf] = Broadcast(home=host.name, at_ms=now_ms, reached=reached)

    def on_heard(self, host: Host, link: LinkId, messages: Sequence[Message], now_ms: int) -> None:
        for message in messages:
            broadcast = self._of(message)
            if broadcast is not None and isinstance(host, NodeHost):
                broadcast.reached.setdefault(host.name, now_ms)

    def on_said(self, host: Host, link: LinkId, messages: Sequence[Message], now_ms: int) -> None:
        for message in messages:
            broadcast = self._of(message)
            if broadcast is not None:
                broadcast.payloads += 1

    def on_frame(self, host: Host, link: LinkId, data: bytes, now_ms: int) -> None:
        if not any(mark in data for mark in _MARKS):
            return
        for message in decode_frame(data):
            match message:
                case Announce(leaves):
                    self.control_messages += 1
                    for leaf in leaves:
                        if leaf in self._of_leaf:
                            self._of_leaf[leaf].announcements += 1
                case Prune():
                    self.control_messages += 1
                    self.prunes += 1
                case Request(grafts=True):
                    self.control_messages += 1
                    self.grafts += 1
                case _:
                    pass

    def all(self) -> list[Broadcast]:
        """Everything said on channels since this was last cleared, in order."""
        return list(self._of_leaf.values())

    def clear(self) -> None:
        """Count from nothing again."""
        self._of_leaf.clear()
        self.control_messages = self.prunes = self.grafts = 0

    def _of(self, message: Message) -> Broadcast | None:
        if not isinstance(message, Spread):
            return None
        return self._of_leaf.get(self._reader.leaf_of(message.envelope))
