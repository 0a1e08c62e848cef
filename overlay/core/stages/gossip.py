"""What we know, and telling it on: merging records, the first exchange, pushes.

docs/protocol.md, sections 4.3 and 5.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from overlay import limits
from overlay.core.durable import record_key, record_row
from overlay.core.effects import Effect, Report
from overlay.core.facts import RecordApplied, RecordDropped, RecordParked
from overlay.core.state.directory import Directory
from overlay.core.state.links import Link, Links
from overlay.core.state.members import Members
from overlay.core.state.ourselves import Ourselves
from overlay.core.state.parking import Parking
from overlay.core.state.topology import Topology
from overlay.messages.gossip import Delta, Push
from overlay.messages.ids import AccountId, ClientId, NodeId, Order
from overlay.messages.records import AccountRecord, NodeRecord, Presence, Record, Slot
from overlay.peering.effects import Forget, Persist
from overlay.peering.outgoing import in_portions
from overlay.peering.records import Subject, subject_of
from overlay.peering.rows import Row, RowKey
from overlay.peering.statements import Verified


@dataclass(slots=True)
class Changes:
    """What applying records has changed: what counts now, and whom it concerns."""

    records: dict[Subject, Verified[Record]] = field(default_factory=dict)
    parked: dict[Subject, Order] = field(default_factory=dict)
    dropped: list[Subject] = field(default_factory=list)
    accounts: dict[AccountId, None] = field(default_factory=dict)
    presences: dict[ClientId, None] = field(default_factory=dict)
    left: list[NodeId] = field(default_factory=list)
    is_topology_changed: bool = False

    @property
    def facts(self) -> list[Effect]:
        return [
            Report(
                RecordApplied(
                    kind=subject.kind,
                    signer=subject.signer,
                    slot=subject.slot,
                    order=record.value.order,
                    leaf=record.leaf,
                )
            )
            for subject, record in self.records.items()
        ] + [*map(_parked, self.parked.items()), *map(_dropped, self.dropped)]


def _parked(held: tuple[Subject, Order]) -> Effect:
    subject, order = held
    return Report(
        RecordParked(kind=subject.kind, signer=subject.signer, slot=subject.slot, order=order)
    )


def _dropped(subject: Subject) -> Effect:
    return Report(RecordDropped(kind=subject.kind, signer=subject.signer, slot=subject.slot))


class Gossip:
    """Merges records into topology and directory, and passes on what newly counts."""

    def __init__(
        self,
        ourselves: Ourselves,
        links: Links,
        members: Members,
        topology: Topology,
        directory: Directory,
        parking: Parking,
    ) -> None:
        self._ourselves = ourselves
        self._links = links
        self._members = members
        self._topology = topology
        self._directory = directory
        self._parking = parking
        self._unsaved: dict[Subject, None] = {}

    # Merging.

    def apply(self, records: Iterable[Verified[Record]], came_from: Link | None) -> Changes:
        """Merge verified records; what newly counts goes out on every other exchanged link."""
        changes = Changes()
        for record in records:
            if isinstance(record.value, NodeRecord):
                self._apply_node(Verified(record.value, record.signed, record.leaf), changes)
            else:
                self._apply_person(record, changes)
        self._drop_surplus(changes)
        self._push(changes, came_from)
        return changes

    def revouch(self) -> Changes:
        """Our own file or a pin has changed: find the members anew."""
        changes = Changes()
        self._find_members(changes)
        self._push(changes, None)
        return changes

    def _apply_node(self, record: Verified[NodeRecord], changes: Changes) -> None:
        node = NodeId(record.value.signer)
        before = self._topology.get(node)
        if not self._topology.put(record):
            return
        subject = subject_of(record.value)
        self._park(subject, record.value.order, changes)
        if before is None or set(before.value.neighbours) != set(record.value.neighbours):
            self._find_members(changes)
        if node in self._members:
            self._count_node(node, changes)
        if before is None or before.value.incarnation != record.value.incarnation:
            self._settle(self._directory.slots_of(node), changes)

    def _find_members(self, changes: Changes) -> None:
        joined, left = self._members.recompute(self._topology.vouched_by)
        self._topology.forget_answers()
        changes.is_topology_changed = True
        for node in joined:
            self._count_node(node, changes)
            self._settle(self._directory.slots_of(node), changes)
        changes.left += left
        for node in left:
            subject = Subject("node", node)
            self._parking.park(subject)
            self._unsaved[subject] = None
            changes.records.pop(subject, None)
            self._settle(self._directory.slots_of(node), changes)

    def _count_node(self, node: NodeId, changes: Changes) -> None:
        record = self._topology.get(node)
        if record is None:
            return
        subject = Subject("node", node)
        self._release(subject, changes)
        self._unsaved[subject] = None
        changes.records[subject] = record
        changes.is_topology_changed = True

    def _apply_person(self, record: Verified[Record], changes: Changes) -> None:
        value = record.value
        assert not isinstance(value, NodeRecord)
        touched = self._directory.put(Verified(value, record.signed, record.leaf))
        if not touched:
            return
        subject = touched[0]
        was_counting = self._directory.counts(subject)
        self._park(subject, value.order, changes)
        self._settle(touched, changes)
        if was_counting and self._directory.counts(subject):
            self._note(subject, changes)

    def _settle(self, subjects: Sequence[Subject], changes: Changes) -> None:
        """Decide anew what counts, as far as it spreads."""
        waiting = deque(subjects)
        while waiting:
            subject = waiting.popleft()
            has_changed, touched = self._directory.evaluate(subject)
            if has_changed:
                self._note(subject, changes)
                waiting.extend(touched)

    def _note(self, subject: Subject, changes: Changes) -> None:
        record = self._directory.get(subject)
        self._unsaved[subject] = None
        if record is None:
            return
        match record.value:
            case Presence() as presence:
                changes.accounts[presence.account] = None
                changes.presences[presence.signer] = None
            case AccountRecord() as account:
                changes.accounts[account.signer] = None
            case Slot():
                pass
        if self._directory.counts(subject):
            self._release(subject, changes)
            changes.records[subject] = record
        else:
            self._park(subject, record.value.order, changes)
            changes.records.pop(subject, None)

    def _park(self, subject: Subject, order: Order, changes: Changes) -> None:
        self._parking.park(subject)
        changes.parked[subject] = order

    def _release(self, subject: Subject, changes: Changes) -> None:
        self._parking.release(subject)
        changes.parked.pop(subject, None)

    def _drop_surplus(self, changes: Changes) -> None:
        for subject in self._parking.surplus():
            changes.dropped.append(subject)
            if subject.kind == "node":
                self._topology.drop(NodeId(subject.signer))
            else:
                self._directory.drop(subject)

    # Telling it on.

    def begin_exchange(self, link: Link) -> None:
        """Send everything that counts, nearest nodes first, as fast as it is read."""
        link.exchange = self._exchange(list(self._everything()))
        self.go_on(link)

    def go_on(self, link: Link) -> None:
        """Say more of the complete exchange, as far as the link's outbox has room for it.

        All at once would overflow it where thousands of clients are present,
        and the two nodes would never get to know each other.
        """
        while link.has_begun and not link.has_sent_all:
            if link.waiting_bytes > limits.EXCHANGE_BYTES_MAX:
                return
            assert link.exchange is not None
            delta = next(link.exchange)
            self._links.say(link, delta)
            link.has_sent_all = delta.is_last

    def _exchange(self, subjects: Sequence[Subject]) -> Iterator[Delta]:
        """What is known of these when their turn comes; what is new was pushed meanwhile."""
        held = (self._held(subject) for subject in subjects if self._does_count(subject))
        portions = in_portions(record.signed for record in held if record is not None)
        portion = next(portions, ())
        for following in portions:
            yield Delta(portion, is_last=False)
            portion = following
        yield Delta(portion, is_last=True)

    def _everything(self) -> Iterator[Subject]:
        sent: dict[AccountId, None] = {}
        for node in self._members.all():
            yield Subject("node", node)
            for slot, presence in self._directory.attachments_of(node):
                yield subject_of(slot.value)
                if presence is None:
                    continue
                yield subject_of(presence.value)
                account = presence.value.account
                if account not in sent:
                    sent[account] = None
                    yield Subject("account", account)

    def _push(self, changes: Changes, came_from: Link | None) -> None:
        if not changes.records:
            return
        portions = list(in_portions(record.signed for record in changes.records.values()))
        for link in self._links.nodes():
            if link is not came_from and link.has_begun:
                for portion in portions:
                    self._links.say(link, Push(portion))

    # Keeping it.

    @property
    def has_unsaved(self) -> bool:
        return bool(self._unsaved)

    def save(self) -> list[Effect]:
        """Make durable what has changed since the last time."""
        rows: list[Row] = []
        keys: list[RowKey] = []
        for subject in self._unsaved:
            record = self._held(subject)
            if record is not None and self._does_count(subject):
                rows.append(record_row(subject, record.signed))
            else:
                keys.append(record_key(subject))
        self._unsaved = {}
        effects: list[Effect] = []
        if rows:
            effects.append(Persist(tuple(rows), self._ourselves.next_ticket()))
        if keys:
            effects.append(Forget(tuple(keys), self._ourselves.next_ticket()))
        return effects

    def _held(self, subject: Subject) -> Verified[Record] | None:
        if subject.kind == "node":
            return self._topology.get(NodeId(subject.signer))
        return self._directory.get(subject)

    def _does_count(self, subject: Subject) -> bool:
        if subject.kind == "node":
            return NodeId(subject.signer) in self._members
        return self._directory.counts(subject)
