"""Receipts: ours for what has arrived, theirs for what we sent. docs/protocol.md, section 7.5."""

from collections.abc import Iterator
from itertools import islice

from overlay import limits
from overlay.client.durable.rows import outbox_key, sending_row
from overlay.client.facts import LadderStepped
from overlay.client.state.everything import State
from overlay.client.state.ourselves import (
    UNSIGNED_COUNTER,
    UNSIGNED_INCARNATION,
)
from overlay.client.state.post import Parcel
from overlay.client.state.sending import OwnChain
from overlay.errors import NotYours
from overlay.messages.envelopes import ChainRanges, Receipt
from overlay.messages.ids import ChainId, ClientId
from overlay.structures.ranges import Ranges

Arrived = tuple[ChainRanges, ...]


class Receipts:
    """Says what has arrived here, and learns what has arrived elsewhere."""

    def __init__(self, state: State) -> None:
        self._desk = state.desk
        self._ledger = state.ledger
        self._ourselves = state.ourselves
        self._connection = state.connection
        self._people = state.people
        self._lookups = state.lookups
        self._outbox = state.outbox
        self._chains = state.own_chains
        self._due = state.due
        self._post = state.post

    # Ours.

    def flush(self) -> None:
        """One receipt, or few, for each origin and keeper."""
        if not self._connection.is_attached:
            return
        for (origin, keeper), places in self._due.take().items():
            for arrived in _portions(places):
                receipt = Receipt(
                    signer=self._ourselves.client,
                    salt="",
                    incarnation=UNSIGNED_INCARNATION,
                    counter=UNSIGNED_COUNTER,
                    recipients=(origin,),
                    arrived=arrived,
                )
                self._post.put_urgent(Parcel(receipt, keeper=keeper))

    # Theirs.

    def on_receipt(self, receipt: Receipt) -> None:
        """What a client says has arrived there. Raises `NotYours`.

        A client that neither account of the chain is known to list is looked
        up first: it may be new.
        """
        if receipt.recipients != (self._ourselves.client,):
            raise NotYours("a receipt for another client")
        for arrived in receipt.arrived:
            chain = self._chains.get(arrived.chain)
            if chain is not None and not self._accept(chain, receipt.signer, arrived):
                self._look_up(chain, receipt.signer, arrived)

    def _look_up(self, chain: OwnChain, client: ClientId, arrived: ChainRanges) -> None:
        self._lookups.ask(chain.to, lambda now_ms: self._settle(chain, client, arrived))

    def _settle(self, chain: OwnChain, client: ClientId, arrived: ChainRanges) -> None:
        self._accept(chain, client, arrived)

    def _accept(self, chain: OwnChain, client: ClientId, arrived: ChainRanges) -> bool:
        is_theirs = self._people.certifies(chain.to, client)
        if not is_theirs and not self._people.certifies(self._ourselves.account, client):
            return False
        chain.note_receipt(client, arrived.ranges)
        if is_theirs:
            self._deliver(chain, client, arrived)
        if self._chains.retire(chain):
            self._ledger.put(sending_row(chain.row))
        return True

    def _deliver(self, chain: OwnChain, client: ClientId, arrived: ChainRanges) -> None:
        for entry in self._outbox.of_chain(chain.chain):
            assert entry.place is not None
            index = entry.place[1]
            if not any(first <= index <= last for first, last in arrived.ranges):
                continue
            self._outbox.remove(entry)
            self._ledger.forget(outbox_key(entry.message))
            if not entry.is_accepted:
                # The receipt was faster than the ack; nothing is delivered that no home held.
                self._desk.report(LadderStepped(message=entry.message, step="accepted"))
            self._desk.report(LadderStepped(message=entry.message, step="delivered", client=client))


def _portions(places: dict[ChainId, dict[int, None]]) -> Iterator[Arrived]:
    """What has arrived, in receipts that keep to the bounds of one."""
    ranges = iter(
        ChainRanges(chain=chain, ranges=part)
        for chain, indices in places.items()
        for part in _ranges(sorted(indices))
    )
    while arrived := tuple(islice(ranges, limits.RECEIPT_RANGES_MAX)):
        yield arrived


def _ranges(indices: list[int]) -> Iterator[tuple[tuple[int, int], ...]]:
    part = Ranges(limits.RECEIPT_RANGES_MAX)
    for index in indices:
        if not part.add(index):
            yield part.pairs()
            part = Ranges(limits.RECEIPT_RANGES_MAX)
            part.add(index)
    yield part.pairs()
