"""What is sealed to us: chain starts, and the messages of opened chains.

docs/protocol.md, sections 9.3, 9.4 and 9.6.
"""

from typing import Never

from overlay import limits
from overlay.client.durable.rows import receiving_key, receiving_row
from overlay.client.durable.values import Arrival
from overlay.client.effects import Open
from overlay.client.facts import MessageUnreadable
from overlay.client.state.deadlines import ChainDue
from overlay.client.state.everything import State
from overlay.client.state.ourselves import (
    UNSIGNED_COUNTER,
    UNSIGNED_INCARNATION,
)
from overlay.client.state.post import Parcel
from overlay.client.state.receiving import Delivered, Opening, TheirChain
from overlay.crypto.chains import ReceivingChain, direct_conversation
from overlay.crypto.encoding import decode, decode_any
from overlay.crypto.sealing import SUITE, chain_start_info, unpad
from overlay.errors import (
    CannotOpen,
    Mismatch,
    NotCertified,
    NotYours,
    RemoteError,
    UnknownSuite,
)
from overlay.messages.envelopes import (
    ChainOpening,
    ChainStart,
    ChainWanted,
    ChatMessage,
    MessageText,
    UnknownKey,
)
from overlay.messages.ids import ChainId, ClientId, NodeId
from overlay.peering.events import Ticket
from overlay.wire.signed import read_message_text, read_opening


class Reading:
    """Opens chains and messages, each once."""

    def __init__(self, state: State) -> None:
        self._desk = state.desk
        self._ledger = state.ledger
        self._ourselves = state.ourselves
        self._connection = state.connection
        self._people = state.people
        self._lookups = state.lookups
        self._chains = state.their_chains
        self._order = state.order
        self._due = state.due
        self._post = state.post

    # Chain starts.

    def on_chain_start(self, start: ChainStart, keeper: NodeId | None) -> None:
        """A chain opens, or has opened before and is receipted again.

        Raises `NotYours`, `UnknownSuite`.
        """
        if start.recipients != (self._ourselves.client,):
            raise NotYours("a chain start for another client")
        known = self._chains.get(start.chain)
        if known is not None:
            self._receipt_again(known, start.signer, 0, keeper)
        elif start.suite != SUITE:
            # Whoever has us in mind with other software seals anew, to the key that we have now.
            self._tell_unknown_key(start, keeper)
            self._refuse_suite(start, 0)
        elif start.key_id not in self._ourselves.sealing_keys:
            self._unreadable(start.signer, start.chain, 0, "unknown_key")
            self._tell_unknown_key(start, keeper)
        elif not self._chains.is_opening(start.chain):
            self._open(start, keeper)

    def on_opened(self, ticket: Ticket, text: bytes | None) -> None:
        """The answer to `Open`."""
        opening = self._chains.opened(ticket)
        if opening is None:
            return
        try:
            self._check(opening, text)
        except RemoteError as error:
            self._fail(opening, error)

    def _open(self, start: ChainStart, keeper: NodeId | None) -> None:
        ticket = self._desk.next_ticket()
        try:
            sealed = _decoded(start.body)
        except CannotOpen as error:
            self._unreadable(start.signer, start.chain, 0, error.code)
            return
        if not self._chains.begin(ticket, Opening(start, keeper)):
            return
        info = chain_start_info(
            self._ourselves.network,
            start.conversation,
            start.chain,
            start.signer,
            self._ourselves.client,
            start.key_id,
        )
        seed = self._ourselves.sealing_keys[start.key_id].seed
        self._desk.do(Open(ticket=ticket, seed=seed, info=info, sealed=sealed))

    def _check(self, opening: Opening, text: bytes | None) -> None:
        if text is None:
            raise CannotOpen("it does not open")
        opened = read_opening(unpad(text))
        start = opening.start
        if self._ourselves.account not in (opened.account, opened.to):
            raise Mismatch("the conversation is not ours")
        conversation = direct_conversation(self._ourselves.network, opened.account, opened.to)
        if opened.account == opened.to or conversation != start.conversation:
            raise Mismatch("it was sealed for another conversation")
        if self._people.certifies(opened.account, start.signer):
            self._accept(opening, opened)
            return
        can_wait = self._lookups.ask(opened.account, lambda _: self._settle(opening, opened))
        if not can_wait:
            self._chains.end(opening)

    def _settle(self, opening: Opening, opened: ChainOpening) -> None:
        try:
            if not self._people.certifies(opened.account, opening.start.signer):
                raise NotCertified("the account does not list the origin")
            self._accept(opening, opened)
        except RemoteError as error:
            self._fail(opening, error)

    def _accept(self, opening: Opening, opened: ChainOpening) -> None:
        start = opening.start
        is_own = opened.account == self._ourselves.account
        theirs = TheirChain(
            chain=self._start_chain(start, opened),
            account=opened.account,
            person=opened.to if is_own else opened.account,
        )
        self._chains.end(opening)
        evicted = self._chains.put(theirs)
        if evicted is not None:
            self._ledger.forget(receiving_key(evicted))
        self._save(theirs, 0, opening.keeper)
        self._desk.timers.cancel(ChainDue(start.chain, start.signer))
        for delivered in self._chains.take_waiting((start.chain, start.signer)):
            self._read(theirs, delivered)

    def _start_chain(self, start: ChainStart, opened: ChainOpening) -> ReceivingChain:
        return ReceivingChain.start(
            network=self._ourselves.network,
            conversation=start.conversation,
            origin=start.signer,
            chain=start.chain,
            first_key=decode(opened.key, 32),
            skipped_max=limits.CHAIN_SKIPPED_MAX,
        )

    def _fail(self, opening: Opening, error: RemoteError) -> None:
        start = opening.start
        self._chains.end(opening)
        self._unreadable(start.signer, start.chain, 0, error.code)

    def _tell_unknown_key(self, start: ChainStart, keeper: NodeId | None) -> None:
        unknown = UnknownKey(
            signer=self._ourselves.client,
            salt="",
            incarnation=UNSIGNED_INCARNATION,
            counter=UNSIGNED_COUNTER,
            recipients=(start.signer,),
            chain=start.chain,
            key_id=start.key_id,
        )
        self._post.put_urgent(Parcel(unknown, keeper=keeper))

    # Messages.

    def on_message(self, message: ChatMessage, keeper: NodeId | None, now_ms: int) -> None:
        """A message is opened, waits for its chain, or is receipted again.

        Raises `NotYours`, `UnknownSuite`.
        """
        if self._ourselves.account not in message.recipients:
            raise NotYours("a message for other accounts")
        if message.suite != SUITE:
            self._refuse_suite(message, message.index)
        theirs = self._chains.get(message.chain)
        if theirs is None:
            self._wait(message, keeper, now_ms)
        else:
            self._read(theirs, Delivered(message, keeper))

    def _read(self, theirs: TheirChain, delivered: Delivered) -> None:
        message = delivered.message
        if theirs.chain.origin == message.signer and theirs.chain.has_opened(message.index):
            self._receipt_again(theirs, message.signer, message.index, delivered.keeper)
            return
        try:
            self._check_message(theirs, message)
            padded = theirs.chain.open(message.index, _decoded(message.body))
            self._save(theirs, message.index, delivered.keeper)
            self._arrive(theirs, message, read_message_text(unpad(padded)))
        except RemoteError as error:
            self._unreadable(message.signer, message.chain, message.index, error.code)

    def _check_message(self, theirs: TheirChain, message: ChatMessage) -> None:
        if theirs.chain.origin != message.signer:
            raise NotYours("it speaks in the chain of another client")
        if message.conversation != theirs.chain.conversation:
            raise Mismatch("it contradicts the start of its chain")
        person = self._people.get(theirs.account)
        if person is not None and message.signer not in person.clients:
            raise NotCertified("the account does not list the origin any more")

    def _arrive(self, theirs: TheirChain, message: ChatMessage, text: MessageText) -> None:
        self._order.arrive(
            Arrival(
                origin=message.signer,
                chain=message.chain,
                index=message.index,
                conversation=message.conversation,
                account=theirs.account,
                person=theirs.person,
                text=text.text,
                sent_at=text.sent_at,
                parents=text.parents,
            )
        )

    def _save(self, theirs: TheirChain, index: int, keeper: NodeId | None) -> None:
        """Make durable that an index was opened, and receipt it only then."""
        theirs.unsaved[index] = None
        self._ledger.put(receiving_row(theirs.row), lambda _: self._on_saved(theirs, index, keeper))

    def _on_saved(self, theirs: TheirChain, index: int, keeper: NodeId | None) -> None:
        del theirs.unsaved[index]
        self._due.add(theirs.chain.origin, keeper, theirs.chain.chain, index)

    def _receipt_again(
        self, theirs: TheirChain, origin: ClientId, index: int, keeper: NodeId | None
    ) -> None:
        if origin == theirs.chain.origin and index not in theirs.unsaved:
            self._due.add(origin, keeper, theirs.chain.chain, index)

    # Messages without a chain.

    def _wait(self, message: ChatMessage, keeper: NodeId | None, now_ms: int) -> None:
        waiting = self._chains.wait(message, keeper)
        timer = ChainDue(message.chain, message.signer)
        if waiting is not None and timer not in self._desk.timers:
            self._desk.timers.set(timer, now_ms + limits.CHAIN_WANTED_MS)

    def on_chain_due(self, chain: ChainId, origin: ClientId, now_ms: int) -> None:
        """The start of a chain has not come: ask its origin, each time after a longer wait."""
        key = (chain, origin)
        waiting = self._chains.waiting(key)
        assert waiting is not None, "its timer ends with it"
        if waiting.asked == limits.CHAINS_WANTED_MAX:
            for delivered in self._chains.take_waiting(key):
                self._unreadable(origin, chain, delivered.message.index, CannotOpen.code)
            return
        if waiting.asked == 0:
            for index in sorted(waiting.messages):
                self._unreadable(origin, chain, index, "chain_wanted")
        waiting.asked += 1
        self._desk.timers.set(
            ChainDue(chain, origin), now_ms + (limits.CHAIN_WANTED_MS << waiting.asked)
        )
        keepers = [delivered.keeper for delivered in waiting.messages.values()]
        self._ask_for_start(chain, origin, keepers[-1])

    def _ask_for_start(self, chain: ChainId, origin: ClientId, keeper: NodeId | None) -> None:
        wanted = ChainWanted(
            signer=self._ourselves.client,
            salt="",
            incarnation=UNSIGNED_INCARNATION,
            counter=UNSIGNED_COUNTER,
            recipients=(origin,),
            chain=chain,
        )
        if self._connection.is_attached:
            self._post.put_urgent(Parcel(wanted, keeper=keeper))

    def _refuse_suite(self, sealed: ChainStart | ChatMessage, index: int) -> Never:
        self._unreadable(sealed.signer, sealed.chain, index, UnknownSuite.code)
        raise UnknownSuite(f"no suite {sealed.suite!r} here")

    def _unreadable(self, origin: ClientId, chain: ChainId, index: int, code: str) -> None:
        self._desk.report(MessageUnreadable(origin=origin, chain=chain, index=index, code=code))


def _decoded(body: str) -> bytes:
    try:
        return decode_any(body)
    except ValueError as error:
        raise CannotOpen("the body is no base64url") from error
