"""Envelopes on links between nodes. Section 6."""

from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from overlay.messages.ids import LeafHash, NodeId
from overlay.messages.signed import Signed


class UnitKey(NamedTuple):
    """The routed unit: one attempt to bring one envelope to one home."""

    leaf: LeafHash
    home: NodeId
    attempt: int


ATTEMPTS_COUNTED: Final = 1_024
"""An attempt's number, modulo this, counts the attempts from 1, and is 0 for what nobody keeps;
the rest is drawn by the keeper."""


def is_later(key: UnitKey) -> bool:
    """Whether a unit is not the first attempt at bringing its text to its home."""
    return key.attempt % ATTEMPTS_COUNTED > 1


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
    """A relay comes back: its sender could not pass it on, so the receiver holds it again.

    `budget` is what this copy may still cost. `retry_after_ms` goes with
    `busy`: when its keeper may try again.
    """

    number: int
    reason: ReturnReason
    envelope: Signed
    keeper: NodeId
    home: NodeId
    attempt: int
    budget: int
    retry_after_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """An envelope on its way to every node: of a channel, or a sealed one for many homes.

    `keeper` is the home that keeps the text of a sealed one until it is
    delivered: receipts go there. Nobody keeps that of a channel. `age_ms`
    says how long ago it was said, where that is no short while.
    """

    number: int
    envelope: Signed
    keeper: NodeId | None = None
    age_ms: int | None = None
