"""Who may be in the overlay: our neighbours file, the pins, and who vouches for whom.

docs/protocol.md, section 4.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping

from overlay import limits
from overlay.core.settings import Neighbour, Settings
from overlay.messages.ids import Address, NodeId
from overlay.structures.sizes import Size

Vouched = Callable[[NodeId], Iterable[NodeId]]
"""Whom a node's record names as neighbours; empty for a node without a record."""


class Members:
    """Membership as this node sees it."""

    def __init__(
        self,
        our_id: NodeId,
        settings: Settings,
        pins: Mapping[Address, NodeId],
        is_banned: Callable[[NodeId], bool] = lambda _: False,
    ) -> None:
        self._our_id = our_id
        self.is_banned = is_banned
        self._is_open = settings.admission == "open"
        self._pins = dict(pins)
        self._open_vouched: dict[NodeId, None] = {}
        self._vouchers: dict[NodeId, NodeId | None] = {our_id: None}
        self._vouched_by: Vouched | None = None
        """Where the members are known, and their order and vouchers are yet to be found."""
        self._neighbours = settings.neighbours
        self._apart: dict[NodeId, None] = {}
        self.changes = 0
        """How often it has changed whom we vouch for."""
        self.recounts = 0
        """How often the vouching was followed anew."""
        self._followed: int | None = None
        """Of which of those changes."""

    def sizes(self) -> Iterator[Size]:
        """How full its tables are."""
        yield Size("members", len(self._vouchers), limits.MEMBERS_MAX)
        yield Size("neighbours", len(self._neighbours), limits.NEIGHBOURS_MAX)
        yield Size("vouched for openly", len(self._open_vouched), limits.NEIGHBOURS_MAX)
        yield Size("kept apart", len(self._apart), limits.APART_MAX)

    # Our own file.

    @property
    def neighbours(self) -> tuple[Neighbour, ...]:
        return self._neighbours

    @neighbours.setter
    def neighbours(self, neighbours: tuple[Neighbour, ...]) -> None:
        self._neighbours = neighbours
        self.changes += 1

    def id_of(self, neighbour: Neighbour) -> NodeId | None:
        """The key expected of a neighbour: named in the file, or pinned by our own dial."""
        if neighbour.id is not None:
            return neighbour.id
        return self._pins.get(neighbour.address) if neighbour.address is not None else None

    def neighbour_at(self, address: Address) -> Neighbour | None:
        return next((entry for entry in self.neighbours if entry.address == address), None)

    def addresses_of(self, node: NodeId) -> list[Address]:
        """The addresses of our file at which a node is expected."""
        return [
            entry.address
            for entry in self.neighbours
            if entry.address is not None and self.id_of(entry) == node
        ]

    def dialled(self) -> dict[NodeId, None]:
        """The nodes that are expected at addresses of our file."""
        found = [self.id_of(entry) for entry in self.neighbours if entry.address is not None]
        return dict.fromkeys(node for node in found if node is not None)

    def expected_at(self, address: Address) -> NodeId | None:
        """The key that must answer at an address, if one is known."""
        neighbour = self.neighbour_at(address)
        return self.id_of(neighbour) if neighbour is not None else None

    def unpinned(self) -> list[Address]:
        """Addresses of our file whose key is not known yet."""
        return [
            entry.address
            for entry in self.neighbours
            if entry.address is not None and self.id_of(entry) is None
        ]

    def pin(self, address: Address, node: NodeId) -> bool:
        """Expect this key at an address of our file from now on; False if one was known."""
        neighbour = self.neighbour_at(address)
        if neighbour is None or self.id_of(neighbour) is not None:
            return False
        self._pins[address] = node
        self.changes += 1
        return True

    def unpin(self, address: Address) -> bool:
        """Forget the key pinned at an address; False if none was."""
        self.changes += 1
        return self._pins.pop(address, None) is not None

    def vouch_openly(self, node: NodeId) -> bool:
        """In an open overlay, who dials or is dialled is vouched for; True if that is new.

        Not beyond what our record can name: who comes later needs another voucher.
        """
        vouched = self.vouched()
        if not self._is_open or node in vouched or len(vouched) >= limits.NEIGHBOURS_MAX:
            return False
        self._open_vouched[node] = None
        self.changes += 1
        return True

    def vouched(self) -> dict[NodeId, bool]:
        """Whom we vouch for, and whether what they name counts for us."""
        vouched = {
            node: entry.may_admit
            for entry in self.neighbours
            if not entry.is_blocked and (node := self.id_of(entry)) is not None
        }
        return vouched | dict.fromkeys(self._open_vouched, True)

    def is_named(self, node: NodeId) -> bool:
        """Whether our file names a node: a link with it is what our operator wants."""
        return any(self.id_of(entry) == node for entry in self.neighbours)

    def is_blocked(self, node: NodeId) -> bool:
        """Whether there is to be no link with a node, by our file or by our operator's word."""
        if node in self._apart or self.is_banned(node):
            return True
        return any(entry.is_blocked and self.id_of(entry) == node for entry in self.neighbours)

    @property
    def kept_apart(self) -> tuple[NodeId, ...]:
        """With whom there is no link for a while; it changes nothing about who is a member."""
        return tuple(self._apart)

    def keep_apart(self, node: NodeId) -> bool:
        """Block links with a node until told otherwise; False if there are too many such nodes."""
        if node not in self._apart and len(self._apart) >= limits.APART_MAX:
            return False
        self._apart[node] = None
        return True

    def let_together(self, node: NodeId) -> None:
        """Links with it may be again."""
        self._apart.pop(node, None)

    # Membership.

    def __contains__(self, node: NodeId) -> bool:
        return node in self._vouchers

    def __len__(self) -> int:
        return len(self._vouchers)

    def __iter__(self) -> Iterator[NodeId]:
        """Every member, in no order that means anything."""
        return iter(self._vouchers)

    def all(self) -> list[NodeId]:
        """Every member, ourselves first, each after the one that vouches for it."""
        return list(self._with_vouchers())

    def voucher_of(self, node: NodeId) -> NodeId | None:
        return self._with_vouchers().get(node)

    def adopt(self, other: "Members", vouched_by: Vouched) -> None:
        """Count the members that another node counts, in whose tables our own file leads to them.

        Where each stands in our own order is found when somebody asks.
        """
        self._vouchers, self._vouched_by = other._vouchers, vouched_by
        self._followed = self.changes

    def is_welcome(self, node: NodeId) -> bool:
        """Whether a proved node may keep a link with us."""
        if self.is_blocked(node):
            return False
        return self._is_open or node in self.vouched() or node in self._vouchers

    @property
    def is_outdated(self) -> bool:
        """Whether it has changed whom we vouch for since the vouching was followed."""
        return self._followed != self.changes

    def recompute(self, vouched_by: Vouched) -> tuple[list[NodeId], list[NodeId]]:
        """Follow the vouching from ourselves; returns who joined and who left."""
        self.recounts += 1
        self._followed = self.changes
        before, self._vouched_by = self._vouchers, None
        self._vouchers = self._search(vouched_by)
        joined = [node for node in self._vouchers if node not in before]
        left = [node for node in before if node not in self._vouchers]
        return joined, left

    def _with_vouchers(self) -> dict[NodeId, NodeId | None]:
        vouched_by, self._vouched_by = self._vouched_by, None
        if vouched_by is not None:
            self._vouchers = self._search(vouched_by)
        return self._vouchers

    def _search(self, vouched_by: Vouched) -> dict[NodeId, NodeId | None]:
        ours = self.vouched()
        vouchers: dict[NodeId, NodeId | None] = {self._our_id: None}
        waiting = deque([self._our_id])
        while waiting:
            voucher = waiting.popleft()
            for node in ours if voucher == self._our_id else vouched_by(voucher):
                if node in vouchers or voucher not in vouched_by(node):
                    continue
                if len(vouchers) >= limits.MEMBERS_MAX:
                    continue
                vouchers[node] = voucher
                if ours.get(node, True):
                    waiting.append(node)
        return vouchers
