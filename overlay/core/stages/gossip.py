"""What we know: merging records, deciding which of them count, keeping those.

docs/protocol.md, sections 4.3, 5.1 to 5.4 and 5.8.
"""

from collections import deque
from collections.abc import Iterable, MutableMapping, Sequence
from dataclasses import dataclass, field

from overlay.core.durable import record_key, record_row
from overlay.core.effects import Effect, Report
from overlay.core.facts import EquivocationProved, RecordApplied, RecordDropped, RecordParked
from overlay.core.state.directory import Directory
from overlay.core.state.frozen import Frozen
from overlay.core.state.holdings import Holdings, Item
from overlay.core.state.members import Members
from overlay.core.state.ourselves import Ourselves
from overlay.core.state.parking import Parking
from overlay.core.state.topology import Topology
from overlay.messages.ids import AccountId, ClientId, Incarnation, LeafHash, NodeId, Order
from overlay.messages.records import AccountRecord, NodeRecord, Presence, Record, Slot
from overlay.messages.signed import Signed
from overlay.peering.effects import Forget, Persist
from overlay.peering.equivocation import Proved, proof_of
from overlay.peering.records import Subject, subject_of, supersedes
from overlay.peering.rows import Row, RowKey
from overlay.peering.statements import Verified, is_of


@dataclass(slots=True)
class Changes:
    """What applying records has changed: what counts now, and whom it concerns."""

    records: dict[Subject, Verified[Record]] = field(default_factory=dict)
    proofs: list[Proved] = field(default_factory=list)
    parked: dict[Subject, Order] = field(default_factory=dict)
    dropped: list[Subject] = field(default_factory=list)
    accounts: dict[AccountId, None] = field(default_factory=dict)
    presences: dict[ClientId, None] = field(default_factory=dict)
    left: list[NodeId] = field(default_factory=list)
    is_topology_changed: bool = False

    @property
    def items(self) -> list[tuple[LeafHash, Item]]:
        """What newly counts, by leaf hash: to be passed on."""
        records = [(record.leaf, record.signed) for record in self.records.values()]
        return [*records, *self.found]

    @property
    def found(self) -> list[tuple[LeafHash, Item]]:
        """The proofs among that."""
        return [(proved.leaf, proved.proof) for proved in self.proofs]

    @property
    def facts(self) -> list[Effect]:
        facts: list[Effect] = [
            Report(EquivocationProved(signer=proved.signer, incarnation=proved.incarnation))
            for proved in self.proofs
        ]
        facts += [
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
        ]
        facts += [*map(_parked, self.parked.items()), *map(_dropped, self.dropped)]
        return facts


def _parked(held: tuple[Subject, Order]) -> Effect:
    subject, order = held
    return Report(
        RecordParked(kind=subject.kind, signer=subject.signer, slot=subject.slot, order=order)
    )


def _dropped(subject: Subject) -> Effect:
    return Report(RecordDropped(kind=subject.kind, signer=subject.signer, slot=subject.slot))


class Gossip:
    """Merges records into topology and directory, and keeps account of what counts."""

    def __init__(
        self,
        ourselves: Ourselves,
        members: Members,
        topology: Topology,
        directory: Directory,
        parking: Parking,
        frozen: Frozen,
        holdings: Holdings,
    ) -> None:
        self._ourselves = ourselves
        self._members = members
        self._topology = topology
        self._directory = directory
        self._parking = parking
        self._frozen = frozen
        self._holdings = holdings
        self._unsaved: MutableMapping[Subject, None] = {}

    def note_among(self, unsaved: MutableMapping[Subject, None]) -> None:
        """Note in a table of another kind, which is empty, what has yet to be saved."""
        self._unsaved = unsaved

    # Merging.

    def apply(self, records: Iterable[Verified[Record]]) -> Changes:
        """Merge verified records."""
        changes = Changes()
        for record in records:
            self._look_for_proof(record)
            if is_of(record, NodeRecord):
                self._apply_node(record, changes)
            else:
                self._apply_person(record, changes)
        self._drop_surplus(changes)
        self._weigh_proofs(changes)
        return changes

    def apply_proof(self, proved: Proved) -> Changes:
        """Take in a verified proof of equivocation."""
        changes = Changes()
        if self._frozen.put(proved):
            self._weigh_proofs(changes)
        return changes

    def revouch(self) -> Changes:
        """Our own file or a pin may have changed: then find the members anew.

        Records that change whom others vouch for have done so as they came: of 10,000 members
        each handshake would cost a tenth of a second.
        """
        changes = Changes(is_topology_changed=True)
        if self._members.is_outdated:
            self._find_members(changes)
        self._weigh_proofs(changes)
        return changes

    def is_news(self, record: Verified[Record]) -> bool:
        """Whether a record takes the place of what is held, or proves an equivocation with it."""
        held = self._record(subject_of(record.value))
        return supersedes(record, held) or self._contradicts(record, held)

    def parked_above(self, record: Verified[Record]) -> Signed | None:
        """What is held of a record's subject above it, if that does not count."""
        held = self._record(subject_of(record.value))
        if held is None or held.value.order <= record.value.order:
            return None
        return held.signed if held.leaf not in self._holdings else None

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
            self._holdings.remove(subject)
            changes.records.pop(subject, None)
            self._settle(self._directory.slots_of(node), changes)

    def _count_node(self, node: NodeId, changes: Changes) -> None:
        record = self._topology.get(node)
        if record is None:
            return
        subject = Subject("node", node)
        self._release(subject, changes)
        self._unsaved[subject] = None
        self._holdings.put(subject, record.leaf, record.signed)
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
            self._holdings.put(subject, record.leaf, record.signed)
            changes.records[subject] = record
        else:
            self._park(subject, record.value.order, changes)
            self._holdings.remove(subject)
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

    # Equivocation.

    def _look_for_proof(self, record: Verified[Record]) -> None:
        """Two texts of one order disable the incarnation; of account records both may be."""
        held = self._record(subject_of(record.value))
        if held is not None and self._contradicts(record, held):
            self._frozen.put(proof_of(held, record))

    def _contradicts(self, record: Verified[Record], held: Verified[Record] | None) -> bool:
        """Whether it has the order of what is held, and is another text: unless that is proved."""
        value = record.value
        if held is None or held.value.order != value.order or held.leaf == record.leaf:
            return False
        incarnation = Incarnation(value.order.incarnation)
        is_known = self._frozen.is_proved(value.signer, incarnation)
        return not is_known and not isinstance(value, AccountRecord)

    def _weigh_proofs(self, changes: Changes) -> None:
        """Decide anew which proofs count.

        Proofs about nodes decide about slots, and slots about proofs about
        clients: so the second time nothing changes any more.
        """
        has_changed = True
        while has_changed:
            has_changed = False
            for proved in self._frozen.all():
                if self._frozen.count(proved, does=self._does_disable(proved)):
                    has_changed = True
                    self._follow_proof(proved, changes)

    def _does_disable(self, proved: Proved) -> bool:
        """A higher incarnation heals; and what nobody holds needs no disabling."""
        if not proved.is_of_node:
            return self._directory.is_served(ClientId(proved.signer), proved.incarnation)
        node = NodeId(proved.signer)
        record = self._topology.get(node)
        is_member = node in self._members
        return is_member and record is not None and record.value.incarnation <= proved.incarnation

    def _follow_proof(self, proved: Proved, changes: Changes) -> None:
        subject = Subject("proof", proved.signer)
        if self._frozen.is_frozen(proved.signer, proved.incarnation):
            self._holdings.put(subject, proved.leaf, proved.proof)
            changes.proofs.append(proved)
        else:
            self._holdings.remove(subject)
        if proved.is_of_node:
            self._topology.forget_answers()
            changes.is_topology_changed = True
            self._settle(self._directory.slots_of(NodeId(proved.signer)), changes)
        else:
            self._settle([Subject("presence", proved.signer)], changes)

    # Keeping it.

    @property
    def has_unsaved(self) -> bool:
        return bool(self._unsaved)

    def save(self) -> list[Effect]:
        """Make durable what has changed since the last time."""
        rows: list[Row] = []
        keys: list[RowKey] = []
        for subject in self._unsaved:
            item = self._holdings.of(subject)
            if isinstance(item, Signed):
                rows.append(record_row(subject, item))
            else:
                keys.append(record_key(subject))
        self._unsaved.clear()
        effects: list[Effect] = []
        if rows:
            effects.append(Persist(tuple(rows), self._ourselves.next_ticket()))
        if keys:
            effects.append(Forget(tuple(keys), self._ourselves.next_ticket()))
        return effects

    def _record(self, subject: Subject) -> Verified[Record] | None:
        if subject.kind == "node":
            return self._topology.get(NodeId(subject.signer))
        return self._directory.get(subject)
