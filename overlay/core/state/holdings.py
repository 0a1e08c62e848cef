"""All records that count, as they travel, with a digest of them. docs/protocol.md, section 5.7."""

from collections.abc import MutableMapping

from overlay import limits
from overlay.messages.gossip import DigestPart, Equivocation
from overlay.messages.ids import LeafHash
from overlay.messages.signed import Signed
from overlay.peering.records import Subject
from overlay.structures.hash_trie import DEPTH, HashTrie
from overlay.structures.layered import Layered

Item = Signed | Equivocation


class Holdings:
    """What a node would give to a beginner. Equal roots mean equal holdings."""

    def __init__(self) -> None:
        self._leaves: MutableMapping[Subject, LeafHash] = {}
        self._items: MutableMapping[LeafHash, Item] = {}
        self._trie = HashTrie()
        self.size_bytes = 0
        """What is held, in bytes of its texts."""

    def adopt(self, other: "Holdings") -> None:
        """Hold what another holds, which must not change any more."""
        self._leaves = Layered(other._leaves)
        self._items = Layered(other._items)
        self._trie = HashTrie(other._trie)
        self.size_bytes = other.size_bytes

    def __len__(self) -> int:
        return len(self._items)

    def __contains__(self, leaf: LeafHash) -> bool:
        return leaf in self._items

    @property
    def root(self) -> str:
        """Stands for everything that is held; empty while that is nothing."""
        return self._trie.fingerprint()

    def put(self, subject: Subject, leaf: LeafHash, item: Item) -> None:
        """Hold this of a subject, in the place of what was held of it."""
        self.remove(subject)
        self._leaves[subject] = leaf
        self._items[leaf] = item
        self.size_bytes += _size_of(item)
        self._trie.add(leaf)

    def remove(self, subject: Subject) -> None:
        """Hold nothing of a subject."""
        leaf = self._leaves.pop(subject, None)
        if leaf is not None:
            self.size_bytes -= _size_of(self._items.pop(leaf))
            self._trie.discard(leaf)

    def all(self) -> list[tuple[Subject, Item]]:
        """Everything that is held, with whom it is about."""
        return [(subject, self._items[leaf]) for subject, leaf in self._leaves.items()]

    def of(self, subject: Subject) -> Item | None:
        """What is held of a subject."""
        leaf = self._leaves.get(subject)
        return self._items[leaf] if leaf is not None else None

    def item(self, leaf: LeafHash) -> Item | None:
        """What has this leaf hash."""
        return self._items.get(leaf)

    def part(self, prefix: str) -> DigestPart:
        """The summary of all whose leaf hash begins so."""
        count = self._trie.count(prefix)
        if count <= limits.DIGEST_LIST_MAX or len(prefix) == DEPTH:
            listed = self._trie.leaves(prefix)[: limits.DIGEST_LEAVES_MAX]
            return DigestPart(prefix=prefix, count=count, leaves=tuple(map(LeafHash, listed)))
        return DigestPart(prefix=prefix, count=count, parts=self._trie.children(prefix))

    def lacks(self, part: DigestPart) -> tuple[list[LeafHash], list[str]]:
        """What another holder's summary shows that is not here: leaves, and parts that differ."""
        leaves = [leaf for leaf in part.leaves if leaf not in self._items]
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
