"""What the rows of a client say. A broken row counts as missing."""

from collections.abc import Callable, Iterable, Mapping

from overlay import limits
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
from overlay.crypto.encoding import decode, decode_any
from overlay.errors import MalformedFrame
from overlay.messages.ids import (
    AccountId,
    Address,
    ChainId,
    ClientId,
    ConversationId,
    Incarnation,
    NodeId,
)
from overlay.messages.links import Admission, Home
from overlay.peering.rows import Row, RowKey
from overlay.structures.window import CounterWindow
from overlay.wire.codec import read_json, read_signed


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


def _read_heard(durable: Durable, row: Row) -> None:
    fields = _Fields(read_json(row.value))
    used = int.from_bytes(decode_any(fields.text("used")))
    durable.heard.append(
        HeardRow(
            origin=ClientId(row.key),
            incarnation=Incarnation(fields.integer("incarnation")),
            window=CounterWindow(limits.CHANNEL_WINDOW, fields.integer("highest"), used),
        )
    )


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


_Read = Callable[[Durable, Row], None]

_CLIENT: Mapping[str, _Read] = {
    "incarnation": _read_incarnation,
    "network": _read_network,
    "account": _read_account,
    "homes": _read_homes,
    "channels": _read_channels,
}
_TABLES: Mapping[str, _Read] = {
    "heard": _read_heard,
    "sealing_keys": _read_sealing_key,
    "outbox": _read_outbox,
    "sending_chains": _read_sending,
    "receiving_chains": _read_receiving,
    "held_messages": _read_held,
    "untaken_messages": _read_untaken,
    "conversations": _read_heads,
    "people": _read_person,
}
