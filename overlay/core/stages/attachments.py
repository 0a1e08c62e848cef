"""Clients attach and detach: their records, their slots. docs/protocol.md, section 8.1."""

from collections.abc import Iterator
from dataclasses import dataclass

from overlay import limits
from overlay.core.effects import Effect, Report
from overlay.core.facts import ClientAttached, ClientDetached
from overlay.core.state.directory import Directory
from overlay.core.state.frozen import Frozen
from overlay.core.state.links import Link
from overlay.core.state.ourselves import Ourselves
from overlay.errors import Mismatch, NoSlot, NotCertified, NotYours, OldIncarnation
from overlay.messages.clients import Attach
from overlay.messages.ids import AccountId, ClientId, Order
from overlay.messages.records import AccountRecord, Bundle, Presence, Slot
from overlay.peering.records import Subject
from overlay.peering.statements import Reader, Verified
from overlay.structures.sizes import Size


@dataclass(slots=True, kw_only=True)
class Attachment:
    """One client that this node serves."""

    client: ClientId
    account: AccountId
    link: Link
    slot: int
    presence: Verified[Presence]


@dataclass(frozen=True, slots=True)
class AttachRecords:
    """What a client brought along, verified."""

    presence: Verified[Presence]
    account: Verified[AccountRecord]
    bundle: Verified[Bundle]


class Attachments:
    """The clients served here, each in a slot of its own."""

    def __init__(
        self, ourselves: Ourselves, directory: Directory, frozen: Frozen, reader: Reader
    ) -> None:
        self._ourselves = ourselves
        self._directory = directory
        self._frozen = frozen
        self._reader = reader
        self._attached: dict[ClientId, Attachment] = {}
        self._slots: dict[int, ClientId] = {}
        self._free: list[int] = []

    def sizes(self) -> Iterator[Size]:
        """How full its tables are."""
        yield Size("slots", len(self._slots), limits.SLOTS_MAX)

    def get(self, client: ClientId) -> Attachment | None:
        return self._attached.get(client)

    def read(self, link: Link, attach: Attach) -> AttachRecords:
        """Verify everything that a client brings along.

        Raises `NotYours`, `Mismatch`, `OldIncarnation` or `NotCertified`.
        """
        presence = self._reader.read_as(Presence, attach.presence)
        account = self._reader.read_as(AccountRecord, attach.account)
        bundle = self._reader.read_as(Bundle, attach.bundle)
        self._check_presence(link, presence)
        self._check_account(presence.value, account)
        if bundle.value.signer != link.client or bundle.leaf != presence.value.bundle:
            raise Mismatch("the key bundle is not the one that the presence names")
        return AttachRecords(presence, account, bundle)

    def attach(self, link: Link, records: AttachRecords) -> tuple[Slot, list[Effect]]:
        """Serve the client in a slot; returns the slot's statement, yet to be signed."""
        presence = records.presence.value
        known = self._attached.get(link.client)
        slot = known.slot if known is not None else self._take_slot()
        self._slots[slot] = link.client
        self._attached[link.client] = Attachment(
            client=link.client,
            account=presence.account,
            link=link,
            slot=slot,
            presence=records.presence,
        )
        fact = ClientAttached(client=link.client, account=presence.account, slot=slot)
        return self._statement(slot, link.client, presence.order), [Report(fact)]

    def detach(self, client: ClientId, reason: str) -> tuple[Slot, list[Effect]] | None:
        """Serve the client no longer; returns the statement that empties its slot."""
        attachment = self._attached.pop(client, None)
        if attachment is None:
            return None
        del self._slots[attachment.slot]
        self._free.append(attachment.slot)
        fact = ClientDetached(client=client, slot=attachment.slot, reason=reason)
        return self._statement(attachment.slot, None, None), [Report(fact)]

    def moved_away(self, client: ClientId) -> bool:
        """Whether a client that is served here has said something higher, here or elsewhere.

        It need not count: where another run of it has used this incarnation,
        nothing that this one says will, until it has begun anew.
        """
        attachment = self._attached.get(client)
        newest = self._directory.get(Subject("presence", client))
        if attachment is None or newest is None:
            return False
        return newest.value.order > attachment.presence.value.order

    def _check_presence(self, link: Link, presence: Verified[Presence]) -> None:
        value = presence.value
        if value.signer != link.client:
            raise NotYours("a presence of another client")
        if (value.home, value.home_incarnation) != (
            self._ourselves.id,
            self._ourselves.incarnation,
        ):
            raise Mismatch("the presence names another home, or another incarnation of this one")
        if value.incarnation != link.incarnation:
            raise OldIncarnation("the presence is of another incarnation than the handshake")
        if self._frozen.is_proved(link.client, value.incarnation):
            # A link that closes does not tell its client why: so it would come back as it went.
            raise OldIncarnation("two presences of one order are known of this incarnation")
        attached = self._attached.get(link.client)
        known = (
            self._directory.get(Subject("presence", link.client)),
            attached.presence if attached is not None else None,
        )
        for held in known:
            if held is not None and held.value.order >= value.order and held.leaf != presence.leaf:
                raise OldIncarnation(f"a presence of order {tuple(held.value.order)} is known")

    def _check_account(self, presence: Presence, account: Verified[AccountRecord]) -> None:
        record = account.value
        if record.signer != presence.account:
            raise Mismatch("the account record is not of the account that the presence names")
        if presence.signer not in record.clients or presence.signer in record.revoked:
            raise NotCertified("the account record does not list this client")
        held = self._directory.get(Subject("account", presence.account))
        if held is None or held.value.order <= record.order:
            return
        newest = held.value
        assert isinstance(newest, AccountRecord)
        if presence.signer not in newest.clients or presence.signer in newest.revoked:
            raise NotCertified("a newer account record does not list this client")

    def _take_slot(self) -> int:
        if self._free:
            return self._free.pop()
        if len(self._slots) >= limits.SLOTS_MAX:
            raise NoSlot(f"all {limits.SLOTS_MAX} slots are taken")
        return len(self._slots)

    def _statement(self, slot: int, client: ClientId | None, presence: Order | None) -> Slot:
        return Slot(
            signer=self._ourselves.id,
            salt=self._ourselves.salt(),
            incarnation=self._ourselves.incarnation,
            version=self._ourselves.next_version(),
            slot=slot,
            client=client,
            presence=presence,
        )
