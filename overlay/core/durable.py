"""What of a node must survive a crash, and the rows that hold it.

| table | key | value |
| --- | --- | --- |
| `node` | `incarnation` | the last incarnation that was used |
| `node` | `counter` | the highest counter that may have been used |
| `pins` | an address | the node id that proved itself there |
| `records` | kind, signer, slot | the highest record, as its signer wrote it |
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from overlay.errors import MalformedFrame
from overlay.messages.ids import Address, Counter, Incarnation, NodeId
from overlay.messages.signed import Signed
from overlay.peering.records import Subject
from overlay.peering.rows import Row, RowKey
from overlay.wire.codec import read_json, read_signed, write_signed

_NODE, _PINS, _RECORDS = "node", "pins", "records"
_INCARNATION, _COUNTER = "incarnation", "counter"


@dataclass(frozen=True, slots=True, kw_only=True)
class Durable:
    """What was read from the disk before the start."""

    incarnation: Incarnation = Incarnation(0)
    counter: Counter = Counter(0)
    pins: Mapping[Address, NodeId] = field(default_factory=dict)
    records: tuple[Signed, ...] = ()
    unreadable: tuple[RowKey, ...] = ()


def from_rows(rows: Iterable[Row]) -> Durable:
    """Read what was persisted. A row that cannot be read is listed, and otherwise missing."""
    numbers: dict[str, int] = {}
    pins: dict[Address, NodeId] = {}
    records: list[Signed] = []
    unreadable: list[RowKey] = []
    for row in rows:
        try:
            if row.table == _NODE:
                numbers[row.key] = _integer(row.value)
            elif row.table == _PINS:
                pins[Address(row.key)] = NodeId(row.value.decode())
            elif row.table == _RECORDS:
                records.append(read_signed(row.value))
        except (MalformedFrame, UnicodeDecodeError):
            unreadable.append(RowKey(row.table, row.key))
    return Durable(
        incarnation=Incarnation(numbers.get(_INCARNATION, 0)),
        counter=Counter(numbers.get(_COUNTER, 0)),
        pins=pins,
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


def record_row(subject: Subject, signed: Signed) -> Row:
    return Row(table=_RECORDS, key=_record_key(subject), value=write_signed(signed))


def record_key(subject: Subject) -> RowKey:
    return RowKey(_RECORDS, _record_key(subject))


def _record_key(subject: Subject) -> str:
    return f"{subject.kind}/{subject.signer}/{subject.slot}"


def _integer(value: bytes) -> int:
    number = read_json(value)
    if not isinstance(number, int) or number < 0:
        raise MalformedFrame("not a count")
    return number
