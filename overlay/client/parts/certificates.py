"""Our account's record: that it lists this client, and one record for all clients of the account.

docs/protocol.md, sections 5.1 and 5.2. The highest version wins, of equal ones
the greater hash; whoever is missing in it and holds the account's key adds
itself to a next one, so that clients of one account come to agree.
"""

from overlay import limits
from overlay.client.durable.rows import account_row
from overlay.client.facts import ClientStoreFailed
from overlay.client.state.everything import State
from overlay.errors import RemoteError
from overlay.messages.ids import ClientId
from overlay.messages.records import AccountRecord
from overlay.messages.signed import Signed
from overlay.peering.records import supersedes
from overlay.peering.statements import Verified


class Certificates:
    """Keeps the highest record of our account, with this client in it."""

    def __init__(self, state: State) -> None:
        self._desk = state.desk
        self._ledger = state.ledger
        self._ourselves = state.ourselves

    def restore(self, signed: Signed | None) -> None:
        """Take up the record of an earlier start, or of another client of the account."""
        if signed is None:
            return
        try:
            record = self._ourselves.reader.read_as(AccountRecord, signed)
        except RemoteError as error:
            self._desk.report(ClientStoreFailed(f"our account's record: {error}"))
            return
        if record.value.signer == self._ourselves.account:
            self._ourselves.record = record

    def certify(self) -> bool:
        """Have a record that lists this client, under the name that is wanted.

        False where there is none and we cannot make one.
        """
        record = self._ourselves.record
        if record is None or not self._lists_us(record.value) or self._is_renamed(record.value):
            self._add_ourselves(record.value.clients if record is not None else ())
        record = self._ourselves.record
        return record is not None and self._lists_us(record.value)

    def on_record(self, seen: Verified[AccountRecord]) -> bool:
        """A record of our account, seen anywhere; whether ours is another one from now on."""
        ours = self._ourselves.record
        if not supersedes(seen, ours):
            return False
        before = ours.value.clients if ours is not None else ()
        self._take(seen)
        if not self._lists_us(seen.value):
            self._add_ourselves((*seen.value.clients, *before))
        return True

    def _lists_us(self, record: AccountRecord) -> bool:
        client = self._ourselves.client
        return client in record.clients and client not in record.revoked

    def _is_renamed(self, record: AccountRecord) -> bool:
        return self._ourselves.settings.name not in (None, record.name)

    def _add_ourselves(self, others: tuple[ClientId, ...]) -> None:
        record = self._ourselves.record
        revoked = record.value.revoked if record is not None else ()
        everyone = dict.fromkeys((*others, self._ourselves.client))
        clients = tuple(client for client in everyone if client not in revoked)
        is_revoked = self._ourselves.client in revoked
        is_full = len(clients) > limits.ACCOUNT_CLIENTS_MAX
        if self._ourselves.identity.account_key is None or is_revoked or is_full:
            return
        fallback = record.value.name if record is not None else self._ourselves.account[:8]
        self._take(
            self._ourselves.sign_record(
                AccountRecord(
                    signer=self._ourselves.account,
                    salt=self._desk.fresh_id(),
                    version=record.value.version + 1 if record is not None else 1,
                    name=self._ourselves.settings.name or fallback,
                    clients=clients,
                    revoked=revoked,
                    previous=record.leaf if record is not None else None,
                )
            )
        )

    def _take(self, record: Verified[AccountRecord]) -> None:
        self._ourselves.record = record
        self._ledger.put(account_row(record.signed))
