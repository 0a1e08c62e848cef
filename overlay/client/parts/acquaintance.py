"""Getting to know people: what directories say of them is verified, and compared with before.

docs/protocol.md, sections 5.3 and 8.2. No node is trusted for a key.
"""

from collections.abc import Iterable
from typing import TypeVar

from overlay.client.durable.rows import person_key, person_row
from overlay.client.durable.values import PersonRow
from overlay.client.facts import ClientStoreFailed, HomeMisbehaved, KeysChanged, KeyUnusable
from overlay.client.state.everything import State
from overlay.client.state.people import Person
from overlay.crypto.encoding import decode
from overlay.crypto.sealing import PUBLIC_BYTES, SUITE, sealing_key_id
from overlay.errors import Mismatch, RemoteError, UnknownSuite
from overlay.messages.clients import Person as Told
from overlay.messages.clients import Present
from overlay.messages.ids import AccountId, ClientId
from overlay.messages.records import AccountRecord, Bundle, Presence
from overlay.messages.signed import Signed
from overlay.peering.records import supersedes
from overlay.peering.statements import Verified
from overlay.wire.signed import read_text

ValueT = TypeVar("ValueT")


class Acquaintance:
    """Remembers people, and says loudly when their keys have changed."""

    def __init__(self, state: State) -> None:
        self._desk = state.desk
        self._ledger = state.ledger
        self._ourselves = state.ourselves
        self._people = state.people

    def restore(self, rows: Iterable[PersonRow]) -> None:
        """Remember the people of earlier starts. They were verified before they were kept."""
        for row in rows:
            try:
                person = Person(self._read(AccountRecord, row.account))
                bundles = [self._read(Bundle, signed) for signed in row.bundles]
            except RemoteError as error:
                self._desk.report(ClientStoreFailed(f"a remembered person: {error}"))
                continue
            # Whoever kept them may have been newer software.
            person.bundles = {
                bundle.value.signer: bundle for bundle in bundles if bundle.value.suite == SUITE
            }
            self._people.put(person)

    def remember(self, record: Verified[AccountRecord]) -> Person:
        """Our own account's record, or one that verified: the highest is kept."""
        account = record.value.signer
        person = self._people.get(account)
        if person is None:
            person = Person(record)
            self._save(person)
        elif supersedes(record, person.record):
            person.record = record
            person.bundles = {
                client: bundle
                for client, bundle in person.bundles.items()
                if client in person.clients
            }
            person.unusable = {
                client: leaf for client, leaf in person.unusable.items() if client in person.clients
            }
            self._save(person)
        return person

    def learn(self, told: Told) -> Person | None:
        """What our home says of a person, as far as it verifies."""
        try:
            record = self._verified_record(told.account)
        except RemoteError as error:
            self._misbehaved(error)
            return None
        before = self._people.get(record.value.signer)
        clients = before.clients if before is not None else ()
        person = self.remember(record)
        if before is not None:
            self._compare(person, clients)
        person.present = dict(self._present(person, told.present))
        self._people.note_presence(person)
        return person

    def _verified_record(self, signed: Signed) -> Verified[AccountRecord]:
        known = self._people.get(AccountId(signed.signer))
        if known is not None and known.record.signed == signed:
            return known.record
        return self._ourselves.reader.read_as(AccountRecord, signed)

    def _present(
        self, person: Person, present: Iterable[Present]
    ) -> Iterable[tuple[ClientId, str | None]]:
        for told in present:
            try:
                presence = self._ourselves.reader.read_as(Presence, told.presence).value
                if presence.account != person.account:
                    raise Mismatch("the presence names another account")
                if presence.signer not in person.clients:
                    continue
                yield presence.signer, told.home_name
                if told.bundle is not None:
                    self._learn_bundle(person, presence, told.bundle)
            except RemoteError as error:
                self._misbehaved(error)

    def _learn_bundle(self, person: Person, presence: Presence, signed: Signed) -> None:
        known = person.bundles.get(presence.signer)
        if known is not None and known.leaf == presence.bundle:
            return
        if person.unusable.get(presence.signer) == presence.bundle:
            return
        bundle = self._ourselves.reader.read_as(Bundle, signed)
        value = bundle.value
        if bundle.leaf != presence.bundle or value.signer != presence.signer:
            raise Mismatch("the key bundle is not the one that the presence names")
        if value.account != person.account:
            raise Mismatch("the key bundle contradicts itself")
        if value.suite != SUITE:
            self._note_unusable(person, bundle)
            return
        if not _is_sealing_key(value):
            raise Mismatch("the key bundle contradicts itself")
        person.bundles[presence.signer] = bundle
        person.unusable.pop(presence.signer, None)
        self._save(person)

    def _note_unusable(self, person: Person, bundle: Verified[Bundle]) -> None:
        client = bundle.value.signer
        person.unusable[client] = bundle.leaf
        self._desk.report(
            KeyUnusable(
                account=person.account, name=person.name, client=client, code=UnknownSuite.code
            )
        )

    def _compare(self, person: Person, before: tuple[ClientId, ...]) -> None:
        added = tuple(client for client in person.clients if client not in before)
        removed = tuple(client for client in before if client not in person.clients)
        if added or removed:
            self._desk.report(
                KeysChanged(account=person.account, name=person.name, added=added, removed=removed)
            )

    def _save(self, person: Person) -> None:
        self._ledger.put(person_row(person.account, person.row))
        evicted = self._people.put(person)
        if evicted is not None:
            self._ledger.forget(person_key(evicted))

    def _misbehaved(self, error: RemoteError) -> None:
        self._desk.report(HomeMisbehaved(code=error.code, detail=error.detail))

    def _read(self, wanted: type[ValueT], signed: Signed) -> Verified[ValueT]:
        value = read_text(signed)
        if not isinstance(value, wanted):
            raise Mismatch(f"a {signed.kind!r} where another statement belongs")
        return Verified(value, signed, self._ourselves.reader.leaf_of(signed))


def _is_sealing_key(bundle: Bundle) -> bool:
    try:
        key = decode(bundle.key, PUBLIC_BYTES)
    except ValueError:
        return False
    return bundle.key_id == sealing_key_id(key)
