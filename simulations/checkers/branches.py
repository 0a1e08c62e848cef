"""Counts rare things that a sweep ought to reach, and judges nothing."""

from collections.abc import Sequence

from overlay.client.facts import Detached
from overlay.core.facts import (
    EnvelopeRefused,
    PeerRefused,
    RecordApplied,
    RecordDropped,
    RecordParked,
)
from overlay.messages.clients import Stalled
from overlay.messages.union import Message
from overlay.peering.events import LinkId
from simulations.checkers.base import Checker, Fact
from simulations.machines import Host

CLOSED_AS = (
    "duplicate_link",
    "silent",
    "stalled",
    "old_incarnation",
    "handshake_timeout",
    "not_a_neighbour",
)
REFUSED_AS = ("busy", "replayed", "old_incarnation", "unknown_recipient", "quota", "bad_signature")
STALLED_AS = ("away", "no_way", "busy", "resting", "expired", "quota")

Subject = tuple[str, int, str, str, int]


class BranchesChecker(Checker):
    """Knows the names of what is rare: codes that closed links, refused, and stalled."""

    id = "branches"
    facts = (
        Detached,
        EnvelopeRefused,
        PeerRefused,
        RecordApplied,
        RecordDropped,
        RecordParked,
    )
    branches = (
        *(f"link closed as {code}" for code in CLOSED_AS),
        *(f"something refused as {code}" for code in REFUSED_AS),
        *(f"envelope stalled as {reason}" for reason in STALLED_AS),
        "parked record released",
        "client gave up a silent home",
        "client left at a goodbye",
    )

    def __init__(self) -> None:
        super().__init__()
        self._parked: set[Subject] = set()

    def on_close(self, host: Host, link: LinkId, code: str, now_ms: int) -> None:
        if code in CLOSED_AS:
            self.sometimes(f"link closed as {code}")

    def on_said(self, host: Host, link: LinkId, messages: Sequence[Message], now_ms: int) -> None:
        for message in messages:
            if isinstance(message, Stalled):
                self.sometimes(f"envelope stalled as {message.reason}")

    def on_fact(self, host: Host, fact: Fact, now_ms: int) -> None:
        match fact:
            case EnvelopeRefused(code=code) | PeerRefused(code=code):
                if code in REFUSED_AS:
                    self.sometimes(f"something refused as {code}")
            case Detached(reason="stalled"):
                self.sometimes("client gave up a silent home")
            case Detached(reason="stopping"):
                self.sometimes("client left at a goodbye")
            case RecordParked() | RecordApplied() | RecordDropped():
                self._on_record(host, fact)
            case _:
                pass

    def _on_record(self, host: Host, fact: RecordParked | RecordApplied | RecordDropped) -> None:
        subject = (host.name, host.starts, fact.kind, fact.signer, fact.slot)
        if isinstance(fact, RecordParked):
            self._parked.add(subject)
        elif subject in self._parked:
            self._parked.remove(subject)
            if isinstance(fact, RecordApplied):
                self.sometimes("parked record released")
