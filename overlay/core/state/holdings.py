"""All records that count, as they travel, with a digest of them. docs/protocol.md, section 5.7."""

from collections.abc import MutableMapping
from typing import NamedTuple

from overlay import limits
from overlay.messages.gossip import DigestPart, Equivocation
from overlay.messages.ids import LeafHash
from overlay.messages.signed import Signed
from overlay.peering.records import Subject
from overlay.structures.columns import Column
from overlay.structures.hash_trie import DEPTH, HashTrie

Item = Signed | Equivocation


class _Held(NamedTuple):
    """What is held of a subject."""

    subject: Subject
    leaf: LeafHash
    item: Item


class Holdings:
    """What a node would give to a beginner. Equal roots mean equal holdings."""

    def __init__(self) -> None:
        self._held: MutableMapping[Subject, _Held] = {}
        self._of_leaf: dict[LeafHash, _Held] = {}
        """What is held, and where that is shared, what any other has held, too."""
        self._is_shared = False
        self._trie = HashTrie()
        self.size_bytes = 0
        """What is held, in bytes of its texts."""

    def share(self) -> None:
        """Have others adopt what we hold from now on. Nothing of it may change any more."""
        self._is_shared = True
        self._held = Column.of(self._held)
        self._trie = HashTrie(self._trie)

    def adopt(self, other: "Holdings") -> None:
        """Hold what another one shares."""
        assert other._is_shared, "it has to share first"
        self._is_shared = True
        self._held = Column.of(other._held)
        self._of_leaf = other._of_leaf
        self._trie = HashTrie(other._trie)
        self.size_bytes = other.size_bytes

    def __len__(self) -> int:
        return len(self._held)

    def __contains__(self, leaf: LeafHash) -> bool:
        return self._with(leaf) is not None

    def _with(self, leaf: LeafHash) -> _Held | None:
        held = self._of_leaf.get(leaf)
        return held if held is None or self._held.get(held.subject) == held else None

    @property
    def root(self) -> str:
        """Stands for everything that is held; empty while that is nothing."""
        return self._trie.fingerprint()

    def put(self, subject: Subject, leaf: LeafHash, item: Item) -> None:
        """Hold this of a subject, in the place of what was held of it."""
        self.remove(subject)
        held = self._of_leaf.get(leaf)
        if held is None or held.item != item:
            held = self._of_leaf[leaf] = _Held(subject, leaf, item)
        self._held[held.subject] = held
        self.size_bytes += _size_of(item)
        self._trie.add(leaf)

    def remove(self, subject: Subject) -> None:
        """Hold nothing of a subject."""
        held = self._held.pop(subject, None)
        if held is not None:
            if not self._is_shared:
                del self._of_leaf[held.leaf]
            self.size_bytes -= _size_of(held.item)
            self._trie.discard(held.leaf)

    def all(self) -> list[tuple[Subject, Item]]:
        """Everything that is held, with whom it is about."""
        return [(held.subject, held.item) for held in self._held.values()]

    def of(self, subject: Subject) -> Item | None:
        """What is held of a subject."""
        held = self._held.get(subject)
        return held.item if held is not None else None

    def item(self, leaf: LeafHash) -> Item | None:
        """What has this leaf hash."""
        held = self._with(leaf)
        return held.item if held is not None else None

    def part(self, prefix: str) -> DigestPart:
        """The summary of all whose leaf hash begins so."""
        count = self._trie.count(prefix)
        if count <= limits.DIGEST_LIST_MAX or len(prefix) == DEPTH:
            listed = self._trie.leaves(prefix)[: limits.DIGEST_LEAVES_MAX]
            return DigestPart(prefix=prefix, count=count, leaves=tuple(map(LeafHash, listed)))
        return DigestPart(prefix=prefix, count=count, parts=self._trie.children(prefix))

    def lacks(self, part: DigestPart) -> tuple[list[LeafHash], list[str]]:
        """What another holder's summary shows that is not here: leaves, and parts that differ."""
        leaves = [leaf for leaf in part.leaves if leaf not in self]
        # Nothing but the next smaller parts, or a false summary could lead in circles.
        prefixes = [
            prefix
            for prefix, fingerprint in part.parts.items()
            if prefix[:-1] == part.prefix and self._trie.fingerprint(prefix) != fingerprint
        ]
        return leaves, prefixes


def _size_of(item: Item) -> int:
    if isinstance(item, Signed):
        return item.size_bytes
    return item.first.size_bytes + item.second.size_bytes
