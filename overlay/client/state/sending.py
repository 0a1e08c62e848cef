"""Our own chains: whom each is for, who has its start, and its first key while it may be wanted."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from overlay import limits
from overlay.client.durable.values import SendingRow
from overlay.client.state.post import Parcel
from overlay.crypto.chains import SendingChain
from overlay.messages.ids import AccountId, ChainId, ClientId, ConversationId, KeyId
from overlay.peering.events import Ticket
from overlay.structures.ranges import Ranges

Sought = tuple[ClientId, KeyId]
"""A client that is to have the start, and its key to which it is sealed."""


def _receipted() -> Ranges:
    return Ranges(limits.CHAIN_MESSAGES_MAX + 1)


@dataclass(slots=True, kw_only=True)
class OwnChain:
    """One chain of ours. `sending` is None for one of an earlier start: it is never continued."""

    chain: ChainId
    order: int
    to: AccountId
    conversation: ConversationId
    first_key: bytes | None
    sending: SendingChain | None = None
    readers: dict[ClientId, AccountId] = field(default_factory=dict)
    begun_ms: int = 0
    is_open: bool = False
    """Whether its start was sealed to everybody whose key is known: messages may follow."""
    sealing: dict[Ticket, Sought] = field(default_factory=dict)
    starts: dict[ClientId, Parcel] = field(default_factory=dict)
    receipted: dict[ClientId, Ranges] = field(default_factory=dict)

    @property
    def row(self) -> SendingRow:
        return SendingRow(
            chain=self.chain,
            order=self.order,
            to=self.to,
            conversation=self.conversation,
            first_key=self.first_key,
        )

    @property
    def next_index(self) -> int:
        """The index of the next message; 1 for a chain that carries none of this run."""
        return self.sending.next_index if self.sending is not None else 1

    def is_outdated(self, readers: dict[ClientId, AccountId], now_ms: int) -> bool:
        """Whether the next message has to begin a new chain."""
        return (
            self.next_index > limits.CHAIN_MESSAGES_MAX
            or now_ms - self.begun_ms >= limits.CHAIN_MS
            or self.readers != readers
        )

    def has_start(self, client: ClientId) -> bool:
        """Whether the client has said that it holds the start."""
        return client in self.receipted and 0 in self.receipted[client]

    def note_receipt(self, client: ClientId, ranges: tuple[tuple[int, int], ...]) -> None:
        """What the client says has arrived of this chain."""
        arrived = self.receipted.setdefault(client, _receipted())
        for first, last in ranges:
            for index in range(first, min(last + 1, self.next_index)):
                arrived.add(index)

    @property
    def is_complete(self) -> bool:
        """Whether every reader has everything, so that nobody will ask for the start."""
        if self.sending is None:
            return False
        everything = ((0, self.next_index - 1),)
        return all(
            client in self.receipted and self.receipted[client].pairs() == everything
            for client in self.readers
        )


class OwnChains:
    """Chains by id, oldest first, and for each person the one that messages go into now."""

    def __init__(self) -> None:
        self._chains: dict[ChainId, OwnChain] = {}
        self._current: dict[AccountId, ChainId] = {}
        self._tickets: dict[Ticket, ChainId] = {}
        self._order = 0

    def __contains__(self, chain: object) -> bool:
        return chain in self._chains

    def __iter__(self) -> Iterator[OwnChain]:
        return iter(list(self._chains.values()))

    def get(self, chain: ChainId) -> OwnChain | None:
        return self._chains.get(chain)

    def current(self, account: AccountId) -> OwnChain | None:
        """The chain that messages to a person go into."""
        chain = self._current.get(account)
        return self._chains[chain] if chain is not None else None

    def is_current(self, chain: OwnChain) -> bool:
        return self._current.get(chain.to) == chain.chain

    def next_order(self) -> int:
        return self._order + 1

    def add(self, chain: OwnChain) -> None:
        """A chain, new or read from the disk; they are added in their order."""
        self._order = max(self._order, chain.order)
        self._chains[chain.chain] = chain

    def make_current(self, chain: OwnChain) -> None:
        self._current[chain.to] = chain.chain

    def remove(self, chain: OwnChain) -> None:
        """Forget it altogether."""
        del self._chains[chain.chain]
        if self.is_current(chain):
            del self._current[chain.to]

    def retire(self, chain: OwnChain) -> bool:
        """Forget the key of a chain that nobody will ask for; whether that has changed anything."""
        if self.is_current(chain) or chain.first_key is None or not chain.is_complete:
            return False
        chain.first_key = None
        chain.starts.clear()
        return True

    def note_sealing(self, ticket: Ticket, chain: OwnChain, sought: Sought) -> None:
        """Its start is being sealed to a client."""
        chain.sealing[ticket] = sought
        self._tickets[ticket] = chain.chain

    def sealed(self, ticket: Ticket) -> tuple[OwnChain, Sought] | None:
        """Whose start it was; None when the chain is gone."""
        chain = self._chains.get(self._tickets.pop(ticket, ChainId("")))
        return (chain, chain.sealing.pop(ticket)) if chain is not None else None
