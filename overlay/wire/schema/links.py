"""Handshake and the messages of every link. docs/protocol.md, sections 1 and 2."""

from overlay import limits
from overlay.messages.links import (
    Ack,
    Goodbye,
    Heartbeat,
    Hello,
    Home,
    Homes,
    Introduction,
    LinkLimits,
    Proof,
    Refusal,
    Spare,
    Welcome,
)
from overlay.wire.schema.fields import (
    ADDRESS,
    CODE,
    COUNT,
    HASH,
    ID,
    LABEL,
    MARK,
    NAME,
    NUMBER,
    SIGNATURE,
    Optional,
    integer,
    matching,
    message,
    nullable,
    one_of,
    open_text,
    several,
    text,
    value,
)
from overlay.wire.schema.signed import SIGNED

_HOME = value(Home, id=ID, name=NAME, address=ADDRESS)
_HOMES = several(_HOME, limits.HOMES_RANKED_MAX)
_LIMITS = value(
    LinkLimits,
    frame_bytes=NUMBER,
    frame_envelopes=NUMBER,
    credit_envelopes=NUMBER,
    credit_bytes=NUMBER,
    heartbeat_ms=integer(3_600_000, minimum=100),
)

LINKS = {
    "hello": message(Hello, "hello", text=text(4_096, minimum=2)),
    "proof": message(
        Proof, "proof", certificate=matching("^(none|[A-Za-z0-9_-]{43})$"), signature=SIGNATURE
    ),
    "welcome": message(
        Welcome,
        "welcome",
        version=NUMBER,
        limits=_LIMITS,
        record=Optional(nullable(SIGNED)),
        homes=_HOMES,
    ),
    "refusal": message(
        Refusal,
        "refusal",
        code=CODE,
        detail=Optional(text(limits.DETAIL_CHARACTERS_MAX), ""),
        number=Optional(nullable(NUMBER)),
        request=Optional(nullable(COUNT)),
        retry_after_ms=Optional(nullable(COUNT)),
    ),
    "heartbeat": message(
        Heartbeat,
        "heartbeat",
        wants_echo=Optional(MARK, False),
        root=Optional(nullable(matching("^(|[A-Za-z0-9_-]{43})$"))),
    ),
    "ack": message(Ack, "ack", number=NUMBER),
    "spare": message(Spare, "spare"),
    "homes": message(Homes, "homes", homes=_HOMES),
    "goodbye": message(Goodbye, "goodbye", homes=_HOMES),
}

INTRODUCTION = open_text(
    Introduction,
    versions=several(NUMBER, limits.VERSIONS_MAX, minimum=1),
    suites=several(text(100), limits.VERSIONS_MAX),
    role=one_of("node", "client"),
    end=one_of("dialler", "listener"),
    key=ID,
    incarnation=COUNT,
    network=LABEL,
    admission=one_of("listed", "open"),
    challenge=HASH,
    software=text(100),
)
