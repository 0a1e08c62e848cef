"""Who this client is in this run: keys, incarnation, counter, network, our account's record."""

from collections.abc import Sequence
from dataclasses import replace

from overlay.client.durable.values import NetworkTaken
from overlay.client.identity import Identity
from overlay.client.settings import Settings
from overlay.client.state.desk import Desk
from overlay.crypto.keys import SigningKey
from overlay.crypto.sealing import SealingKey
from overlay.messages.envelopes import ClientEnvelope
from overlay.messages.ids import Counter, Incarnation, KeyId, LeafHash, NodeId
from overlay.messages.records import AccountRecord, Bundle, Presence
from overlay.peering.own_records import OwnRecords
from overlay.peering.statements import Reader, ReaderOf, Signer, Verified

UNSIGNED_INCARNATION = Incarnation(0)
UNSIGNED_COUNTER = Counter(0)
"""Stand in an envelope until it is signed: both are taken only then."""


class Ourselves:
    """Our identity in one incarnation.

    Counters begin at 1 in each incarnation. They need no blocks reserved on the
    disk: an incarnation is durable before it is used and every start takes a
    new one, so no crash can bring a counter of it back.
    """

    def __init__(
        self,
        identity: Identity,
        settings: Settings,
        last_incarnation: Incarnation,
        desk: Desk,
        reader_of: ReaderOf = Reader,
    ) -> None:
        self.identity = identity
        self.settings = settings
        self.key: SigningKey = identity.key
        self.client = identity.client
        self.account = identity.account
        self.incarnation = Incarnation(last_incarnation + 1)
        self.record: Verified[AccountRecord] | None = None
        self.sealing_keys: dict[KeyId, SealingKey] = {}
        self._desk = desk
        self._counter = 0
        self._presences = OwnRecords(self.incarnation)
        self._taken: NetworkTaken | None = None
        self._signer: Signer | None = None
        self._reader: Reader | None = None
        self._reader_of = reader_of

    # The network, taken from the first node.

    @property
    def taken(self) -> NetworkTaken | None:
        return self._taken

    @property
    def network(self) -> str:
        assert self._taken is not None, "nothing is signed or sealed before a node was met"
        return self._taken.network

    def enter(self, taken: NetworkTaken) -> None:
        """Belong to a network from now on."""
        self._taken = taken
        self._signer = Signer(self.key, taken.network)
        self._reader = self._reader_of(taken.network)

    @property
    def reader(self) -> Reader:
        assert self._reader is not None
        return self._reader

    @property
    def signer(self) -> Signer:
        assert self._signer is not None
        return self._signer

    # Order.

    def raise_incarnation(self, above: Incarnation) -> None:
        """Take an incarnation above `above`; the caller makes it durable before using it."""
        self.incarnation = Incarnation(max(self.incarnation, above) + 1)
        self._counter = 0
        self._presences = OwnRecords(self.incarnation)

    def is_of_another_run(self, presence: Verified[Presence]) -> bool:
        """Whether a presence of ours shows that our incarnation, or a higher one, was used."""
        return self._presences.is_of_another_run(presence.value.order, presence.leaf)

    def next_counter(self) -> Counter:
        self._counter += 1
        return Counter(self._counter)

    # Statements.

    def sealing_key(self) -> SealingKey:
        """The key that others seal to: the newest."""
        return list(self.sealing_keys.values())[-1]

    def sign_presence(
        self, home: NodeId, home_incarnation: Incarnation, bundle: LeafHash
    ) -> Verified[Presence]:
        """Our word that a node is our home, above all that we said before."""
        presence = Presence(
            signer=self.client,
            salt=self._desk.fresh_id(),
            account=self.account,
            home=home,
            home_incarnation=home_incarnation,
            incarnation=self.incarnation,
            counter=self.next_counter(),
            bundle=bundle,
        )
        signed = self.signer.sign_one(presence)
        self._presences.add(presence.counter, signed.leaf)
        return signed

    def sign_envelopes(self, envelopes: Sequence[ClientEnvelope]) -> list[Verified[ClientEnvelope]]:
        """Give each its counter and sign them together."""
        numbered = [
            replace(
                envelope,
                salt=self._desk.fresh_id(),
                incarnation=self.incarnation,
                counter=self.next_counter(),
            )
            for envelope in envelopes
        ]
        signed = self.signer.sign(numbered)
        return [
            Verified(envelope, statement.signed, statement.leaf)
            for envelope, statement in zip(numbered, signed, strict=True)
        ]

    def sign_record(self, record: AccountRecord) -> Verified[AccountRecord]:
        """Certify, with the key of the account."""
        assert self.identity.account_key is not None
        return Signer(self.identity.account_key, self.network).sign_one(record)

    def sign_bundle(self, bundle: Bundle) -> Verified[Bundle]:
        return self.signer.sign_one(bundle)
