"""A set of hashes with a fingerprint of the whole and of each part."""

from base64 import urlsafe_b64encode
from collections.abc import Iterator, MutableMapping
from hashlib import sha256

from overlay.structures.layered import Layered

DEPTH = 2
"""Characters that name the smallest part: 4,096 of them hold 100,000 hashes in handfuls."""


class HashTrie:
    """Hashes as base64url text, in parts by their first characters.

    A prefix of 0 to `DEPTH` characters names a part. Equal parts have equal
    fingerprints, however they came about; of different ones they differ, as
    SHA-256 does. Fingerprints are computed when asked, and only of what has
    changed since. Source: Merkle, CRYPTO 1987.
    """

    __slots__ = ("_branches", "_count", "_fingerprints", "_leaves")

    def __init__(self, shared: "HashTrie | None" = None) -> None:
        """Begins with what `shared` holds, which must not change any more."""
        self._leaves: MutableMapping[str, tuple[str, ...]] = {}
        self._branches: MutableMapping[str, tuple[str, ...]] = {}
        self._fingerprints: MutableMapping[str, str] = {}
        self._count = 0
        if shared is not None:
            self._leaves = Layered(shared._leaves)
            self._branches = Layered(shared._branches)
            self._fingerprints = Layered(shared._fingerprints)
            self._count = shared._count

    def __len__(self) -> int:
        return self._count

    def __contains__(self, leaf: str) -> bool:
        return leaf in self._leaves.get(leaf[:DEPTH], ())

    def add(self, leaf: str) -> None:
        """Hold a hash; nothing changes if it is held."""
        part = leaf[:DEPTH]
        leaves = self._leaves.get(part, ())
        if leaf not in leaves:
            if not leaves:
                self._branch(part)
            self._leaves[part] = (*leaves, leaf)
            self._count += 1
            self._has_changed(part)

    def discard(self, leaf: str) -> None:
        """Hold a hash no longer; nothing changes if it is not held."""
        part = leaf[:DEPTH]
        leaves = self._leaves.get(part, ())
        if leaf not in leaves:
            return
        self._count -= 1
        self._has_changed(part)
        if len(leaves) > 1:
            self._leaves[part] = tuple(other for other in leaves if other != leaf)
        else:
            del self._leaves[part]
            self._prune(part)

    def count(self, prefix: str = "") -> int:
        """How many hashes begin so."""
        if not prefix:
            return self._count
        return sum(len(self._leaves[part]) for part in self._parts(prefix))

    def leaves(self, prefix: str = "") -> list[str]:
        """The hashes that begin so, in order."""
        return sorted(leaf for part in self._parts(prefix) for leaf in self._leaves[part])

    def children(self, prefix: str = "") -> dict[str, str]:
        """The fingerprints of the parts that a part consists of, by their prefix, in order."""
        return {child: self.fingerprint(child) for child in sorted(self._branches.get(prefix, ()))}

    def fingerprint(self, prefix: str = "") -> str:
        """What stands for all hashes that begin so; empty where there are none."""
        known = self._fingerprints.get(prefix)
        if known is None:
            if len(prefix) == DEPTH:
                content = "".join(sorted(self._leaves.get(prefix, ())))
            else:
                content = "".join(map("".join, self.children(prefix).items()))
            known = _hash(f"{len(prefix)}{content}") if content else ""
            self._fingerprints[prefix] = known
        return known

    def _parts(self, prefix: str) -> Iterator[str]:
        if len(prefix) == DEPTH:
            return iter((prefix,) if prefix in self._leaves else ())
        return (part for child in self._branches.get(prefix, ()) for part in self._parts(child))

    def _has_changed(self, part: str) -> None:
        for length in range(DEPTH + 1):
            self._fingerprints.pop(part[:length], None)

    def _branch(self, part: str) -> None:
        for length in range(DEPTH):
            branches = self._branches.get(part[:length], ())
            if part[: length + 1] not in branches:
                self._branches[part[:length]] = (*branches, part[: length + 1])

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
