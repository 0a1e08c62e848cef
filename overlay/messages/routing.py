"""Envelopes on links between nodes. Section 6."""

from dataclasses import dataclass
from typing import Literal, NamedTuple

from overlay.messages.ids import LeafHash, NodeId
from overlay.messages.signed import Signed


class UnitKey(NamedTuple):
    """The routed unit: one attempt to bring one envelope to one home."""

    leaf: LeafHash
    home: NodeId
    attempt: int


ReturnReason = Literal["no_way", "not_here", "busy"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Relay:
    """One attempt to bring an envelope to one home.

    `number` counts on this link from 1. `keeper` is the home that keeps the
    text until it is delivered: receipts go there. `budget` is what this copy
    may still cost in transmissions.
    """

    number: int
    envelope: Signed
    keeper: NodeId
    home: NodeId
    attempt: int
    budget: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """A relay comes back: its sender could not pass it on, so the receiver holds it again."""

    number: int
    reason: ReturnReason
    envelope: Signed
    keeper: NodeId
    home: NodeId
    attempt: int


@dataclass(frozen=True, slots=True)
class Spread:
    """A channel envelope on its way to every node."""

    number: int
    envelope: Signed
