"""Rules of the weather: what becomes of what goes from one host to another while each stands."""

from collections.abc import Callable
from dataclasses import dataclass

SLOW_MS = 600
"""What a slow host adds to everything that gets to it or from it, where nothing else is said."""


@dataclass(frozen=True, slots=True)
class Passed:
    """Nothing special."""


@dataclass(frozen=True, slots=True)
class Held:
    """It arrives, in order, a resend after the rule is lifted."""


@dataclass(frozen=True, slots=True)
class Delayed:
    """It takes this much longer."""

    extra_ms: int


@dataclass(frozen=True, slots=True)
class Clogged:
    """The link takes only so much."""

    bytes_per_ms: int


@dataclass(frozen=True, slots=True)
class Lossy:
    """Of so many frames one comes a resend later, and one ends its link; 0 is never."""

    lost_one_in: int
    reset_one_in: int


Verdict = Passed | Held | Delayed | Clogged | Lossy

Rule = Callable[[str, str], Verdict | None]
"""Judges what goes from one host, by name, to another; None leaves it to the next rule."""


def at_host(name: str, verdict: Verdict) -> Rule:
    """The verdict on everything that gets to this host and from it."""

    def rule(sender: str, receiver: str) -> Verdict | None:
        return verdict if name in (sender, receiver) else None

    return rule


def from_host(name: str, verdict: Verdict) -> Rule:
    """The verdict on everything that gets from this host."""

    def rule(sender: str, receiver: str) -> Verdict | None:
        return verdict if sender == name else None

    return rule


def to_host(name: str, verdict: Verdict) -> Rule:
    """The verdict on everything that gets to this host."""

    def rule(sender: str, receiver: str) -> Verdict | None:
        return verdict if receiver == name else None

    return rule


def one_way(name: str, other: str, verdict: Verdict) -> Rule:
    """The verdict on everything that gets from the one host to the other."""

    def rule(sender: str, receiver: str) -> Verdict | None:
        return verdict if (sender, receiver) == (name, other) else None

    return rule


def partition(groups: tuple[tuple[str, ...], ...]) -> Rule:
    """Only what stays within a group passes. A host in two groups is a bridge between them."""
    groups_of: dict[str, list[int]] = {}
    for number, group in enumerate(groups):
        for name in group:
            groups_of.setdefault(name, []).append(number)

    def rule(sender: str, receiver: str) -> Verdict | None:
        theirs = groups_of.get(receiver, [])
        is_together = any(number in theirs for number in groups_of.get(sender, ()))
        return None if is_together else Held()

    return rule


def cut(name: str) -> Rule:
    """Nothing gets to this host or from it."""
    return at_host(name, Held())


def slow(name: str) -> Rule:
    """Everything gets to this host and from it late."""
    return at_host(name, Delayed(SLOW_MS))
