"""The texts of records and key bundles. docs/protocol.md, section 5.2."""

from overlay import limits
from overlay.messages.ids import Order
from overlay.messages.records import AccountRecord, Bundle, NodeRecord, Presence, Slot
from overlay.wire.schema.fields import (
    ADDRESS,
    BASE64URL,
    COUNT,
    HASH,
    ID,
    KEY_ID,
    LABEL,
    NAME,
    NUMBER,
    call_with_pair,
    integer,
    matching,
    nullable,
    several,
    signed_text,
    text,
)

_ORDER = call_with_pair(Order, COUNT, COUNT)

RECORDS = {
    "node": signed_text(
        NodeRecord,
        "node",
        incarnation=COUNT,
        version=COUNT,
        name=NAME,
        addresses=several(ADDRESS, limits.ADDRESSES_MAX),
        links=several(ID, limits.NODE_LINKS_MAX),
        neighbours=several(ID, limits.NEIGHBOURS_MAX),
        features=several(LABEL, limits.FEATURES_MAX),
    ),
    "presence": signed_text(
        Presence,
        "presence",
        account=ID,
        home=ID,
        home_incarnation=COUNT,
        incarnation=COUNT,
        counter=NUMBER,
        bundle=HASH,
    ),
    "slot": signed_text(
        Slot,
        "slot",
        incarnation=COUNT,
        version=COUNT,
        slot=integer(limits.SLOTS_MAX - 1),
        client=nullable(ID),
        presence=nullable(_ORDER),
    ),
    "account": signed_text(
        AccountRecord,
        "account",
        version=COUNT,
        name=NAME,
        clients=several(ID, limits.ACCOUNT_CLIENTS_MAX, minimum=1),
        revoked=several(ID, limits.ACCOUNT_CLIENTS_MAX),
        previous=nullable(HASH),
    ),
    "bundle": signed_text(
        Bundle,
        "bundle",
        account=ID,
        suite=text(100),
        key_id=KEY_ID,
        key=matching(BASE64URL, 4_096),
    ),
}
