"""The rows of a client: how its values are written and read. A broken row counts as missing."""

from collections.abc import Callable, Iterable, Mapping

from overlay.client.durable.values import (
    Arrival,
    Durable,
    HeardRow,
    NetworkTaken,
    OutboxRow,
    PersonRow,
    Place,
    ReceivingRow,
    SealedText,
    SendingRow,
    UntakenRow,
    Written,
)
from overlay.client.requests import MessageId
from overlay.crypto.chains import ChainSnapshot, ReceivingChain
from overlay.crypto.encoding import decode, encode
from overlay.errors import MalformedFrame
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
from overlay.messages.links import Admission, Home
from overlay.messages.signed import Signed
from overlay.peering.rows import Row, RowKey
from overlay.wire.codec import read_json, read_signed, write_json, write_signed


def from_rows(rows: Iterable[Row]) -> Durable:
    """Read what was persisted. A row that cannot be read is listed, and otherwise missing."""
    durable = Durable()
    for row in rows:
        key = RowKey(row.table, row.key)
        read = _CLIENT.get(row.key) if row.table == "client" else _TABLES.get(row.table)
        if read is None:
            continue
        try:
            read(durable, row)
        except (MalformedFrame, ValueError):
            durable.unreadable.append(key)
    durable.outbox.sort(key=lambda entry: entry.order)
    durable.sending.sort(key=lambda chain: chain.order)
    durable.untaken.sort(key=lambda message: message.order)
    return durable


# Writing.


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


def heard_row(origin: ClientId, heard: HeardRow) -> Row:
    return _row("heard_origins", origin, [heard.incarnation, heard.counter])


def heard_key(origin: ClientId) -> RowKey:
    return RowKey("heard_origins", origin)


def _row(table: str, key: str, value: object) -> Row:
    return Row(table=table, key=key, value=write_json(value))


# Reading.


class _Fields:
    """A JSON object of a row. Everything it is asked for is there, or it is malformed."""

    def __init__(self, value: object) -> None:
        if not isinstance(value, dict):
            raise MalformedFrame("not an object")
        self._fields: Mapping[str, object] = value

    def text(self, name: str) -> str:
        return _text(self._fields.get(name))

    def integer(self, name: str) -> int:
        return _integer(self._fields.get(name))

    def items(self, name: str) -> list[object]:
        return _items(self._fields.get(name))

    def texts(self, name: str) -> dict[str, str]:
        fields = _Fields(self._fields.get(name))
        return {key: fields.text(key) for key in fields._fields}

    def has(self, name: str) -> bool:
        return self._fields.get(name) is not None


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise MalformedFrame("not a text")
    return value


def _integer(value: object) -> int:
    if not isinstance(value, int) or value < 0:
        raise MalformedFrame("not a count")
    return value


def _items(value: object) -> list[object]:
    if not isinstance(value, list):
        raise MalformedFrame("not a list")
    return value


def _places(items: list[object]) -> tuple[Place, ...]:
    pairs = [_items(item) for item in items]
    return tuple((ChainId(_text(chain)), _integer(index)) for chain, index in pairs)


def _read_incarnation(durable: Durable, row: Row) -> None:
    durable.incarnation = Incarnation(_integer(read_json(row.value)))


def _read_network(durable: Durable, row: Row) -> None:
    fields = _Fields(read_json(row.value))
    admission: Admission = "open" if fields.text("admission") == "open" else "listed"
    durable.network = NetworkTaken(fields.text("network"), admission)


def _read_account(durable: Durable, row: Row) -> None:
    durable.account = read_signed(row.value)


def _read_homes(durable: Durable, row: Row) -> None:
    homes = [_Fields(item) for item in _items(read_json(row.value))]
    durable.homes = tuple(
        Home(
            id=NodeId(home.text("id")),
            name=home.text("name"),
            address=Address(home.text("address")),
        )
        for home in homes
    )


def _read_channels(durable: Durable, row: Row) -> None:
    durable.channels = tuple(_text(item) for item in _items(read_json(row.value)))


def _read_sealing_key(durable: Durable, row: Row) -> None:
    durable.sealing_seeds.append(decode(_Fields(read_json(row.value)).text("seed"), 32))


def _read_outbox(durable: Durable, row: Row) -> None:
    fields = _Fields(read_json(row.value))
    durable.outbox.append(
        OutboxRow(
            message=MessageId(row.key),
            order=fields.integer("order"),
            to=AccountId(fields.text("to")),
            content=_sealed(fields) if fields.has("body") else _written(fields),
        )
    )


def _written(fields: _Fields) -> Written:
    return Written(text=fields.text("text"), sent_at=fields.integer("sent_at"))


def _sealed(fields: _Fields) -> SealedText:
    return SealedText(
        conversation=ConversationId(fields.text("conversation")),
        chain=ChainId(fields.text("chain")),
        index=fields.integer("index"),
        body=fields.text("body"),
    )


def _read_sending(durable: Durable, row: Row) -> None:
    fields = _Fields(read_json(row.value))
    durable.sending.append(
        SendingRow(
            chain=ChainId(row.key),
            order=fields.integer("order"),
            to=AccountId(fields.text("to")),
            conversation=ConversationId(fields.text("conversation")),
            first_key=decode(fields.text("first_key"), 32) if fields.has("first_key") else None,
        )
    )


def _read_receiving(durable: Durable, row: Row) -> None:
    fields = _Fields(read_json(row.value))
    snapshot = ChainSnapshot(
        conversation=fields.text("conversation"),
        origin=fields.text("origin"),
        chain=fields.text("chain"),
        key=fields.text("key"),
        next_index=fields.integer("next_index"),
        skipped=fields.texts("skipped"),
        skipped_max=fields.integer("skipped_max"),
    )
    durable.receiving.append(
        ReceivingRow(
            chain=ReceivingChain.restore(snapshot),
            account=AccountId(fields.text("account")),
            person=AccountId(fields.text("person")),
        )
    )


def _read_held(durable: Durable, row: Row) -> None:
    durable.held.append(_arrival(_Fields(read_json(row.value))))


def _read_untaken(durable: Durable, row: Row) -> None:
    fields = _Fields(read_json(row.value))
    durable.untaken.append(
        UntakenRow(
            order=fields.integer("order"),
            arrival=_arrival(fields),
            follows_gap=bool(fields.integer("follows_gap")),
        )
    )


def _arrival(fields: _Fields) -> Arrival:
    return Arrival(
        origin=ClientId(fields.text("origin")),
        chain=ChainId(fields.text("chain")),
        index=fields.integer("index"),
        conversation=ConversationId(fields.text("conversation")),
        account=AccountId(fields.text("account")),
        person=AccountId(fields.text("person")),
        text=fields.text("text"),
        sent_at=fields.integer("sent_at"),
        parents=_places(fields.items("parents")),
    )


def _read_heads(durable: Durable, row: Row) -> None:
    durable.heads[ConversationId(row.key)] = _places(_items(read_json(row.value)))


def _read_person(durable: Durable, row: Row) -> None:
    fields = _Fields(read_json(row.value))
    bundles = [read_signed(_text(item).encode()) for item in fields.items("bundles")]
    durable.people.append(PersonRow(read_signed(fields.text("account").encode()), tuple(bundles)))


def _read_heard(durable: Durable, row: Row) -> None:
    incarnation, counter = map(_integer, _items(read_json(row.value)))
    durable.heard[ClientId(row.key)] = HeardRow(Incarnation(incarnation), Counter(counter))


_Read = Callable[[Durable, Row], None]

_CLIENT: Mapping[str, _Read] = {
    "incarnation": _read_incarnation,
    "network": _read_network,
    "account": _read_account,
    "homes": _read_homes,
    "channels": _read_channels,
}
_TABLES: Mapping[str, _Read] = {
    "sealing_keys": _read_sealing_key,
    "outbox": _read_outbox,
    "sending_chains": _read_sending,
    "receiving_chains": _read_receiving,
    "held_messages": _read_held,
    "untaken_messages": _read_untaken,
    "conversations": _read_heads,
    "people": _read_person,
    "heard_origins": _read_heard,
}
