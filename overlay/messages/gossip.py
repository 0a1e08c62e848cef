"""What nodes tell each other of what they know. Section 5."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from overlay.messages.ids import LeafHash
from overlay.messages.signed import Signed


@dataclass(frozen=True, slots=True)
class Push:
    """New records, passed on as soon as they are verified."""

    records: tuple[Signed, ...]


@dataclass(frozen=True, slots=True)
class Equivocation:
    """Two different texts to which one signer gave one order; that proves it, and spreads so."""

    first: Signed
    second: Signed


@dataclass(frozen=True, slots=True)
class Announce:
    """Leaf hashes of what is new with the sender: ask for what does not come another way."""

    leaves: tuple[LeafHash, ...]


@dataclass(frozen=True, slots=True)
class Request:
    """Asks for records by their leaf hashes.

    With `grafts` they were announced and have not come: send them, and from
    now on push on this link. Without, they are answered by `delta`.
    """

    leaves: tuple[LeafHash, ...]
    grafts: bool = False


@dataclass(frozen=True, slots=True)
class Prune:
    """What was pushed was known already: from now on announce on this link."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestPart:
    """All records of the sender whose leaf hash begins with `prefix`, summed up.

    Either their leaf hashes, or the fingerprints of the smaller parts by their
    prefixes.
    """

    prefix: str
    count: int
    leaves: tuple[LeafHash, ...] = ()
    parts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Digest:
    """A summary of what the sender holds."""

    parts: tuple[DigestPart, ...]


@dataclass(frozen=True, slots=True)
class DigestWanted:
    """Asks for the summary of parts."""

    prefixes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EverythingWanted:
    """Asks for all that counts, as a beginner needs it: nearest nodes first."""


@dataclass(frozen=True, slots=True)
class Delta:
    """What was asked for, without `push`ing; `is_last` ends the answer."""

    records: tuple[Signed, ...]
    is_last: bool


@dataclass(frozen=True, slots=True)
class Synced:
    """The sender has taken over all that the receiver's first digest showed."""
