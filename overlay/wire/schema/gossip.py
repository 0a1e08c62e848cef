"""Exchanges and pushes of records. docs/protocol.md, section 5.5 to 5.8."""

from pydantic_core import core_schema as core

from overlay import limits
from overlay.messages.gossip import (
    Announce,
    Delta,
    Digest,
    DigestPart,
    DigestWanted,
    Equivocation,
    EverythingWanted,
    Prune,
    Push,
    Request,
    Synced,
)
from overlay.wire.schema.fields import (
    BOOLEAN,
    COUNT,
    HASH,
    MARK,
    Optional,
    matching,
    message,
    several,
    value,
)
from overlay.wire.schema.signed import SIGNED

_RECORDS = several(SIGNED, limits.DELTA_RECORDS_MAX)
_PREFIX = matching("^[A-Za-z0-9_-]{0,2}$")
_PART = value(
    DigestPart,
    prefix=_PREFIX,
    count=COUNT,
    leaves=Optional(several(HASH, limits.DIGEST_LEAVES_MAX), ()),
    parts=Optional(
        core.dict_schema(_PREFIX, HASH, max_length=limits.DIGEST_FANOUT, fail_fast=True), {}
    ),
)

GOSSIP = {
    "push": message(Push, "push", records=_RECORDS),
    "equivocation": message(Equivocation, "equivocation", first=SIGNED, second=SIGNED),
    "announce": message(
        Announce, "announce", leaves=several(HASH, limits.ANNOUNCED_LEAVES_MAX, minimum=1)
    ),
    "request": message(
        Request,
        "request",
        leaves=several(HASH, limits.DELTA_RECORDS_MAX, minimum=1),
        grafts=Optional(MARK, False),
    ),
    "prune": message(Prune, "prune"),
    "digest": message(Digest, "digest", parts=several(_PART, limits.DIGEST_PARTS_MAX, minimum=1)),
    "digest_wanted": message(
        DigestWanted,
        "digest_wanted",
        prefixes=several(_PREFIX, limits.DIGEST_PARTS_MAX, minimum=1),
    ),
    "everything_wanted": message(EverythingWanted, "everything_wanted"),
    "delta": message(Delta, "delta", records=_RECORDS, is_last=BOOLEAN),
    "synced": message(Synced, "synced"),
}
