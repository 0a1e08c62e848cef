"""Everything that a client knows and has under way, for its parts to share."""

from dataclasses import dataclass
from random import Random

from overlay.client.durable.values import Durable
from overlay.client.identity import Identity
from overlay.client.settings import Settings
from overlay.client.state.connection import Connection
from overlay.client.state.desk import Desk
from overlay.client.state.homes import Homes
from overlay.client.state.ledger import Ledger
from overlay.client.state.lookups import Lookups
from overlay.client.state.order import Order
from overlay.client.state.ourselves import Ourselves
from overlay.client.state.outbox import Entry, Outbox
from overlay.client.state.people import People
from overlay.client.state.post import Post
from overlay.client.state.receipts import ReceiptsDue
from overlay.client.state.receiving import TheirChain, TheirChains
from overlay.client.state.sending import OwnChain, OwnChains
from overlay.crypto.sealing import SealingKey
from overlay.peering.statements import ReaderOf


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """Each part keeps hold of what it needs of this."""

    desk: Desk
    ledger: Ledger
    ourselves: Ourselves
    connection: Connection
    homes: Homes
    people: People
    lookups: Lookups
    outbox: Outbox
    own_chains: OwnChains
    their_chains: TheirChains
    order: Order
    due: ReceiptsDue
    post: Post


def new_state(
    identity: Identity, settings: Settings, durable: Durable, random: Random, reader_of: ReaderOf
) -> State:
    """What a client knows at its start: what it had kept."""
    desk, bounds = Desk(random), settings.bounds
    state = State(
        desk=desk,
        ledger=Ledger(desk),
        ourselves=Ourselves(identity, settings, durable.incarnation, desk, reader_of),
        connection=Connection(),
        homes=Homes(settings.addresses, durable.homes),
        people=People(bounds.people),
        lookups=Lookups(bounds.lookups, bounds.lookup_waiters),
        outbox=Outbox(),
        own_chains=OwnChains(),
        their_chains=TheirChains(bounds.receiving_chains, bounds.openings, bounds.waiting_messages),
        order=Order(bounds.conversations, bounds.held_messages),
        due=ReceiptsDue(),
        post=Post(bounds.urgent_envelopes),
    )
    _restore_sent(state, durable)
    _restore_received(state, durable)
    return state


def _restore_sent(state: State, durable: Durable) -> None:
    for row in durable.outbox:
        state.outbox.add(
            Entry(
                message=row.message,
                order=row.order,
                to=row.to,
                content=row.content,
                is_durable=True,
            )
        )
    for chain in durable.sending:
        state.own_chains.add(
            OwnChain(
                chain=chain.chain,
                order=chain.order,
                to=chain.to,
                conversation=chain.conversation,
                first_key=chain.first_key,
            )
        )


def _restore_received(state: State, durable: Durable) -> None:
    for seed in durable.sealing_seeds:
        key = SealingKey.from_seed(seed)
        state.ourselves.sealing_keys[key.key_id] = key
    for row in durable.receiving:
        state.their_chains.put(TheirChain(chain=row.chain, account=row.account, person=row.person))
    for conversation, heads in durable.heads.items():
        state.order.set_heads(conversation, heads)
