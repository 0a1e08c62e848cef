"""The rows of a client: how its values are written. `reading` reads them."""

from collections.abc import Iterable

from overlay.client.durable.values import (
    Arrival,
    HeardRow,
    NetworkTaken,
    OutboxRow,
    PersonRow,
    Place,
    ReceivingRow,
    SendingRow,
    UntakenRow,
    Written,
)
from overlay.client.requests import MessageId
from overlay.crypto.encoding import encode
from overlay.messages.ids import AccountId, ChainId, ClientId, ConversationId, Incarnation, KeyId
from overlay.messages.links import Home
from overlay.messages.signed import Signed
from overlay.peering.rows import Row, RowKey
from overlay.wire.codec import write_json, write_signed


def incarnation_row(incarnation: Incarnation) -> Row:
    return _row("client", "incarnation", incarnation)


def network_row(taken: NetworkTaken) -> Row:
    return _row("client", "network", {"network": taken.network, "admission": taken.admission})


def account_row(signed: Signed) -> Row:
    """Also how a second client of an account learns of the first before it ever attached."""
    return Row(table="client", key="account", value=write_signed(signed))


def homes_row(homes: Iterable[Home]) -> Row:
    fields = [{"id": home.id, "name": home.name, "address": home.address} for home in homes]
    return _row("client", "homes", fields)


def channels_row(channels: Iterable[str]) -> Row:
    return _row("client", "channels", list(channels))


def heard_row(heard: HeardRow) -> Row:
    window = heard.window
    used = encode(window.used.to_bytes(-(-window.used.bit_length() // 8)))
    fields = {"incarnation": heard.incarnation, "highest": window.highest, "used": used}
    return _row(*heard_key(heard.origin), fields)


def heard_key(origin: ClientId) -> RowKey:
    return RowKey("heard", origin)


def sealing_key_row(key_id: KeyId, seed: bytes) -> Row:
    return _row("sealing_keys", key_id, {"seed": encode(seed)})


def outbox_row(entry: OutboxRow) -> Row:
    fields: dict[str, object] = {"order": entry.order, "to": entry.to}
    content = entry.content
    if isinstance(content, Written):
        fields |= {"text": content.text, "sent_at": content.sent_at}
    else:
        fields |= {
            "conversation": content.conversation,
            "chain": content.chain,
            "index": content.index,
            "body": content.body,
        }
    return _row("outbox", entry.message, fields)


def outbox_key(message: MessageId) -> RowKey:
    return RowKey("outbox", message)


def sending_row(chain: SendingRow) -> Row:
    fields = {
        "order": chain.order,
        "to": chain.to,
        "conversation": chain.conversation,
        "first_key": encode(chain.first_key) if chain.first_key is not None else None,
    }
    return _row("sending_chains", chain.chain, fields)


def sending_key(chain: ChainId) -> RowKey:
    return RowKey("sending_chains", chain)


def receiving_row(row: ReceivingRow) -> Row:
    fields = {"account": row.account, "person": row.person, **row.chain.snapshot()}
    return _row("receiving_chains", row.chain.chain, fields)


def receiving_key(chain: ChainId) -> RowKey:
    return RowKey("receiving_chains", chain)


def held_row(arrival: Arrival) -> Row:
    return _row(*held_key(arrival.place), _arrival_fields(arrival))


def held_key(place: Place) -> RowKey:
    return RowKey("held_messages", f"{place[0]}/{place[1]}")


def untaken_row(untaken: UntakenRow) -> Row:
    fields = _arrival_fields(untaken.arrival)
    fields |= {"order": untaken.order, "follows_gap": int(untaken.follows_gap)}
    return _row(*untaken_key(untaken.arrival.place), fields)


def untaken_key(place: Place) -> RowKey:
    return RowKey("untaken_messages", f"{place[0]}/{place[1]}")


def _arrival_fields(arrival: Arrival) -> dict[str, object]:
    return {
        "origin": arrival.origin,
        "chain": arrival.chain,
        "index": arrival.index,
        "conversation": arrival.conversation,
        "account": arrival.account,
        "person": arrival.person,
        "text": arrival.text,
        "sent_at": arrival.sent_at,
        "parents": arrival.parents,
    }


def heads_row(conversation: ConversationId, heads: Iterable[Place]) -> Row:
    return _row("conversations", conversation, list(heads))


def heads_key(conversation: ConversationId) -> RowKey:
    return RowKey("conversations", conversation)


def person_row(account: AccountId, person: PersonRow) -> Row:
    fields = {
        "account": write_signed(person.account).decode(),
        "bundles": [write_signed(bundle).decode() for bundle in person.bundles],
    }
    return _row("people", account, fields)


def person_key(account: AccountId) -> RowKey:
    return RowKey("people", account)


def _row(table: str, key: str, value: object) -> Row:
    return Row(table=table, key=key, value=write_json(value))
