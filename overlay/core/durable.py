"""What of a node must survive a crash, and the rows that hold it.

| table | key | value |
| --- | --- | --- |
| `node` | `incarnation` | the last incarnation that was used |
| `node` | `counter` | the highest counter that may have been used |
| `pins` | an address | the node id that proved itself there |
| `bans` | an id or a network | until when (since 1970), and why |
| `records` | kind, signer, slot | the highest record, as its signer wrote it |
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from overlay.errors import MalformedFrame
from overlay.messages.ids import Address, Counter, Incarnation, NodeId
from overlay.messages.signed import Signed
from overlay.peering.records import Subject
from overlay.peering.rows import Row, RowKey
from overlay.wire.codec import read_json, read_signed, write_json, write_signed

_NODE, _PINS, _BANS, _RECORDS = "node", "pins", "bans", "records"
_INCARNATION, _COUNTER = "incarnation", "counter"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptBan:
    """A ban as the disk holds it: until when by the operator's clock, without which it is for good.

    `left_ms` is what was left of that when it was read.
    """

    who: str
    reason: str = ""
    until_at_ms: int | None = None
    left_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Durable:
    """What was read from the disk before the start."""

    incarnation: Incarnation = Incarnation(0)
    counter: Counter = Counter(0)
    pins: Mapping[Address, NodeId] = field(default_factory=dict)
    bans: tuple[KeptBan, ...] = ()
    records: tuple[Signed, ...] = ()
    unreadable: tuple[RowKey, ...] = ()


def from_rows(rows: Iterable[Row], at_ms: int = 0) -> Durable:
    """Read what was persisted. A row that cannot be read is listed, and otherwise missing.

    `at_ms` is the operator's clock, since 1970: bans end by it while nobody runs.
    """
    numbers: dict[str, int] = {}
    pins: dict[Address, NodeId] = {}
    bans: list[KeptBan] = []
    records: list[Signed] = []
    unreadable: list[RowKey] = []
    for row in rows:
        try:
            if row.table == _NODE:
                numbers[row.key] = _integer(row.value)
            elif row.table == _PINS:
                pins[Address(row.key)] = NodeId(row.value.decode())
            elif row.table == _BANS:
                bans.append(_read_ban(row, at_ms))
            elif row.table == _RECORDS:
                records.append(read_signed(row.value))
        except (MalformedFrame, UnicodeDecodeError):
            unreadable.append(RowKey(row.table, row.key))
    return Durable(
        incarnation=Incarnation(numbers.get(_INCARNATION, 0)),
        counter=Counter(numbers.get(_COUNTER, 0)),
        pins=pins,
        bans=tuple(bans),
        records=tuple(records),
        unreadable=tuple(unreadable),
    )


def incarnation_row(incarnation: Incarnation) -> Row:
    return Row(table=_NODE, key=_INCARNATION, value=str(incarnation).encode())


def counter_row(ceiling: int) -> Row:
    return Row(table=_NODE, key=_COUNTER, value=str(ceiling).encode())


def pin_row(address: Address, node: NodeId) -> Row:
    return Row(table=_PINS, key=address, value=node.encode())


def pin_key(address: Address) -> RowKey:
    return RowKey(_PINS, address)


def ban_row(ban: KeptBan) -> Row:
    value = {"until_at_ms": ban.until_at_ms, "reason": ban.reason}
    return Row(table=_BANS, key=ban.who, value=write_json(value))


def ban_key(who: str) -> RowKey:
    return RowKey(_BANS, who)


def record_row(subject: Subject, signed: Signed) -> Row:
    return Row(table=_RECORDS, key=_record_key(subject), value=write_signed(signed))


def record_key(subject: Subject) -> RowKey:
    return RowKey(_RECORDS, _record_key(subject))


def _record_key(subject: Subject) -> str:
    return f"{subject.kind}/{subject.signer}/{subject.slot}"


def _read_ban(row: Row, at_ms: int) -> KeptBan:
    match read_json(row.value):
        case {"until_at_ms": int() | None as until_at_ms, "reason": str(reason)}:
            left_ms = None if until_at_ms is None else until_at_ms - at_ms
            return KeptBan(who=row.key, reason=reason, until_at_ms=until_at_ms, left_ms=left_ms)
        case _:
            raise MalformedFrame("not a ban")


def _integer(value: bytes) -> int:
    number = read_json(value)
    if not isinstance(number, int) or number < 0:
        raise MalformedFrame("not a count")
    return number
