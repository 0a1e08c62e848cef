"""What a camera has taken of one run, as values that a picture can be made of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from simulations.checkers.base import Violation
from simulations.decisions import Fault
from simulations.sayings import Saying

Span = tuple[int, int]
"""From a time on until before another, in virtual milliseconds."""

MoveKind = Literal["direct", "channel", "receipt", "keys"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A link from its opening until neither end held it any more."""

    one: str
    other: str
    begins_ms: int
    ends_ms: int
    cut: tuple[Span, ...]
    """While nothing got through: it was cut, or an end was gone and the other did not know yet."""

    def is_there(self, at_ms: int) -> bool:
        return self.begins_ms <= at_ms < self.ends_ms

    def is_cut(self, at_ms: int) -> bool:
        return is_within(self.cut, at_ms)


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """An envelope that one host put on a link to another, and how long that link is."""

    at_ms: int
    sender: str
    receiver: str
    latency_ms: int
    kind: MoveKind


@dataclass(frozen=True, slots=True)
class Befallen:
    """Something befell the world."""

    at_ms: int
    fault: Fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How far the nodes that run agreed at one moment."""

    at_ms: int
    nodes: int
    """How many run,"""
    alike: int
    """how many of those hold the directory that most hold,"""
    islands: int
    """and in how many parts they are, by the links that let something through."""
    largest: int
    """The nodes of the largest of these parts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Film:
    """One run from its beginning to its end."""

    scenario: str
    question: str
    command: str
    """The line that has the run again."""
    digest: str
    nodes: tuple[str, ...]
    people: tuple[str, ...]
    first_homes: Mapping[str, str]
    edges: tuple[tuple[str, str], ...]
    """Who stands in whose neighbours file."""
    begun_ms: int
    """When the beginning was over, in which everybody got to know everybody."""
    end_ms: int
    up: Mapping[str, Sequence[Span]]
    """When the machine of each host ran,"""
    paused: Mapping[str, Sequence[Span]]
    """and when it stood still."""
    links: tuple[Link, ...]
    moves: tuple[Move, ...]
    moves_left_out: int
    """Those beyond what a film has room for."""
    looks: tuple[Look, ...]
    faults: tuple[Befallen, ...]
    sayings: tuple[Saying, ...]
    violations: tuple[Violation, ...]

    def is_up(self, host: str, at_ms: int) -> bool:
        return is_within(self.up.get(host, ()), at_ms)

    def is_paused(self, host: str, at_ms: int) -> bool:
        return is_within(self.paused.get(host, ()), at_ms)

    def links_at(self, at_ms: int) -> list[Link]:
        """Those that stood then, cut or not, those between people and homes included."""
        return [link for link in self.links if link.is_there(at_ms)]

    def look_at(self, at_ms: int) -> Look | None:
        """The last look by then."""
        earlier = [look for look in self.looks if look.at_ms <= at_ms]
        return earlier[-1] if earlier else None


def is_within(spans: Sequence[Span], at_ms: int) -> bool:
    """Whether a time lies in one of several spans."""
    return any(begins_ms <= at_ms < ends_ms for begins_ms, ends_ms in spans)
