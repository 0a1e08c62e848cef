"""Our chains: begun, started at every reader, and messages sealed into them.

docs/protocol.md, sections 9.1 to 9.7.
"""

from collections.abc import Iterator

from overlay.client.durable.rows import (
    heads_key,
    heads_row,
    outbox_row,
    sending_key,
    sending_row,
)
from overlay.client.durable.values import SealedText, Written
from overlay.client.effects import Seal
from overlay.client.requests import MessageId
from overlay.client.state.everything import State
from overlay.client.state.ourselves import (
    UNSIGNED_COUNTER,
    UNSIGNED_INCARNATION,
)
from overlay.client.state.outbox import Entry
from overlay.client.state.post import Parcel
from overlay.client.state.sending import OwnChain
from overlay.crypto.chains import CHAIN_KEY_BYTES, SendingChain, direct_conversation
from overlay.crypto.encoding import decode_any, encode
from overlay.crypto.sealing import SUITE, chain_start_info, pad
from overlay.errors import NotYours
from overlay.messages.envelopes import (
    ChainOpening,
    ChainStart,
    ChainWanted,
    ChatMessage,
    MessageText,
    UnknownKey,
)
from overlay.messages.ids import AccountId, ClientId, KeyId
from overlay.peering.events import Ticket
from overlay.structures.sizes import Size
from overlay.wire.signed import write_message_text, write_opening


class Sealing:
    """Brings what was written as far as the post."""

    def __init__(self, state: State) -> None:
        self._desk = state.desk
        self._ledger = state.ledger
        self._ourselves = state.ourselves
        self._connection = state.connection
        self._people = state.people
        self._lookups = state.lookups
        self._outbox = state.outbox
        self._chains = state.own_chains
        self._order = state.order
        self._post = state.post
        bounds = state.ourselves.settings.bounds
        self._idle_max, self._undelivered_max = bounds.sending_chains, bounds.outbox_entries

    def sizes(self) -> Iterator[Size]:
        """How many chains are remembered: those that became idle lately go with the next."""
        past = sum(not self._chains.is_current(chain) for chain in self._chains)
        yield Size("past chains of ours", past, self._idle_max + self._undelivered_max)

    def advance(self, account: AccountId, now_ms: int) -> bool:
        """Seal what waits for a person; False where that takes keys that are not known."""
        for entry in self._outbox.unsealed(account):
            chain = self._chain_for(account, now_ms)
            if chain is None:
                return False
            if not chain.is_open:
                return True
            self._seal_entry(chain, entry)
        return True

    def on_attached(self) -> None:
        """Submit again, chain starts first, whatever has not been receipted."""
        for chain in self._chains:
            entries = self._outbox.of_chain(chain.chain)
            if entries and chain.sending is None and not chain.is_open:
                self._start_everywhere(chain)
                chain.is_open = not chain.sealing
            for client, start in chain.starts.items():
                if not chain.has_start(client):
                    self._post.put(start)
            for entry in entries:
                self._post_entry(chain, entry)

    def on_keys(self, account: AccountId) -> None:
        """More keys of a person may be known: start our chains at clients that lack them."""
        for chain in self._chains:
            if self._chains.is_current(chain) and account in (chain.to, self._ourselves.account):
                self._start_everywhere(chain)

    # Messages.

    def _seal_entry(self, chain: OwnChain, entry: Entry) -> None:
        written = entry.content
        assert isinstance(written, Written)
        assert chain.sending is not None
        text = MessageText(
            text=written.text,
            sent_at=written.sent_at,
            parents=self._order.heads(chain.conversation),
        )
        if chain.sending.next_index == 1:
            self._ledger.put(sending_row(chain.row))
        index, body = chain.sending.seal(pad(write_message_text(text)))
        sealed = SealedText(
            conversation=chain.conversation, chain=chain.chain, index=index, body=encode(body)
        )
        self._outbox.seal(entry, sealed)
        self._set_heads(chain, index)
        message = entry.message
        self._ledger.put(outbox_row(entry.row), lambda _: self._on_durable(chain, message))

    def _set_heads(self, chain: OwnChain, index: int) -> None:
        heads = ((chain.chain, index),)
        evicted = self._order.set_heads(chain.conversation, heads)
        self._ledger.put(heads_row(chain.conversation, heads))
        if evicted is not None:
            self._ledger.forget(heads_key(evicted))

    def _on_durable(self, chain: OwnChain, message: MessageId) -> None:
        entry = self._outbox.get(message)
        if entry is None:
            # A reader may have receipted what it could not have got yet; that is its own affair.
            return
        entry.is_durable = True
        if self._connection.is_attached:
            self._post_entry(chain, entry)

    def _post_entry(self, chain: OwnChain, entry: Entry) -> None:
        if not (chain.is_open and entry.is_durable):
            return
        if entry.parcel is None:
            entry.parcel = Parcel(self._envelope(entry), message=entry.message)
        self._post.put(entry.parcel)

    def _envelope(self, entry: Entry) -> ChatMessage:
        sealed = entry.content
        assert isinstance(sealed, SealedText)
        return ChatMessage(
            signer=self._ourselves.client,
            salt="",
            incarnation=UNSIGNED_INCARNATION,
            counter=UNSIGNED_COUNTER,
            recipients=(entry.to, self._ourselves.account),
            conversation=sealed.conversation,
            chain=sealed.chain,
            index=sealed.index,
            suite=SUITE,
            body=sealed.body,
        )

    # Chains.

    def _chain_for(self, account: AccountId, now_ms: int) -> OwnChain | None:
        readers = self._people.readers(account, self._ourselves.account)
        readers.pop(self._ourselves.client, None)
        current = self._chains.current(account)
        if current is not None and not current.is_outdated(readers, now_ms):
            return current
        if not self._people.has_keys(account):
            return None
        chain = self._begin(account, readers, now_ms)
        if current is not None:
            self._supersede(current)
        self._drop_idle()
        return chain

    def _begin(
        self, account: AccountId, readers: dict[ClientId, AccountId], now_ms: int
    ) -> OwnChain:
        network, ours = self._ourselves.network, self._ourselves.client
        first_key = self._desk.random.randbytes(CHAIN_KEY_BYTES)
        conversation = direct_conversation(network, account, self._ourselves.account)
        sending = SendingChain(network, conversation, ours, first_key)
        chain = OwnChain(
            chain=sending.chain,
            order=self._chains.next_order(),
            to=account,
            conversation=conversation,
            first_key=first_key,
            sending=sending,
            readers=readers,
            begun_ms=now_ms,
        )
        self._chains.add(chain)
        self._chains.make_current(chain)
        self._start_everywhere(chain)
        return chain

    def _supersede(self, chain: OwnChain) -> None:
        if chain.next_index == 1:
            self._chains.remove(chain)
        elif self._chains.retire(chain):
            self._ledger.put(sending_row(chain.row))

    def _drop_idle(self) -> None:
        idle = [
            chain
            for chain in self._chains
            if not self._chains.is_current(chain) and not self._outbox.of_chain(chain.chain)
        ]
        for chain in idle[: -self._idle_max]:
            self._chains.remove(chain)
            self._ledger.forget(sending_key(chain.chain))

    # Chain starts.

    def on_sealed(self, ticket: Ticket, sealed: bytes) -> AccountId | None:
        """A start is sealed; returns the person for whom more can be sealed now, if any."""
        whose = self._chains.sealed(ticket)
        if whose is None:
            return None
        chain, (client, key_id) = whose
        start = ChainStart(
            signer=self._ourselves.client,
            salt="",
            incarnation=UNSIGNED_INCARNATION,
            counter=UNSIGNED_COUNTER,
            recipients=(client,),
            conversation=chain.conversation,
            chain=chain.chain,
            suite=SUITE,
            key_id=key_id,
            body=encode(sealed),
        )
        chain.starts[client] = Parcel(start)
        if self._connection.is_attached:
            self._post.put(chain.starts[client])
        return self._settle(chain)

    def on_seal_failed(self, ticket: Ticket) -> AccountId | None:
        """A client's key is none: it goes without, until it has another."""
        whose = self._chains.sealed(ticket)
        if whose is None:
            return None
        chain, (client, _) = whose
        self._people.drop_bundle(chain.readers.get(client, chain.to), client)
        return self._settle(chain)

    def on_chain_wanted(self, wanted: ChainWanted) -> None:
        """A reader lacks the start of a chain. Raises `NotYours`."""
        if wanted.recipients != (self._ourselves.client,):
            raise NotYours("it asks another client")
        chain = self._chains.get(wanted.chain)
        if chain is not None:
            self._start_or_look_up(chain, wanted.signer, None)

    def on_unknown_key(self, unknown: UnknownKey) -> None:
        """A reader has lost the key to which a start was sealed. Raises `NotYours`."""
        if unknown.recipients != (self._ourselves.client,):
            raise NotYours("it tells another client")
        chain = self._chains.get(unknown.chain)
        if chain is not None:
            self._start_or_look_up(chain, unknown.signer, unknown.key_id)

    def _start_or_look_up(self, chain: OwnChain, client: ClientId, lost: KeyId | None) -> None:
        if not self._start(chain, client, lost):
            is_ours = self._people.certifies(self._ourselves.account, client)
            account = self._ourselves.account if is_ours else chain.to
            self._lookups.ask(account, lambda _: self._start_found(chain, client, lost))

    def _start_found(self, chain: OwnChain, client: ClientId, lost: KeyId | None) -> None:
        self._start(chain, client, lost)

    def _start_everywhere(self, chain: OwnChain) -> None:
        # Who became a reader since has nothing to read in it: the next message begins another.
        readers = chain.readers or self._people.readers(chain.to, self._ourselves.account)
        for client in readers:
            if client != self._ourselves.client and client not in chain.starts:
                self._start(chain, client, None)

    def _start(self, chain: OwnChain, client: ClientId, lost: KeyId | None) -> bool:
        """Seal the start to a reader; False where it is none, or has no key but the lost one."""
        if any(sought == client for sought, _ in chain.sealing.values()):
            return True
        account = self._people.readers(chain.to, self._ourselves.account).get(client)
        bundle = self._people.bundle(account, client) if account is not None else None
        if bundle is None or bundle.key_id == lost or chain.first_key is None:
            return False
        opening = ChainOpening(
            key=encode(chain.first_key), account=self._ourselves.account, to=chain.to
        )
        ticket = self._desk.next_ticket()
        self._chains.note_sealing(ticket, chain, (client, bundle.key_id))
        info = chain_start_info(
            self._ourselves.network,
            chain.conversation,
            chain.chain,
            self._ourselves.client,
            client,
            bundle.key_id,
        )
        self._desk.do(
            Seal(
                ticket=ticket,
                key=decode_any(bundle.key),
                info=info,
                text=pad(write_opening(opening)),
            )
        )
        return True

    def _settle(self, chain: OwnChain) -> AccountId | None:
        if chain.sealing or chain.is_open:
            return None
        is_read = any(chain.readers.get(client) == chain.to for client in chain.starts)
        if chain.sending is not None and not is_read:
            self._chains.remove(chain)
            return chain.to
        chain.is_open = True
        if self._connection.is_attached:
            for entry in self._outbox.of_chain(chain.chain):
                self._post_entry(chain, entry)
        return chain.to
