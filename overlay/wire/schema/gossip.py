"""Exchanges and pushes of records. docs/protocol.md, section 5.5."""

from overlay import limits
from overlay.messages.gossip import Delta, Push
from overlay.wire.schema.fields import BOOLEAN, message, several
from overlay.wire.schema.signed import SIGNED

_RECORDS = several(SIGNED, limits.DELTA_RECORDS_MAX)

GOSSIP = {
    "delta": message(Delta, "delta", records=_RECORDS, is_last=BOOLEAN),
    "push": message(Push, "push", records=_RECORDS),
}
