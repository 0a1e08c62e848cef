"""Signed text as it travels. docs/protocol.md, section 3.1."""

from overlay import limits
from overlay.messages.signed import Signed
from overlay.wire.schema.fields import HASH, ID, LABEL, SIGNATURE, integer, several, text, value

SIGNED = value(
    Signed,
    kind=LABEL,
    signer=ID,
    signed=text(limits.SIGNED_CHARACTERS_MAX, minimum=2),
    signature=SIGNATURE,
    index=integer(limits.BATCH_LEAVES_MAX - 1),
    path=several(HASH, maximum=6),
)
