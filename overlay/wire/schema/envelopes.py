"""The texts of envelopes, and what is sealed in them. docs/protocol.md, sections 7.1 and 9."""

from overlay import limits
from overlay.messages.envelopes import (
    BundleAnswer,
    BundleWanted,
    ChainOpening,
    ChainRanges,
    ChainStart,
    ChainWanted,
    ChannelMessage,
    ChatMessage,
    MessageText,
    Receipt,
    UnknownKey,
)
from overlay.wire.schema.fields import (
    BASE64URL,
    CHANNEL,
    COUNT,
    HASH,
    ID,
    KEY_ID,
    NUMBER,
    Field,
    Optional,
    exactly,
    integer,
    matching,
    nullable,
    open_text,
    several,
    signed_text,
    text,
)
from overlay.wire.schema.signed import SIGNED

_BODY = matching(BASE64URL, limits.BODY_CHARACTERS_MAX)
_ONE = exactly(ID)
_INDEX = integer(2**32)
_COUNTED: dict[str, Field] = {"incarnation": COUNT, "counter": NUMBER}
_ARRIVED = open_text(
    ChainRanges,
    chain=HASH,
    ranges=several(exactly(_INDEX, _INDEX), limits.RECEIPT_RANGES_MAX, minimum=1),
)

ENVELOPES = {
    "message": signed_text(
        ChatMessage,
        "message",
        **_COUNTED,
        recipients=several(ID, limits.RECIPIENTS_MAX, minimum=1),
        conversation=HASH,
        chain=HASH,
        index=integer(2**32, minimum=1),
        suite=text(100),
        body=_BODY,
    ),
    "chain_start": signed_text(
        ChainStart,
        "chain_start",
        **_COUNTED,
        recipients=_ONE,
        conversation=HASH,
        chain=HASH,
        suite=text(100),
        key_id=KEY_ID,
        body=_BODY,
    ),
    "receipt": signed_text(
        Receipt,
        "receipt",
        **_COUNTED,
        recipients=_ONE,
        arrived=several(_ARRIVED, limits.RECEIPT_RANGES_MAX, minimum=1),
        sealing_key=Optional(nullable(matching(BASE64URL, 4_096))),
    ),
    "chain_wanted": signed_text(
        ChainWanted, "chain_wanted", **_COUNTED, recipients=_ONE, chain=HASH
    ),
    "unknown_key": signed_text(
        UnknownKey, "unknown_key", **_COUNTED, recipients=_ONE, chain=HASH, key_id=KEY_ID
    ),
    "channel": signed_text(
        ChannelMessage,
        "channel",
        **_COUNTED,
        account=ID,
        channel=CHANNEL,
        text=text(limits.TEXT_BYTES_MAX, minimum=1),
        sent_at=COUNT,
    ),
    "bundle_wanted": signed_text(BundleWanted, "bundle_wanted", **_COUNTED, recipients=_ONE),
    "bundle_answer": signed_text(
        BundleAnswer,
        "bundle_answer",
        **_COUNTED,
        recipients=_ONE,
        client=ID,
        bundle=nullable(SIGNED),
    ),
}

OPENING = open_text(ChainOpening, key=HASH, account=ID, to=ID)
MESSAGE_TEXT = open_text(
    MessageText,
    text=text(limits.TEXT_BYTES_MAX),
    sent_at=COUNT,
    parents=several(exactly(HASH, _INDEX), limits.PARENTS_MAX),
)
