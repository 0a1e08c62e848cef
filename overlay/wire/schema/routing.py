"""Envelopes on links between nodes. docs/protocol.md, section 6."""

from overlay.messages.routing import Relay, Returned, Spread
from overlay.wire.schema.fields import COUNT, ID, NUMBER, Optional, message, nullable, one_of
from overlay.wire.schema.signed import SIGNED

ROUTING = {
    "relay": message(
        Relay,
        "relay",
        number=NUMBER,
        envelope=SIGNED,
        keeper=ID,
        home=ID,
        attempt=COUNT,
        budget=COUNT,
    ),
    "returned": message(
        Returned,
        "returned",
        number=NUMBER,
        reason=one_of("no_way", "not_here", "busy"),
        envelope=SIGNED,
        keeper=ID,
        home=ID,
        attempt=COUNT,
        budget=COUNT,
        retry_after_ms=Optional(nullable(COUNT)),
    ),
    "spread": message(
        Spread,
        "spread",
        number=NUMBER,
        envelope=SIGNED,
        keeper=Optional(nullable(ID)),
        age_ms=Optional(nullable(COUNT)),
    ),
}
