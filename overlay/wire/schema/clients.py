"""Clients and their home. docs/protocol.md, sections 7 and 8."""

from overlay import limits
from overlay.messages.clients import (
    Attach,
    Deliver,
    Detach,
    Done,
    Find,
    Found,
    Join,
    Leave,
    People,
    Person,
    Present,
    Stalled,
    Submit,
    Watch,
)
from overlay.wire.schema.fields import (
    BOOLEAN,
    CHANNEL,
    COUNT,
    ID,
    NAME,
    NUMBER,
    Optional,
    message,
    nullable,
    one_of,
    several,
    value,
)
from overlay.wire.schema.signed import SIGNED

_PRESENT = value(
    Present,
    presence=SIGNED,
    home_name=Optional(nullable(NAME)),
    bundle=Optional(nullable(SIGNED)),
)
_PERSON = value(Person, account=SIGNED, present=several(_PRESENT, limits.ACCOUNT_CLIENTS_MAX))
_PEOPLE = several(_PERSON, limits.PEOPLE_PER_MESSAGE_MAX)

CLIENTS = {
    "attach": message(
        Attach, "attach", request=COUNT, presence=SIGNED, account=SIGNED, bundle=SIGNED
    ),
    "detach": message(Detach, "detach"),
    "done": message(Done, "done", request=COUNT),
    "submit": message(
        Submit, "submit", number=NUMBER, envelope=SIGNED, keeper=Optional(nullable(ID))
    ),
    "deliver": message(
        Deliver, "deliver", number=NUMBER, envelope=SIGNED, keeper=Optional(nullable(ID))
    ),
    "stalled": message(
        Stalled,
        "stalled",
        counter=COUNT,
        reason=one_of("away", "no_way", "busy", "quota", "expired", "resting"),
    ),
    "find": message(
        Find,
        "find",
        request=COUNT,
        id=Optional(nullable(ID)),
        name=Optional(nullable(NAME)),
        node=Optional(nullable(NAME)),
    ),
    "found": message(Found, "found", request=COUNT, people=_PEOPLE, is_last=BOOLEAN),
    "watch": message(
        Watch,
        "watch",
        request=COUNT,
        accounts=Optional(nullable(several(ID, limits.WATCHED_MAX))),
    ),
    "people": message(People, "people", people=_PEOPLE),
    "join": message(Join, "join", request=COUNT, channel=CHANNEL),
    "leave": message(Leave, "leave", request=COUNT, channel=CHANNEL),
}
