"""People and nodes with real keys, who sign whatever a test needs them to have said."""

import json
from dataclasses import dataclass, field, replace
from hashlib import sha256
from random import Random
from typing import TypeVar

from overlay.crypto.encoding import encode
from overlay.crypto.keys import SigningKey
from overlay.crypto.signing import sign_batch
from overlay.messages.clients import Attach
from overlay.messages.envelopes import (
    ChainRanges,
    ChainStart,
    ChainWanted,
    ChannelMessage,
    ChatMessage,
    Receipt,
    UnknownKey,
)
from overlay.messages.ids import (
    AccountId,
    Address,
    ChainId,
    ClientId,
    ConversationId,
    Counter,
    Incarnation,
    KeyId,
    NodeId,
)
from overlay.messages.records import AccountRecord, Bundle, NodeRecord, Presence, Slot
from overlay.messages.signed import Signed
from overlay.peering.statements import Signer, Verified
from overlay.wire.signed import Signable

NETWORK = "overlay"
SUITE = "MLKEM768-X25519/HKDF-SHA256/AES-256-GCM"

StatementT = TypeVar("StatementT", bound=Signable)


def hash_of(text: str) -> str:
    """32 bytes that stand for anything, as they travel."""
    return encode(sha256(text.encode()).digest())


def salt_of(text: str) -> str:
    """16 bytes, the same ones for the same text."""
    return encode(sha256(text.encode()).digest()[:16])


def key_of(name: str) -> SigningKey:
    """The key of whoever bears this name, the same one in every test."""
    return SigningKey.generate(Random(name))


CHAIN = ChainId(hash_of("a chain"))
CONVERSATION = ConversationId(hash_of("a conversation"))


@dataclass(kw_only=True)
class ClientKeys:
    """One client of one person: its keys, and what it can sign with them."""

    name: str
    key: SigningKey
    account: SigningKey
    network: str = NETWORK
    suite: str = SUITE
    incarnation: Incarnation = Incarnation(1)
    counter: int = 0
    account_version: int = 1
    clients: tuple[ClientId, ...] = ()
    """The clients of the account; its own alone when empty."""
    signed: int = field(default=0, repr=False)

    @property
    def id(self) -> ClientId:
        return ClientId(self.key.id)

    @property
    def account_id(self) -> AccountId:
        return AccountId(self.account.id)

    def next_counter(self) -> Counter:
        self.counter += 1
        return Counter(self.counter)

    def sign(self, value: StatementT) -> Verified[StatementT]:
        return Signer(self.key, self.network).sign_one(value)

    def _salt(self) -> str:
        self.signed += 1
        return salt_of(f"{self.key.id} {self.signed}")

    # What everybody may know.

    def account_record(
        self,
        *,
        version: int | None = None,
        name: str | None = None,
        clients: tuple[ClientId, ...] | None = None,
        revoked: tuple[ClientId, ...] = (),
    ) -> Verified[AccountRecord]:
        record = AccountRecord(
            signer=self.account_id,
            salt=salt_of(f"{self.account_id} {version}"),
            version=self.account_version if version is None else version,
            name=self.name if name is None else name,
            clients=clients or self.clients or (self.id,),
            revoked=revoked,
            previous=None,
        )
        return Signer(self.account, self.network).sign_one(record)

    def bundle(self, key: str | None = None) -> Verified[Bundle]:
        bundle = Bundle(
            signer=self.id,
            salt=salt_of(f"{self.id} bundle"),
            account=self.account_id,
            suite=self.suite,
            key_id=KeyId(salt_of(f"{self.id} sealing")),
            key=key or hash_of(f"{self.id} sealing") * 38,
        )
        return self.sign(bundle)

    def presence(
        self,
        home: NodeId,
        home_incarnation: int = 1,
        *,
        counter: int | None = None,
        incarnation: int | None = None,
        account: AccountId | None = None,
    ) -> Verified[Presence]:
        presence = Presence(
            signer=self.id,
            salt=self._salt(),
            account=account or self.account_id,
            home=home,
            home_incarnation=Incarnation(home_incarnation),
            incarnation=self.incarnation if incarnation is None else Incarnation(incarnation),
            counter=self.next_counter() if counter is None else Counter(counter),
            bundle=self.bundle().leaf,
        )
        return self.sign(presence)

    def attach_at(self, home: NodeId, home_incarnation: int = 1, *, request: int = 1) -> Attach:
        return Attach(
            request=request,
            presence=self.presence(home, home_incarnation).signed,
            account=self.account_record().signed,
            bundle=self.bundle().signed,
        )

    # What it says to others.

    def message_to(
        self, *others: "ClientKeys", index: int = 1, counter: int | None = None, body: str = "Body"
    ) -> Verified[ChatMessage]:
        message = ChatMessage(
            signer=self.id,
            salt=self._salt(),
            incarnation=self.incarnation,
            counter=self.next_counter() if counter is None else Counter(counter),
            recipients=(*(other.account_id for other in others), self.account_id),
            conversation=CONVERSATION,
            chain=CHAIN,
            index=index,
            suite=self.suite,
            body=body,
        )
        return self.sign(message)

    def chain_start_for(self, other: "ClientKeys") -> Verified[ChainStart]:
        start = ChainStart(
            signer=self.id,
            salt=self._salt(),
            incarnation=self.incarnation,
            counter=self.next_counter(),
            recipients=(other.id,),
            conversation=CONVERSATION,
            chain=CHAIN,
            suite=self.suite,
            key_id=KeyId(salt_of("a sealing key")),
            body="Sealed",
        )
        return self.sign(start)

    def receipt_for(
        self, origin: "ClientKeys", *ranges: tuple[int, int], chain: ChainId = CHAIN
    ) -> Verified[Receipt]:
        receipt = Receipt(
            signer=self.id,
            salt=self._salt(),
            incarnation=self.incarnation,
            counter=self.next_counter(),
            recipients=(origin.id,),
            arrived=(ChainRanges(chain=chain, ranges=ranges),),
        )
        return self.sign(receipt)

    def chain_wanted_from(self, origin: "ClientKeys") -> Verified[ChainWanted]:
        wanted = ChainWanted(
            signer=self.id,
            salt=self._salt(),
            incarnation=self.incarnation,
            counter=self.next_counter(),
            recipients=(origin.id,),
            chain=CHAIN,
        )
        return self.sign(wanted)

    def unknown_key_to(self, origin: "ClientKeys") -> Verified[UnknownKey]:
        unknown = UnknownKey(
            signer=self.id,
            salt=self._salt(),
            incarnation=self.incarnation,
            counter=self.next_counter(),
            recipients=(origin.id,),
            chain=CHAIN,
            key_id=KeyId(salt_of("a sealing key")),
        )
        return self.sign(unknown)

    def says_on(
        self, channel: str, text: str, *, counter: int | None = None
    ) -> Verified[ChannelMessage]:
        message = ChannelMessage(
            signer=self.id,
            salt=self._salt(),
            incarnation=self.incarnation,
            counter=self.next_counter() if counter is None else Counter(counter),
            account=self.account_id,
            channel=channel,
            text=text,
            sent_at=0,
        )
        return self.sign(message)


def a_client(name: str, device: str = "laptop", network: str = NETWORK) -> ClientKeys:
    """A person's client; another device is another client of the same account."""
    return ClientKeys(
        name=name, key=key_of(f"{name} {device}"), account=key_of(name), network=network
    )


def two_devices(name: str) -> tuple[ClientKeys, ClientKeys]:
    """Two clients of one account, whose record lists both."""
    laptop, phone = a_client(name), a_client(name, "phone")
    both = (laptop.id, phone.id)
    return replace(laptop, clients=both), replace(phone, clients=both)


@dataclass(kw_only=True)
class NodeKeys:
    """A node that a test plays: its key, and what it can sign with it."""

    name: str
    key: SigningKey
    network: str = NETWORK
    incarnation: Incarnation = Incarnation(1)
    version: int = 0

    @property
    def id(self) -> NodeId:
        return NodeId(self.key.id)

    @property
    def address(self) -> Address:
        return address_of(self.name)

    def next_version(self) -> int:
        self.version += 1
        return self.version

    def sign(self, value: StatementT) -> Verified[StatementT]:
        return Signer(self.key, self.network).sign_one(value)

    def record(
        self,
        *,
        links: tuple[NodeId, ...] = (),
        neighbours: tuple[NodeId, ...] = (),
        version: int | None = None,
        incarnation: int | None = None,
        addresses: tuple[Address, ...] | None = None,
    ) -> Verified[NodeRecord]:
        version = self.next_version() if version is None else version
        record = NodeRecord(
            signer=self.id,
            salt=salt_of(f"{self.id} {version} {links} {neighbours}"),
            incarnation=self.incarnation if incarnation is None else Incarnation(incarnation),
            version=version,
            name=self.name,
            addresses=(self.address,) if addresses is None else addresses,
            links=links,
            neighbours=neighbours,
        )
        return self.sign(record)

    def slot(
        self,
        number: int,
        presence: Verified[Presence] | None,
        *,
        version: int | None = None,
        incarnation: int | None = None,
    ) -> Verified[Slot]:
        version = self.next_version() if version is None else version
        slot = Slot(
            signer=self.id,
            salt=salt_of(f"{self.id} slot {version}"),
            incarnation=self.incarnation if incarnation is None else Incarnation(incarnation),
            version=version,
            slot=number,
            client=presence.value.signer if presence is not None else None,
            presence=presence.value.order if presence is not None else None,
        )
        return self.sign(slot)

    def serving(
        self, client: ClientKeys, number: int = 0
    ) -> list[Verified[Presence | Slot | AccountRecord]]:
        """The three records that make a client reachable at this node."""
        presence = client.presence(self.id, self.incarnation)
        return [client.account_record(), presence, self.slot(number, presence)]


def a_node_called(name: str, network: str = NETWORK, incarnation: int = 1) -> NodeKeys:
    """The keys of a node, the same ones for the same name."""
    return NodeKeys(
        name=name, key=key_of(f"node {name}"), network=network, incarnation=Incarnation(incarnation)
    )


def address_of(name: str) -> Address:
    """Where the node of a name listens."""
    return Address(f"ws://{name}.test:7000/overlay")


def signed_text(key: SigningKey, kind: str, text: str, network: str = NETWORK) -> Signed:
    """Any text at all, truly signed: what an attacker, or a later version, may send."""
    (proof,) = sign_batch(key, network, [(kind, text)])
    return Signed(
        kind=kind,
        signer=key.id,
        signed=text,
        signature=proof.signature,
        index=proof.index,
        path=proof.path,
    )


def with_fields(statement: Verified[Signable], key: SigningKey, **fields: object) -> Signed:
    """The same statement with other or further fields in its text, signed anew."""
    text = json.dumps(json.loads(statement.signed.signed) | fields)
    return signed_text(key, statement.signed.kind, text)
