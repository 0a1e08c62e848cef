"""A node's copy of all slots, presences and account records, and which of them count.

docs/protocol.md, section 5.3. A presence counts with its slot and its account
record; nothing else does. What does not count is held too, for the caller to
park within a bound, so that the order of arrival does not matter.
"""

from collections.abc import Callable, Iterable, Iterator, MutableMapping
from typing import NamedTuple

from overlay.errors import OldIncarnation
from overlay.messages.ids import AccountId, ClientId, Incarnation, NodeId
from overlay.messages.records import AccountRecord, Presence, Slot
from overlay.peering.records import Subject, subject_of
from overlay.peering.statements import Verified
from overlay.structures.groups import Groups
from overlay.structures.layered import Layered

VerifiedSlot = Verified[Slot]
VerifiedPresence = Verified[Presence]
VerifiedAccount = Verified[AccountRecord]
PersonRecord = Verified[Slot | Presence | AccountRecord]


class _SlotKey(NamedTuple):
    home: NodeId
    slot: int


class Directory:
    """Who is attached where, under whose keys."""

    def __init__(
        self,
        incarnation_of: Callable[[NodeId], Incarnation | None],
        is_frozen: Callable[[str, Incarnation], bool] = lambda _signer, _incarnation: False,
    ) -> None:
        self.changes = 0
        """How often something has changed in what is held or counts."""
        self._incarnation_of = incarnation_of
        self._is_frozen = is_frozen
        self._slots: MutableMapping[_SlotKey, VerifiedSlot] = {}
        self._slots_of_home: Groups[NodeId, int] = Groups()
        self._presences: MutableMapping[ClientId, VerifiedPresence] = {}
        self._accounts: MutableMapping[AccountId, VerifiedAccount] = {}
        self._named: Groups[str, AccountId] = Groups()
        self._served: Groups[ClientId, _SlotKey] = Groups()
        self._clients_of_account: Groups[AccountId, ClientId] = Groups()
        self._counting: MutableMapping[Subject, None] = {}

    def adopt(self, other: "Directory") -> None:
        """Hold what another holds, which must not change any more."""
        self._slots = Layered(other._slots)
        self._slots_of_home = Groups(other._slots_of_home)
        self._presences = Layered(other._presences)
        self._accounts = Layered(other._accounts)
        self._named = Groups(other._named)
        self._served = Groups(other._served)
        self._clients_of_account = Groups(other._clients_of_account)
        self._counting = Layered(other._counting)

    # What is held.

    def get(self, subject: Subject) -> PersonRecord | None:
        """The record held of a subject, whether it counts or not."""
        match subject.kind:
            case "slot":
                return self._slots.get(_SlotKey(NodeId(subject.signer), subject.slot))
            case "presence":
                return self._presences.get(ClientId(subject.signer))
            case _:
                return self._accounts.get(AccountId(subject.signer))

    def put(self, record: PersonRecord) -> list[Subject]:
        """Hold a record if it is the highest of its subject.

        Returns the subjects whose counting may have changed, the record's own
        first; an empty list when it is not the highest.
        """
        subject = subject_of(record.value)
        old = self.get(subject)
        if old is not None and (record.value.order, record.leaf) <= (old.value.order, old.leaf):
            return []
        self.changes += 1
        touched = self._touched_by(record)
        if old is not None:
            touched += self._touched_by(old)
            self._unindex(old)
        self._index(record)
        return list(dict.fromkeys([subject, *touched]))

    def drop(self, subject: Subject) -> None:
        """Forget a record that does not count."""
        record = self.get(subject)
        if record is not None and subject not in self._counting:
            self.changes += 1
            self._unindex(record)

    def slots_of(self, home: NodeId) -> list[Subject]:
        """The subjects of all slots held of one home: its membership or incarnation changed."""
        return [Subject("slot", home, slot) for slot in self._slots_of_home.of(home)]

    # What counts.

    def counts(self, subject: Subject) -> bool:
        """Whether the record held counts, as last evaluated."""
        return subject in self._counting

    def evaluate(self, subject: Subject) -> tuple[bool, list[Subject]]:
        """Decide anew whether a record counts.

        Returns whether that changed, and which other subjects depend on it.
        """
        does = self._decide(subject)
        if does == (subject in self._counting):
            return False, []
        self.changes += 1
        if does:
            self._counting[subject] = None
        else:
            del self._counting[subject]
        record = self.get(subject)
        return True, self._touched_by(record) if record is not None else []

    def presence(self, client: ClientId) -> VerifiedPresence | None:
        """The presence of a client, if it counts."""
        counts = Subject("presence", client) in self._counting
        return self._presences[client] if counts else None

    def presence_in(self, client: ClientId, incarnation: Incarnation) -> VerifiedPresence:
        """The presence of a client, if it counts and is of this incarnation.

        What every node passes on has to be of somebody whom every node knows.
        Raises OldIncarnation.
        """
        presence = self.presence(client)
        if presence is None or presence.value.incarnation != incarnation:
            raise OldIncarnation("the origin is not present in this incarnation")
        return presence

    def account(self, account: AccountId) -> VerifiedAccount | None:
        """The record of an account, if it counts."""
        counts = Subject("account", account) in self._counting
        return self._accounts[account] if counts else None

    def accounts(self) -> Iterator[VerifiedAccount]:
        """The account records that count."""
        for subject in self._counting:
            if subject.kind == "account":
                yield self._accounts[AccountId(subject.signer)]

    def named(self, name: str) -> list[AccountId]:
        """The accounts that bear a name and count."""
        accounts = self._named.of(name)
        return [account for account in accounts if self.account(account) is not None]

    def presences(self) -> Iterator[VerifiedPresence]:
        """The presences that count."""
        for subject in self._counting:
            if subject.kind == "presence":
                yield self._presences[ClientId(subject.signer)]

    def presences_of(self, account: AccountId) -> list[VerifiedPresence]:
        """The presences of an account that count."""
        clients = self._clients_of_account.of(account)
        return [held for client in clients if (held := self.presence(client)) is not None]

    def homes(self) -> Iterable[NodeId]:
        """Every node that a slot is held of, whether it counts or not."""
        return dict.fromkeys(key.home for key in self._slots)

    def attachments_of(self, home: NodeId) -> list[tuple[VerifiedSlot, VerifiedPresence | None]]:
        """The slots of a home that count, each with its presence."""
        found: list[tuple[VerifiedSlot, VerifiedPresence | None]] = []
        for slot in self._slots_of_home.of(home):
            if Subject("slot", home, slot) in self._counting:
                record = self._slots[_SlotKey(home, slot)]
                client = record.value.client
                found.append((record, self.presence(client) if client is not None else None))
        return found

    def clients_of_home(self, home: NodeId) -> list[VerifiedPresence]:
        """The presences that count at one home."""
        return [presence for _, presence in self.attachments_of(home) if presence is not None]

    # Decisions.

    def _decide(self, subject: Subject) -> bool:
        record = self.get(subject)
        if record is None:
            return False
        match record.value:
            case Slot() as slot:
                return self._incarnation_of(slot.signer) == slot.incarnation
            case Presence() as presence:
                return self._does_serve(presence) and self._is_listed(presence)
            case AccountRecord() as account:
                clients = self._clients_of_account.of(account.signer)
                presences = (self._presences[client].value for client in clients)
                return any(self._does_serve(held) and self._is_listed(held) for held in presences)

    def is_served(self, client: ClientId, incarnation: Incarnation) -> bool:
        """Whether a slot that counts names a client in this incarnation or a lower one."""
        for key in self._served.of(client):
            order = self._slots[key].value.presence
            does_count = Subject("slot", key.home, key.slot) in self._counting
            if does_count and order is not None and order.incarnation <= incarnation:
                return True
        return False

    def _does_serve(self, presence: Presence) -> bool:
        if self._is_frozen(presence.signer, presence.incarnation):
            return False
        if self._incarnation_of(presence.home) != presence.home_incarnation:
            return False
        return any(
            key.home == presence.home
            and Subject("slot", key.home, key.slot) in self._counting
            and self._slots[key].value.presence == presence.order
            for key in self._served.of(presence.signer)
        )

    def _is_listed(self, presence: Presence) -> bool:
        account = self._accounts.get(presence.account)
        if account is None:
            return False
        record = account.value
        return presence.signer in record.clients and presence.signer not in record.revoked

    # Indices.

    def _touched_by(self, record: PersonRecord) -> list[Subject]:
        """Subjects whose counting may depend on a record."""
        match record.value:
            case Slot() as slot:
                return [Subject("presence", slot.client)] if slot.client is not None else []
            case Presence() as presence:
                return [Subject("account", presence.account)]
            case AccountRecord() as account:
                clients = self._clients_of_account.of(account.signer)
                return [Subject("presence", client) for client in clients]

    def _index(self, record: PersonRecord) -> None:
        signed, leaf = record.signed, record.leaf
        match record.value:
            case Slot() as slot:
                key = _SlotKey(slot.signer, slot.slot)
                self._slots[key] = Verified(slot, signed, leaf)
                self._slots_of_home.add(slot.signer, slot.slot)
                if slot.client is not None:
                    self._served.add(slot.client, key)
            case Presence() as presence:
                self._presences[presence.signer] = Verified(presence, signed, leaf)
                self._clients_of_account.add(presence.account, presence.signer)
            case AccountRecord() as account:
                self._accounts[account.signer] = Verified(account, signed, leaf)
                self._named.add(account.name, account.signer)

    def _unindex(self, record: PersonRecord) -> None:
        match record.value:
            case Slot() as slot:
                key = _SlotKey(slot.signer, slot.slot)
                del self._slots[key]
                self._slots_of_home.discard(slot.signer, slot.slot)
                if slot.client is not None:
                    self._served.discard(slot.client, key)
            case Presence() as presence:
                del self._presences[presence.signer]
                self._clients_of_account.discard(presence.account, presence.signer)
            case AccountRecord() as account:
                del self._accounts[account.signer]
                self._named.discard(account.name, account.signer)
