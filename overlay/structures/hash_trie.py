"""A set of hashes with a fingerprint of the whole and of each part."""

from base64 import urlsafe_b64encode
from collections.abc import Iterator, MutableMapping
from hashlib import sha256

from overlay.structures.bounded import LruCache
from overlay.structures.columns import Column
from overlay.structures.layered import Layered

DEPTH = 2
"""Characters that name the smallest part: 4,096 of them hold 100,000 hashes in handfuls."""

_WHOLES_MAX = 1_024
"""Of those who share, as many different states are remembered: 4 KB each."""


class _Part:
    """Hashes that share their first `DEPTH` characters, in order. Never changes."""

    __slots__ = ("_fingerprint", "leaves")

    def __init__(self, leaves: tuple[str, ...]) -> None:
        self.leaves = leaves
        self._fingerprint = ""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Part) and self.leaves == other.leaves

    @property
    def fingerprint(self) -> str:
        """Computed when it is first asked for, once for all who hold this part."""
        if not self._fingerprint:
            self._fingerprint = _hash(f"{DEPTH}{''.join(self.leaves)}")
        return self._fingerprint


class HashTrie:
    """Hashes as base64url text, in parts by their first characters.

    A prefix of 0 to `DEPTH` characters names a part. Equal parts have equal
    fingerprints, however they came about; of different ones they differ, as
    SHA-256 does. Fingerprints are computed when asked, and only of what has
    changed since. Source: Merkle, CRYPTO 1987.
    """

    __slots__ = ("_branches", "_count", "_fingerprints", "_parts", "_wholes")

    def __init__(self, shared: "HashTrie | None" = None) -> None:
        """Begins with what `shared` holds, which must not change any more."""
        self._parts: MutableMapping[str, _Part] = {}
        self._branches: MutableMapping[str, tuple[str, ...]] = {}
        self._fingerprints: dict[str, str] = {}
        """Of all but the smallest parts."""
        self._wholes: LruCache[bytes, str] | None = None
        """Fingerprints of all that is held, where many hold the same sooner or later."""
        self._count = 0
        if shared is not None:
            self._parts = Column.of(shared._parts)
            self._wholes = shared._wholes or LruCache(_WHOLES_MAX)
            self._branches = Layered(shared._branches)
            self._fingerprints = dict(shared._fingerprints)
            self._count = shared._count

    def __len__(self) -> int:
        return self._count

    def __contains__(self, leaf: str) -> bool:
        part = self._parts.get(leaf[:DEPTH])
        return part is not None and leaf in part.leaves

    def add(self, leaf: str) -> None:
        """Hold a hash; nothing changes if it is held."""
        prefix = leaf[:DEPTH]
        part = self._parts.get(prefix)
        if part is None:
            self._parts[prefix] = _Part((leaf,))
            self._branch(self._parts.named(prefix) if isinstance(self._parts, Column) else prefix)
        elif leaf in part.leaves:
            return
        else:
            self._parts[prefix] = _Part(tuple(sorted((*part.leaves, leaf))))
        self._count += 1
        self._has_changed(prefix)

    def discard(self, leaf: str) -> None:
        """Hold a hash no longer; nothing changes if it is not held."""
        prefix = leaf[:DEPTH]
        part = self._parts.get(prefix)
        if part is None or leaf not in part.leaves:
            return
        self._count -= 1
        self._has_changed(prefix)
        if len(part.leaves) > 1:
            self._parts[prefix] = _Part(tuple(other for other in part.leaves if other != leaf))
        else:
            del self._parts[prefix]
            self._prune(prefix)

    def count(self, prefix: str = "") -> int:
        """How many hashes begin so."""
        if not prefix:
            return self._count
        return sum(len(part.leaves) for part in self._within(prefix))

    def leaves(self, prefix: str = "") -> list[str]:
        """The hashes that begin so, in order."""
        return sorted(leaf for part in self._within(prefix) for leaf in part.leaves)

    def children(self, prefix: str = "") -> dict[str, str]:
        """The fingerprints of the parts that a part consists of, by their prefix, in order."""
        return {child: self.fingerprint(child) for child in sorted(self._branches.get(prefix, ()))}

    def fingerprint(self, prefix: str = "") -> str:
        """What stands for all hashes that begin so; empty where there are none."""
        if len(prefix) == DEPTH:
            part = self._parts.get(prefix)
            return part.fingerprint if part is not None else ""
        known = self._fingerprints.get(prefix)
        if known is None:
            known = self._fingerprints[prefix] = self._sought(prefix)
        return known

    def _sought(self, prefix: str) -> str:
        cells = self._parts.cells if isinstance(self._parts, Column) else None
        if prefix or self._wholes is None or not isinstance(cells, bytes | bytearray):
            return self._computed(prefix)
        state = bytes(cells)
        known = self._wholes.get(state)
        if known is None:
            known = self._computed(prefix)
            self._wholes.put(state, known)
        return known

    def _computed(self, prefix: str) -> str:
        if len(prefix) < DEPTH - 1:
            content = "".join(map("".join, self.children(prefix).items()))
        else:
            part_at = self._parts.get
            children = sorted(self._branches.get(prefix, ()))
            parts = [(child, part_at(child)) for child in children]
            content = "".join([f"{child}{part.fingerprint}" for child, part in parts if part])
        return _hash(f"{len(prefix)}{content}") if content else ""

    def _within(self, prefix: str) -> Iterator[_Part]:
        if len(prefix) == DEPTH:
            part = self._parts.get(prefix)
            return iter((part,) if part is not None else ())
        return (part for child in self._branches.get(prefix, ()) for part in self._within(child))

    def _has_changed(self, part: str) -> None:
        for length in range(DEPTH):
            self._fingerprints.pop(part[:length], None)

    def _branch(self, part: str) -> None:
        for length in range(DEPTH):
            branches = self._branches.get(part[:length], ())
            child = part[: length + 1]
            if child not in branches:
                self._branches[part[:length]] = (*branches, child)

    def _prune(self, part: str) -> None:
        for length in reversed(range(DEPTH)):
            branches = self._branches[part[:length]]
            if len(branches) > 1:
                left = tuple(other for other in branches if other != part[: length + 1])
                self._branches[part[:length]] = left
                return
            del self._branches[part[:length]]


def _hash(content: str) -> str:
    return urlsafe_b64encode(sha256(content.encode()).digest()).decode().rstrip("=")
