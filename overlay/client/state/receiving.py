"""Chains of other clients: opened ones, starts being opened, messages that wait for a start."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from overlay import limits
from overlay.client.durable.values import ReceivingRow
from overlay.crypto.chains import ReceivingChain
from overlay.messages.envelopes import ChainStart, ChatMessage
from overlay.messages.ids import AccountId, ChainId, ClientId, NodeId
from overlay.peering.events import Ticket
from overlay.structures.bounded import LruCache
from overlay.structures.sizes import Size

ChainKey = tuple[ChainId, ClientId]
"""A chain and who speaks in it: until its start has come, anyone may claim its name."""


@dataclass(slots=True, kw_only=True)
class TheirChain:
    """An opened chain. `unsaved` are the indices, 0 for the start, that are not durable yet."""

    chain: ReceivingChain
    account: AccountId
    person: AccountId
    unsaved: dict[int, None] = field(default_factory=dict)

    @property
    def row(self) -> ReceivingRow:
        return ReceivingRow(chain=self.chain, account=self.account, person=self.person)


@dataclass(frozen=True, slots=True)
class Delivered:
    """A message, and the home that keeps it."""

    message: ChatMessage
    keeper: NodeId | None


@dataclass(slots=True)
class Waiting:
    """Messages of one origin in one chain whose start has not come, by index."""

    messages: dict[int, Delivered] = field(default_factory=dict)
    asked: int = 0


@dataclass(frozen=True, slots=True)
class Opening:
    """A chain start that is being opened, and the home that keeps it."""

    start: ChainStart
    keeper: NodeId | None


class TheirChains:
    """Everything about chains that others speak in."""

    def __init__(self, chains_max: int, openings_max: int, waiting_max: int) -> None:
        self._chains_max = chains_max
        self._openings_max = openings_max
        self._waiting_max = waiting_max
        self._chains: LruCache[ChainId, TheirChain] = LruCache(chains_max)
        self._openings: dict[ChainId, Opening] = {}
        self._tickets: dict[Ticket, ChainId] = {}
        self._waiting: dict[ChainKey, Waiting] = {}
        self._waiting_messages = 0

    def sizes(self) -> Iterator[Size]:
        """How full its tables are."""
        unopened = max((each.chain.unopened for each in self._chains.values()), default=0)
        yield Size("chains of others", len(self._chains), self._chains_max)
        yield Size("unopened of one chain", unopened, limits.CHAIN_SKIPPED_MAX)
        yield Size("openings", len(self._openings), self._openings_max)
        yield Size("messages without a chain", self._waiting_messages, self._waiting_max)

    # Opened chains.

    def get(self, chain: ChainId) -> TheirChain | None:
        return self._chains.get(chain)

    def put(self, chain: TheirChain) -> ChainId | None:
        """Remember a chain; returns the one that had to be forgotten for it, if any."""
        evicted = self._chains.put(chain.chain.chain, chain)
        return evicted[0] if evicted is not None else None

    # Starts being opened.

    def is_opening(self, chain: ChainId) -> bool:
        return chain in self._openings

    def begin(self, ticket: Ticket, opening: Opening) -> bool:
        """A start is being opened; False where too many are."""
        if len(self._openings) >= self._openings_max:
            return False
        self._openings[opening.start.chain] = opening
        self._tickets[ticket] = opening.start.chain
        return True

    def opened(self, ticket: Ticket) -> Opening | None:
        """Which start it was. It stays under way until `end`."""
        chain = self._tickets.pop(ticket, None)
        return self._openings.get(chain) if chain is not None else None

    def end(self, opening: Opening) -> None:
        """It became a chain, or nothing."""
        self._openings.pop(opening.start.chain, None)

    # Messages without a start.

    def wait(self, message: ChatMessage, keeper: NodeId | None) -> Waiting | None:
        """Keep a message until its start comes; None where too much waits already."""
        if self._waiting_messages >= self._waiting_max:
            return None
        waiting = self._waiting.setdefault((message.chain, message.signer), Waiting())
        if message.index not in waiting.messages:
            self._waiting_messages += 1
        waiting.messages[message.index] = Delivered(message, keeper)
        return waiting

    def waiting(self, key: ChainKey) -> Waiting | None:
        return self._waiting.get(key)

    def take_waiting(self, key: ChainKey) -> list[Delivered]:
        """What waited for a chain, in its order."""
        waiting = self._waiting.pop(key, Waiting())
        self._waiting_messages -= len(waiting.messages)
        return [waiting.messages[index] for index in sorted(waiting.messages)]
