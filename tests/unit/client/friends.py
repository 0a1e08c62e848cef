"""People with real sealing keys and chains, who talk with the client under test."""

from dataclasses import dataclass, field, replace

from overlay.client.durable.values import Place
from overlay.crypto.chains import ReceivingChain, SendingChain, direct_conversation
from overlay.crypto.encoding import decode, decode_any, encode
from overlay.crypto.sealing import SealingKey, chain_start_info, pad, seal, unpad
from overlay.messages.envelopes import (
    ChainOpening,
    ChainStart,
    ChainWanted,
    ChatMessage,
    MessageText,
    UnknownKey,
)
from overlay.messages.ids import AccountId, ChainId, ClientId, ConversationId, KeyId
from overlay.messages.records import Bundle
from overlay.peering.statements import Verified
from overlay.wire.signed import (
    read_message_text,
    read_opening,
    write_message_text,
    write_opening,
)
from tests.support.people import NETWORK, SUITE, ClientKeys, a_client, salt_of

SENT_AT = 1_700_000_000_000


@dataclass(kw_only=True)
class Friend(ClientKeys):
    """A person's client that seals and opens for real."""

    sealing: SealingKey = field(repr=False)

    def bundle(self, key: str | None = None) -> Verified[Bundle]:
        bundle = Bundle(
            signer=self.id,
            salt=salt_of(f"{self.id} bundle"),
            account=self.account_id,
            suite=self.suite,
            key_id=self.sealing.key_id,
            key=key or encode(self.sealing.public),
        )
        return self.sign(bundle)

    def opens(self, start: ChainStart) -> "Heard":
        """Open a chain start that was sealed to this client."""
        info = chain_start_info(
            NETWORK, start.conversation, start.chain, start.signer, self.id, start.key_id
        )
        text = unpad(self.sealing.open(info, decode_any(start.body)))
        opening = read_opening(text)
        chain = ReceivingChain.start(
            network=NETWORK,
            conversation=start.conversation,
            origin=start.signer,
            chain=start.chain,
            first_key=decode(opening.key, 32),
            skipped_max=16,
        )
        return Heard(opening, chain)


@dataclass
class Heard:
    """A chain of somebody else, opened by a friend."""

    opening: ChainOpening
    chain: ReceivingChain

    def reads(self, message: ChatMessage) -> MessageText:
        return read_message_text(unpad(self.chain.open(message.index, decode_any(message.body))))


@dataclass
class Speech:
    """A chain of a friend's own, in its conversation with another account."""

    friend: Friend
    to: AccountId
    name: str = "first"
    account: AccountId | None = None
    sealed: SendingChain = field(init=False)
    conversation: ConversationId = field(init=False)
    first_key: bytes = field(init=False)

    def __post_init__(self) -> None:
        self.account = self.account or self.friend.account_id
        self.first_key = decode(salt_of(self.name), 16) * 2
        self.conversation = direct_conversation(NETWORK, self.account, self.to)
        self.sealed = SendingChain(NETWORK, self.conversation, self.friend.id, self.first_key)

    @property
    def chain(self) -> ChainId:
        return self.sealed.chain

    def start(
        self,
        recipient: ClientId,
        key: SealingKey | Bundle,
        *,
        opening: ChainOpening | None = None,
        text: bytes | None = None,
    ) -> Verified[ChainStart]:
        """The start of this chain, sealed to one client."""
        public = key.public if isinstance(key, SealingKey) else decode(key.key, 1_216)
        key_id: KeyId = key.key_id
        assert self.account is not None
        opening = opening or ChainOpening(
            key=encode(self.first_key), account=self.account, to=self.to
        )
        info = chain_start_info(
            NETWORK, self.conversation, self.chain, self.friend.id, recipient, key_id
        )
        text = write_opening(opening) if text is None else text
        start = ChainStart(
            signer=self.friend.id,
            salt=salt_of(f"start {self.friend.counter}"),
            incarnation=self.friend.incarnation,
            counter=self.friend.next_counter(),
            recipients=(recipient,),
            conversation=self.conversation,
            chain=self.chain,
            suite=SUITE,
            key_id=key_id,
            body=encode(seal(public, info, pad(text))),
        )
        return self.friend.sign(start)

    def says(
        self, text: str, *parents: Place, content: bytes | None = None
    ) -> Verified[ChatMessage]:
        """The next message of this chain."""
        written = write_message_text(MessageText(text=text, sent_at=SENT_AT, parents=parents))
        index, body = self.sealed.seal(pad(written if content is None else content))
        message = ChatMessage(
            signer=self.friend.id,
            salt=salt_of(f"message {self.friend.counter}"),
            incarnation=self.friend.incarnation,
            counter=self.friend.next_counter(),
            recipients=(self.to, self.friend.account_id),
            conversation=self.conversation,
            chain=self.chain,
            index=index,
            suite=SUITE,
            body=encode(body),
        )
        return self.friend.sign(message)


def a_friend(name: str = "bob", device: str = "laptop") -> Friend:
    """A person's client; another device is another client of the same account."""
    keys = a_client(name, device)
    return Friend(
        name=name,
        key=keys.key,
        account=keys.account,
        sealing=SealingKey(decode(salt_of(f"{name} {device} sealing"), 16) * 2),
    )


def two_friends_devices(name: str = "bob") -> tuple[Friend, Friend]:
    """Two clients of one account, whose record lists both."""
    laptop, phone = a_friend(name), a_friend(name, "phone")
    both = (laptop.id, phone.id)
    return replace(laptop, clients=both), replace(phone, clients=both)


def wants_chain(reader: Friend, origin: ClientId, chain: ChainId) -> Verified[ChainWanted]:
    """A reader asks for the start of a chain."""
    wanted = ChainWanted(
        signer=reader.id,
        salt=salt_of(f"wanted {reader.counter}"),
        incarnation=reader.incarnation,
        counter=reader.next_counter(),
        recipients=(origin,),
        chain=chain,
    )
    return reader.sign(wanted)


def lacks_key(
    reader: Friend, origin: ClientId, chain: ChainId, key_id: KeyId
) -> Verified[UnknownKey]:
    """A reader tells that it does not hold a key any more."""
    unknown = UnknownKey(
        signer=reader.id,
        salt=salt_of(f"unknown {reader.counter}"),
        incarnation=reader.incarnation,
        counter=reader.next_counter(),
        recipients=(origin,),
        chain=chain,
        key_id=key_id,
    )
    return reader.sign(unknown)
