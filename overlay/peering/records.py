"""Records: what each is about, and which of two is the higher. docs/protocol.md, section 5.1."""

from typing import NamedTuple, TypeVar

from overlay.messages.records import AccountRecord, NodeRecord, Presence, Record, Slot
from overlay.peering.statements import Verified

RecordT = TypeVar("RecordT", NodeRecord, Presence, Slot, AccountRecord, Record)


class Subject(NamedTuple):
    """What a record is about: one signer, and for slots one number."""

    kind: str
    signer: str
    slot: int = -1


def subject_of(record: Record) -> Subject:
    """The subject; two records of one subject exclude each other."""
    match record:
        case NodeRecord():
            return Subject("node", record.signer)
        case Presence():
            return Subject("presence", record.signer)
        case Slot():
            return Subject("slot", record.signer, record.slot)
        case AccountRecord():
            return Subject("account", record.signer)


def supersedes(new: Verified[RecordT], old: Verified[RecordT] | None) -> bool:
    """Whether `new` takes the place of `old`: a higher order, or of equal orders the greater hash.

    The tie makes every holder keep the same one of two texts that an
    equivocating signer made, whatever the order of arrival.
    """
    if old is None:
        return True
    return (new.value.order, new.leaf) > (old.value.order, old.leaf)
